"""Tests of damage and certificates."""
