"""Accounts of staff, their roles and permissions, and the guard on every view."""
