"""Searching the record: what a client asks becomes statements over the index, within row-level security."""
