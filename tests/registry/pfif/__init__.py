"""PFIF."""
