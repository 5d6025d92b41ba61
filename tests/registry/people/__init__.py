"""Tests of what officers do with people."""
