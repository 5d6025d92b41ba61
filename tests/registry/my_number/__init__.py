"""Tests of My Number."""
