"""Tests of broadcast/cap."""
