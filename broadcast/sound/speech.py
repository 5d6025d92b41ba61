"""Speech in this machine, where the optional extra is installed (``requirements/speech.lock``: pyopenjtalk-plus).

It gives an officer's sentences their readings, and reads alerts aloud into a file. Without it nothing fails: there is no reading and no
audio, and the pages say nothing of it. ``python -m broadcast.speech FILE PARENT`` reads sentences from its input and writes a WAV file; the
worker runs that as a process of its own with low priority, because a minute of speech takes seconds of a processor, and which ends
with it.
"""

import contextlib
import ctypes
import importlib
import io
import os
import signal
import sys
import threading
import wave
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

RATE = 16_000  # samples a second of a written file: speech needs no more, and a telephone on a bad network takes it
PAUSE_SECONDS = 0.7  # between sentences
SPEED = 0.9  # of the usual pace
NICE = 15
_LIBRARY = "pyopenjtalk"
_PR_SET_PDEATHSIG = 1  # prctl(2), Linux
_ATTACHED = 1  # chain_flag of a word that belongs to the one before it
_turn = threading.Lock()  # one sentence at a time: the dictionary is one for the process


@cache
def available() -> bool:
    """Whether speech is installed."""
    return find_spec(_LIBRARY) is not None


@cache
def _library() -> Any:
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):  # it greets with advice
        return importlib.import_module(_LIBRARY)


def warm() -> None:
    """Load the dictionary now (half a second) and not in somebody's request."""
    if available():
        kana("準備")


def kana(text: str) -> str:
    """How a synthesiser says the text, in katakana with gaps between phrases; empty where that cannot be told."""
    if not available():
        return ""
    with _turn:
        words = _library().run_frontend(text)
    parts: list[str] = []
    for word in words:
        said = str(word["pron"]).replace("’", "")
        mark = word["pos"] == "記号"
        if parts and not mark and word["chain_flag"] != _ATTACHED and parts[-1] not in "、。！？":
            parts.append(" ")
        parts.append(str(word["string"]) if mark and word["string"] in "、。！？" else said)
    return "".join(parts).strip()


def write(sentences: list[str], path: Path) -> None:
    """Read sentences aloud into a WAV file, 16 bits, one channel.

    Raises:
        RuntimeError: speech is not installed.
    """
    if not available():
        raise RuntimeError("speech is not installed (requirements/speech.lock)")
    numpy, library = importlib.import_module("numpy"), _library()
    pause = numpy.zeros(int(RATE * PAUSE_SECONDS))
    parts = [pause]
    for sentence in sentences:
        with _turn:
            sound, rate = library.tts(sentence, speed=SPEED)
        parts += [_slower(numpy, sound, rate // RATE), pause]
    whole = numpy.concatenate(parts)
    loudest = max(float(numpy.abs(whole).max()), 1.0)
    samples = (whole * (30_000 / loudest)).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())


def _slower(numpy: Any, sound: Any, step: int) -> Any:
    """Every ``step``-th sample, after taking out what would fold back as noise."""
    reach = numpy.arange(-8 * step, 8 * step + 1)
    filter_ = numpy.sinc(reach / step * 0.9) * numpy.hamming(len(reach))
    return numpy.convolve(sound, filter_ / filter_.sum(), mode="same")[::step]


def _end_with(parent: int) -> None:
    """A worker that is killed takes its reader with it: nobody waits for the file, and a restarted worker begins anew."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(1)


def main() -> None:
    """Write one file (first argument) for the process that asks for it (second argument)."""
    _end_with(int(sys.argv[2]))
    os.nice(NICE)
    sentences = [line.strip() for line in sys.stdin.read().split("\n") if line.strip()]
    write(sentences, Path(sys.argv[1]))


if __name__ == "__main__":
    main()
