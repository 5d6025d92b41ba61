"""Tests of the victim ledger."""
