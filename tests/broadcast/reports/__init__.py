"""Tests of broadcast/reports."""
