"""Tests of broadcast/audience."""
