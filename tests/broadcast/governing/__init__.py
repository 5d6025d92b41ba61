"""Tests of broadcast/governing."""
