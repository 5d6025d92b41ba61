"""Certificates and receipts on paper (PDF)."""
