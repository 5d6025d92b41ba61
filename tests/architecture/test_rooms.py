"""The rooms of the house: imports go downward only, and every module stands in a room."""

import ast
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


def _room(module: str) -> str:
    """``registry.aid.cases`` stands in ``aid``, ``registry.twofold`` in none but itself."""
    part = module.split(".")[1]
    return part if (ROOT / "registry" / part).is_dir() else module


def _taken(path: Path) -> set[str]:
    """The modules of the register that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("registry."):
            whole = [f"{node.module}.{name.name}" for name in node.names]
            found |= {one if (ROOT / (one.replace(".", "/") + ".py")).is_file() else str(node.module) for one in whole}
    return found


def test_no_two_rooms_of_the_register_import_each_other() -> None:
    """What the tables take from a room are its closed words, which import nothing."""
    edges = set()
    for path in (ROOT / "registry").rglob("*.py"):
        mine = _room(".".join(path.relative_to(ROOT).with_suffix("").parts))
        edges |= {(mine, _room(other)) for other in _taken(path) if not (mine == "models" and _words_only(other))}
    assert sorted((one, other) for one, other in edges if one < other and (other, one) in edges) == []


def _words_only(module: str) -> bool:
    return _taken(ROOT / (module.replace(".", "/") + ".py")) <= {"registry.vocabulary"}
