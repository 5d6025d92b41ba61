"""``disaster cap read``: a line for each file, whatever it is."""

import json
from pathlib import Path

from click.testing import CliRunner, Result

from broadcast.cap.cli import cap
from tests.broadcast.cap.test_reading import CORPUS, VALID


def run(*arguments: str | Path) -> Result:
    """Call the command."""
    return CliRunner().invoke(cap, ["read", *map(str, arguments)])


def test_readable_files_give_one_json_line_each_and_exit_zero() -> None:
    result = run("--json", CORPUS / "canada.cap", CORPUS / "invalid.cap")
    first, second = map(json.loads, result.output.splitlines())
    assert result.exit_code == 0
    assert (first["file"], first["valid"], first["error"]) == (str(CORPUS / "canada.cap"), True, None)
    assert (second["valid"], second["error"]) == (False, None)


def test_every_file_of_the_corpus_gives_a_line_and_unreadable_ones_exit_one() -> None:
    files = sorted(path for path in CORPUS.iterdir() if path.is_file())
    result = run("--json", *files, CORPUS / "missing.cap", CORPUS)
    lines = [json.loads(line) for line in result.output.splitlines()]
    assert result.exit_code == 1
    assert len(lines) == len(files) + 2
    assert sorted(Path(line["file"]).name for line in lines if line["valid"]) == sorted(VALID)
    assert all(set(line) == set(lines[0]) for line in lines)
    assert all("\n" not in (line["error"] or "") for line in lines)


def test_without_json_it_is_written_for_people() -> None:
    result = run(CORPUS / "wcatwc-warning.cap", CORPUS / "xee.cap")
    assert "CAP 1.2として正しい文書です。" in result.output
    assert "PAAQ-2-lqw6d6" in result.output
    assert "文書型宣言（DOCTYPE）のある文書は読みません。" in result.output
