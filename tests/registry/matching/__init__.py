"""Tests of the search for same people."""
