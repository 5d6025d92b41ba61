"""Runs the whole service on one machine: preparation, processes kept up, greeting."""
