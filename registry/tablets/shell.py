"""What a tablet keeps of the intake page: its files with their digests, and the version that follows from them.

The service worker takes a new version in only when every file has the digest that stands here, so neither half a download nor the sign-in page
of a captive portal ever becomes the page of the tablet.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PAGE = "/shelter/"
PARTS = ("intake/**/*.js", "intake/*.css", "intake/*.png", "vendor/jsqr/*.js", "vendor/lean-qr/*.mjs", "icon.svg")
WORKER = "intake/worker.js"  # the worker's own code; the browser keeps it by itself


@dataclass(frozen=True, slots=True)
class Shell:
    """``files``: SHA-256 in hexadecimal by address. ``version``: 12 characters that change with any of them."""

    version: str
    files: Mapping[str, str]

    def as_script(self) -> str:
        """The line that stands before the worker's code."""
        told = {"version": self.version, "files": dict(self.files)}
        return f"const SHELL = {json.dumps(told, sort_keys=True)};\n"


def shell(static: Path, page: bytes, manifest: bytes) -> Shell:
    """The shell of this page, with the files of the folder ``static``."""
    found = {path for pattern in PARTS for path in static.glob(pattern)} - {static / WORKER}
    files = {f"/static/{path.relative_to(static).as_posix()}": _digest(path.read_bytes()) for path in sorted(found)}
    files[PAGE], files[f"{PAGE}manifest.webmanifest"] = _digest(page), _digest(manifest)
    code = (static / WORKER).read_bytes()
    everything = json.dumps(files, sort_keys=True).encode() + code
    return Shell(_digest(everything)[:12], files)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
