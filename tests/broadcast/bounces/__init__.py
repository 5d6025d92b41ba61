"""Tests of letters that came back."""
