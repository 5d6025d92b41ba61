"""A process that writes a large audience in small chunks until it is done or killed (``drill.workers`` starts it)."""

from broadcast.audience import spreading
from disaster.app import create_app


def main() -> None:
    """Spread, and say when it begins."""
    spreading.FIRST_SPAN = spreading.LEAST_SPAN = spreading.LONGEST_SPAN = 7
    with create_app().app_context():
        spreader = spreading.Spreader()
        print("ready", flush=True)
        while spreader.step():
            pass
