"""Copies all rows of a database out and in again, table by table in constant memory; it knows no table by name.

What a copy is written to, and what protects it there, is for the caller to say.
"""
