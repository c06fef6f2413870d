"""Calling until somebody answers: circle after circle, then the dispatcher."""
