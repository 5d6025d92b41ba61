"""Tests of broadcast/sending."""
