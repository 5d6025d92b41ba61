"""The disaster itself."""
