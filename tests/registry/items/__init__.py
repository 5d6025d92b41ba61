"""Tests of the 14 legal items."""
