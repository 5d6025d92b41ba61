"""Runs every simulated provider in one process: ``python -m disaster.demo.providers [--data-dir DIR]``; prints ``ready``."""

import argparse
import asyncio
import signal
import sys
from pathlib import Path

from disaster.core.settings import load
from disaster.demo import settings
from disaster.demo.providers import server


async def _serve(data_dir: Path) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with server.running(data_dir, settings.prepare(data_dir)):
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await stop.wait()


def main() -> None:
    """Serve until told to end."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", type=Path, help="data folder (DISASTER_DATA_DIR where none is given)")
    given: Path | None = parser.parse_args().data_dir
    asyncio.run(_serve(given or load().data_dir))


if __name__ == "__main__":
    main()
