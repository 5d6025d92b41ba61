"""Tests of broadcast/proving."""
