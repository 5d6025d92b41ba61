"""One file per channel; a channel knows its provider and nothing else."""
