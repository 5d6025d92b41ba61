"""The rooms of the house: imports go downward only, and every module stands in a room."""

import subprocess
import sys
import tomllib
from pathlib import Path

from tests.architecture.source import ROOT, modules

LINT = Path(sys.executable).with_name("lint-imports")
DATA_ONLY = {"disaster.municipalities"}


def test_every_import_goes_downward() -> None:
    done = subprocess.run([LINT, "--no-cache", "--no-logo"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def _rooms() -> set[str]:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["id"] == "rooms")
    return {room.strip(" ()") for layer in layers for room in layer.replace("|", ":").split(":")}


def test_every_module_stands_in_a_room() -> None:
    names = {".".join(path.with_suffix("").parts).removesuffix(".__init__") for path in modules()} - {"disaster"}
    homeless = {name for name in names if not any(name == room or name.startswith(f"{room}.") for room in _rooms())}
    assert homeless - DATA_ONLY == set()


def test_every_room_of_the_contract_exists() -> None:
    missing = [
        room
        for room in _rooms()
        if not (ROOT / room.replace(".", "/")).is_dir() and not (ROOT / f"{room.replace('.', '/')}.py").is_file()
    ]
    assert missing == []
