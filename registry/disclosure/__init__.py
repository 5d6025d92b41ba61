"""Giving information of the ledger away: grounds, what each recipient may get, files, records."""
