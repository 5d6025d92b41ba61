"""Tests of the stand-ins for providers."""
