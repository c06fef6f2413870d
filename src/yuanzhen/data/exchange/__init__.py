"""Codecs and listeners: what arrives becomes a typed fact for a sink, what leaves becomes bytes. Stores nothing."""
