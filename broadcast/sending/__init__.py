"""The lanes of the workers: from the ledger to the providers and back."""
