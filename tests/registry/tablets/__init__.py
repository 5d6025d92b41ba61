"""Tests of the tablets: their seals, their lists, their cards."""
