"""Tests of the rooms of disaster/."""
