"""Giving information away."""
