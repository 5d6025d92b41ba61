"""Copies of an installation that can be put back: made while it runs, sealed, tried out before they are needed."""
