"""What is installed is what was chosen: locked, hashed, without more rights than needed."""

import re

import pytest

from tests.architecture.source import ROOT

PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(\S+)(.*?)(?=^\S|\Z)", re.MULTILINE | re.DOTALL)
CHOSEN = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)", re.MULTILINE)


def _pins(name: str) -> dict[str, tuple[str, int]]:
    text = (ROOT / "requirements" / name).read_text()
    text = re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE)
    return {
        found[0].lower().replace("_", "-").replace(".", "-"): (found[1], found[2].count("--hash=sha256:"))
        for found in PIN.findall(text)
    }


@pytest.mark.parametrize("name", ["base.lock", "dev.lock"])
def test_every_package_is_pinned_and_hashed(name: str) -> None:
    pins = _pins(name)
    assert len(pins) > 20
    assert [package for package, (_, hashes) in pins.items() if not hashes] == []


def test_tests_run_with_the_versions_of_the_service() -> None:
    base, dev = _pins("base.lock"), _pins("dev.lock")
    assert {name: pin for name, (pin, _) in base.items() if dev.get(name, ("",))[0] != pin} == {}


def test_speech_is_hashed_and_changes_no_version_of_the_service() -> None:
    base, speech = _pins("base.lock"), _pins("speech.lock")
    assert [package for package, (_, hashes) in speech.items() if not hashes] == []
    assert {name: pin for name, (pin, _) in speech.items() if base.get(name, (pin,))[0] != pin} == {}


@pytest.mark.parametrize("name", ["base", "dev", "speech"])
def test_every_chosen_package_is_locked(name: str) -> None:
    wanted = {
        found.lower().replace("_", "-").replace(".", "-")
        for found in CHOSEN.findall((ROOT / f"requirements/{name}.in").read_text())
    }
    assert wanted - set(_pins(f"{name}.lock")) == set()


def test_the_lock_names_no_index_of_somebodys_own() -> None:
    locks = [(ROOT / "requirements" / name).read_text() for name in ("base.lock", "dev.lock", "speech.lock")]
    assert not any(
        word in lock for lock in locks for word in ("http://", "https://", "--index", "--find-links", "file:")
    )
