"""Speech: readings and sound by the optional extra, and nothing at all without it."""

import array
import os
import subprocess
import sys
import time
import wave
from pathlib import Path

import pytest

from broadcast.sound import speech
from broadcast.texts import aloud
from tests.broadcast.contents import content

installed = pytest.mark.skipif(
    not speech.available(), reason="speech is not installed (pip install -r requirements/speech.lock)"
)
ROOT = Path(__file__).parents[3]


@installed
@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("東員町", "トウインチョウ"),
        ("東員町に避難指示を発令しました。", "トウインチョウニ ヒナンシジヲ ハツレーシマシタ。"),
        ("大字穴太と六把野新田", "オオアザアノウ"),
        ("警戒レベル4", "レベルヨン"),
        ("13日9時", "クジ"),
    ],
)
def test_names_are_said_as_the_town_says_them(written: str, said: str) -> None:
    alert = content(areas=tuple(_all_areas()))
    spoken = speech.kana(aloud.japanese(written, aloud.names(alert)))
    assert said.replace(" ", "") in spoken.replace(" ", "")
    assert "マチ" not in spoken


def _all_areas():  # type: ignore[no-untyped-def]
    from tests.broadcast.contents import AREAS

    return AREAS


@installed
def test_sentences_become_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    words = "こちらは、ボウサイトウインです。\n避難してください。\n"
    subprocess.run(
        [sys.executable, "-m", "broadcast.sound.speech", str(path), str(os.getpid())],
        input=words.encode(), cwd=ROOT, check=True, timeout=120, capture_output=True,
    )  # fmt: skip
    with wave.open(str(path)) as sound:
        assert (sound.getnchannels(), sound.getsampwidth(), sound.getframerate()) == (1, 2, speech.RATE)
        assert 3 < sound.getnframes() / speech.RATE < 20
        samples = array.array("h", sound.readframes(sound.getnframes()))
    assert max(samples) > 10_000, "it is to be heard"


def test_without_the_extra_there_is_no_reading_and_no_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(speech, "available", lambda: False)
    assert speech.kana("東員町") == ""
    speech.warm()
    with pytest.raises(RuntimeError, match="not installed"):
        speech.write(["あ"], tmp_path / "a.wav")


def test_a_reader_ends_with_the_worker_that_asked_for_it(tmp_path: Path) -> None:
    asks = (
        "import os, subprocess, sys\n"
        f"reader = subprocess.Popen([sys.executable, '-m', 'broadcast.speech', {str(tmp_path / 'a.wav')!r}, str(os.getpid())],"
        " stdin=subprocess.PIPE)\n"
        "print(reader.pid, flush=True)\n"
        "sys.stdin.read()\n"
    )
    worker = subprocess.Popen(
        [sys.executable, "-c", asks], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path(__file__).parents[3]
    )
    assert worker.stdout
    assert worker.stdin
    reader = int(worker.stdout.readline())
    worker.kill()
    worker.wait()
    worker.stdin.close()
    worker.stdout.close()
    until = time.monotonic() + 20
    while Path(f"/proc/{reader}/stat").exists() and Path(f"/proc/{reader}/stat").read_text().split()[2] != "Z":
        assert time.monotonic() < until
        time.sleep(0.05)
