"""The residents' pages as files for any web server or content network, so that they stand where the service itself is down or overrun.

What is written is what the service answers, with addresses that need no query: ``/shelters?lang=en`` becomes ``/en/shelters/``. What needs the
service (subscribing) leads to it; the filter, which needs an answer for each choice, is left out.
"""

import hashlib
import html
import json
import os
import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from disaster.core.errors import Invalid

LISTED = ".published.json"  # what the last publication wrote, so that it may delete it again and nothing else
STARTS = ("/", "/shelters.csv", "/shelters.geojson", "/feeds/alerts.atom", "/feeds/signage.json")
MOST = 5000  # files of one publication
_LIVE = ("/subscribe", "/unsubscribe", "/certificates", "/push", "/staff", "/headquarters", "/demo")
_LINK = re.compile(r'\b(href|src)="(/[^"]*)"')
_FILTER = re.compile(
    r'(<details class="card no-print"><summary>[^<]*</summary>\s*)?<form [^>]*filters[^>]*>.*?</form>(?(1)\s*</details>)',
    re.DOTALL,
)
Fetch = Callable[[str], tuple[bytes, str]]  # address -> body and media type; LookupError for one that is not there


@dataclass(frozen=True, slots=True)
class Published:
    """How many files there are now, how many of them were written this time, and how many of former times went."""

    files: int
    written: int
    gone: int


def file_of(address: str) -> str:
    """The file under which an address is published, without a slash at the beginning."""
    parts = urlsplit(address)
    query = dict(parse_qsl(parts.query))
    language = query.pop("lang", "")
    stem, dot, ending = parts.path.strip("/").partition(".")
    rest = "".join(f"-{name}-{value}" for name, value in sorted(query.items()) if value)
    rest = re.sub(r"[^A-Za-z0-9_.-]", "_", rest)[:80]
    if dot:
        return f"{stem}{rest}{'-' + language if language else ''}.{ending}"
    return "/".join(part for part in (language, stem, rest.strip("-"), "index.html") if part)


def relinked(page: str, live: str) -> str:
    """A page with the addresses of its published files; ``live`` is the service, for what only the service can do."""

    def link(found: re.Match[str]) -> str:
        attribute, address = found[1], html.unescape(found[2])
        if address.startswith(_LIVE):
            return f'{attribute}="{html.escape(live.rstrip("/") + address)}"'
        file = file_of(address)
        anchor = urlsplit(address).fragment
        return f'{attribute}="/{html.escape(file.removesuffix("index.html"))}{"#" + html.escape(anchor) if anchor else ""}"'

    return _LINK.sub(link, _FILTER.sub("", page))


def links(page: str) -> list[str]:
    """The addresses of this site that a page leads to and that can be published, without fragments."""
    found = (html.unescape(match[2]).partition("#")[0] for match in _LINK.finditer(_FILTER.sub("", page)))
    return [address for address in dict.fromkeys(found) if address and not address.startswith((*_LIVE, "//"))]


def collect(fetch: Fetch, live: str) -> dict[str, bytes]:
    """All files of a publication by name: everything that can be reached from the first page."""
    waiting, seen, files = deque(STARTS), set(STARTS), {}
    while waiting:
        address = waiting.popleft()
        try:
            body, kind = fetch(address)
        except LookupError:
            continue
        if kind == "text/html":
            page = body.decode()
            fresh = [link for link in links(page) if link not in seen and not link.startswith("/static/")]
            seen.update(fresh)
            waiting.extend(fresh)
            body = relinked(page, live).encode()
        files[file_of(address)] = body
        if len(files) > MOST:
            raise Invalid(f"公開するページが{MOST}を超えました。")
    return files


def publish(folder: Path, fetch: Fetch, live: str, static: Path) -> Published:
    """Bring a folder up to date: only what changed is written, each file at once, the pages last and what is gone at the very end.

    Raises:
        Invalid: the folder holds something else, or cannot be written to.
    """
    files = collect(fetch, live)
    for path in sorted(static.rglob("*")):
        if path.is_file():
            files.setdefault(f"static/{path.relative_to(static)}", path.read_bytes())
    try:
        before = _listed(folder)
        changed = [
            name for name, body in files.items() if before.get(name) != _digest(body) or not (folder / name).exists()
        ]
        for name in sorted(changed, key=lambda name: name.endswith(".html")):
            _write(folder / name, files[name])
        now = {name: _digest(body) for name, body in files.items()}
        _write(folder / LISTED, json.dumps(now, indent=0).encode())
        gone = [name for name in before if name not in now]
        for name in gone:
            (folder / name).unlink(missing_ok=True)
    except OSError as error:
        raise Invalid(f"{folder} に書けません：{error.strerror}") from None
    return Published(len(files), len(changed), len(gone))


def _listed(folder: Path) -> dict[str, str]:
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / LISTED).exists():
        if any(folder.iterdir()):
            raise Invalid(f"{folder} には、ほかのファイルがあります。空のフォルダを指定してください。")
        return {}
    found: dict[str, str] = json.loads((folder / LISTED).read_text(encoding="utf-8"))
    return {
        name: digest for name, digest in found.items() if ".." not in Path(name).parts and not Path(name).is_absolute()
    }


def _write(path: Path, body: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_bytes(body)
    os.replace(fresh, path)  # a visitor sees the old page or the new one


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
