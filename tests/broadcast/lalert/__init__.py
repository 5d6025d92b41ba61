"""Tests of broadcast.lalert."""
