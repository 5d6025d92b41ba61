"""Prints the settings of the demonstration as KEY=VALUE lines: ``python -m disaster.demo.environment --data-dir DIR --port N``."""

import argparse
import sys
from pathlib import Path

from disaster.demo import settings


def environment(data_dir: Path, port: int) -> dict[str, str]:
    """The variables of a demonstration whose web server listens on ``port`` of loopback."""
    providers = settings.prepare(data_dir, port + 11)
    return {
        "DISASTER_DEMO": "true",
        "DISASTER_DATA_DIR": str(data_dir.resolve()),
        "DISASTER_PUBLIC_URL": f"http://{settings.LOOPBACK}:{port}",
        **settings.provider_environment(data_dir, providers),
    }


def main() -> None:
    """Print the lines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--port", type=int, default=8000)
    given = parser.parse_args()
    for name, value in environment(given.data_dir, given.port).items():
        sys.stdout.write(f"{name}={value}\n")


if __name__ == "__main__":
    main()
