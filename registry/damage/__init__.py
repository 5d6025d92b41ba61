"""Damage to dwellings, its survey and the certificates (罹災証明書)."""
