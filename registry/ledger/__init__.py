"""The victim ledger (被災者台帳)."""
