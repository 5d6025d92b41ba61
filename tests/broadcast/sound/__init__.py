"""Tests of broadcast/sound."""
