"""Tests of broadcast/subscribers."""
