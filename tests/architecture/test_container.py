"""The image: one for web and worker, without root, with a health check, from the same lock file."""

import re

import yaml

from tests.architecture.source import ROOT


def _instructions() -> list[tuple[str, str]]:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    text = re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", " ")
    return [
        (word.upper(), " ".join(rest.split()))
        for word, _, rest in (line.partition(" ") for line in text.splitlines() if line.strip())
    ]


def _all(word: str) -> list[str]:
    return [rest for found, rest in _instructions() if found == word]


def test_the_base_image_is_an_argument_with_a_default() -> None:
    words = [word for word, _ in _instructions()]
    assert words[0] == "ARG"
    assert re.fullmatch(r"BASE_IMAGE=python:3\.\d+-slim-\w+", _all("ARG")[0])
    assert all(source.split()[0] in ("${BASE_IMAGE}", "build") for source in _all("FROM"))


def test_it_runs_as_a_numbered_user_who_is_not_root() -> None:
    user = _all("USER")[-1]
    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", user)
    assert [word for word, _ in _instructions()].index("USER") < [word for word, _ in _instructions()].index("CMD")


def test_packages_come_from_the_lock_file_by_hash_and_without_those_of_the_tests() -> None:
    commands = " ".join(_all("RUN"))
    assert "--require-hashes" in commands
    assert "base.lock" in commands
    assert "dev.lock" not in commands


def test_it_has_a_health_check_that_needs_nothing_but_python() -> None:
    (check,) = _all("HEALTHCHECK")
    assert "/health" in check
    assert "curl" not in check
    assert '"python"' in check


def test_web_and_worker_start_without_a_shell() -> None:
    assert all(start.startswith("[") for start in _all("CMD") + _all("ENTRYPOINT"))


def test_no_secret_and_no_data_is_copied_into_it() -> None:
    ignored = set((ROOT / ".dockerignore").read_text().split())
    assert {"var", ".git", ".venv", "tests"} <= ignored
    assert not re.search(r"(PASSWORD|TOKEN|SECRET|KEY)=", (ROOT / "Dockerfile").read_text())


def test_every_service_of_the_compose_file_runs_without_rights_and_on_a_read_only_system() -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]
    ours = {name: service for name, service in services.items() if name not in ("database", "broker")}
    assert set(ours) == {"prepare", "web", "worker"}
    assert all(service["read_only"] and service["cap_drop"] == ["ALL"] for service in ours.values())
    assert ours["web"]["ports"] == ["127.0.0.1:8000:8000"], "the proxy in front speaks to it, nobody else"


def test_nothing_of_the_compose_file_waits_for_the_broker() -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]
    assert services["worker"]["deploy"]["replicas"] > 1
    assert [name for name, service in services.items() if "broker" in service.get("depends_on", {})] == []
    assert "ports" not in services["broker"], "nobody outside speaks to it"
