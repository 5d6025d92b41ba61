"""Consents to giving information away."""
