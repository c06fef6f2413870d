"""Tiered access: relations between people and patients, written down by applications; policy never looks up."""
