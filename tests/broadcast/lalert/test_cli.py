"""``disaster lalert write DIR``."""

import json
from pathlib import Path

from flask import Flask

from broadcast.cap.vocabulary import Mode
from broadcast.lalert import schema
from broadcast.lalert.cli import lalert
from broadcast.lalert.names import NOT_CERTIFIED
from tests.broadcast.town import Town


def write(app: Flask, folder: Path, *options: str) -> str:
    result = app.test_cli_runner().invoke(lalert, ["write", str(folder), *options])
    assert result.exit_code == 0, result.output
    return result.output


def test_every_alert_is_a_file_and_writing_again_changes_nothing(town: Town, tmp_path: Path) -> None:
    first, second = town.approved(), town.approved()
    folder = tmp_path / "new" / "folder"
    assert NOT_CERTIFIED in write(town.app, folder)
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert len(files) == 3  # the two alerts, and the shelters as they stand
    assert all(schema.problems(body) == [] for body in files.values())
    write(town.app, folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == files
    lines = [json.loads(line) for line in write(town.app, folder, "--json").splitlines()]
    assert [line["alert"] for line in lines] == [first, second, None]
    assert {line["file"] for line in lines} == set(files)


def test_drills_are_written_only_when_asked_for_and_are_named_so(town: Town, tmp_path: Path) -> None:
    drill = town.approved(mode=Mode.DRILL)
    write(town.app, tmp_path)
    assert list(tmp_path.glob("*evacuation*")) == []
    write(town.app, tmp_path, "--drills", "--alert", str(drill))
    [path] = tmp_path.glob("kunren-evacuation_order-*-r001.xml")
    assert b">Exercise<" in path.read_bytes()
