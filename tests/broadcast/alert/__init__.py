"""Tests of broadcast/alert."""
