"""Entries that may be one person."""
