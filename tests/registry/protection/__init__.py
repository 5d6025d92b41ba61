"""Protection of people."""
