"""``scripts/bench import``: what the office does in bulk. Each part measures and prints its own figures."""

from importlib import import_module

PARTS = ("bench.residents", "bench.certificates")


def main(arguments: list[str]) -> int:
    """Run every part; the first that fails is the answer."""
    return next((failed for part in PARTS if (failed := import_module(part).main(arguments))), 0)
