"""Where letters come back to: a Maildir folder or an IMAP mailbox. Each letter is given to ``take`` and only then put aside, so one that
was being read when the worker was killed is read again.
"""

import contextlib
import imaplib
import os
import re
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from broadcast.bounces.report import LARGEST

SECONDS = 20.0  # for one answer of the IMAP server
MOST = 500  # letters of one pass; the next one goes on
DONE = ".Processed"
Take = Callable[[bytes], object]
_PLAIN_NAME = re.compile(r"[\x20-\x7e]{1,200}")


class MailboxDown(Exception):
    """The mailbox cannot be read now; the text says why, without names and passwords."""


def read_maildir(folder: Path, take: Take) -> int:
    """Give every letter of a Maildir to ``take`` and move it to the folder ``.Processed`` of the same Maildir; how many.

    Raises:
        MailboxDown: there is no such Maildir, or it may not be read.
    """
    aside = folder / DONE
    try:
        for name in ("cur", "new", "tmp"):
            (aside / name).mkdir(parents=True, exist_ok=True)
        waiting = [path for name in ("new", "cur") for path in _files(folder / name)][:MOST]
        read = 0
        for path in waiting:
            with contextlib.suppress(FileNotFoundError):  # another worker was faster
                take(_beginning(path))
                os.replace(path, aside / "cur" / f"{path.name.partition(':')[0]}:2,S")
                read += 1
    except OSError as error:
        raise MailboxDown(f"Maildirを読めません（{error.strerror}）。") from error
    return read


def _files(folder: Path) -> list[Path]:
    with os.scandir(folder) as entries:
        names = [e.path for e in entries if e.is_file(follow_symlinks=False) and not e.name.startswith(".")]
    return [Path(name) for name in sorted(names)]


def _beginning(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(LARGEST)


@dataclass(frozen=True, slots=True)
class Imap:
    """An IMAP mailbox (RFC 9051), always by TLS. ``ca_file`` is the server's authority where the system does not know it."""

    host: str
    port: int
    user: str
    password: str
    security: Literal["tls", "starttls"]
    folder: str
    aside: str
    ca_file: Path | None = None


def read_imap(box: Imap, take: Take) -> int:
    """Give every letter of the folder to ``take`` and move it to the folder for what was read; how many.

    Raises:
        MailboxDown: no connection, no valid certificate, sign-in refused, no such folder.
    """
    try:
        with _signed_in(box) as server:
            _done(server.select(_quoted(box.folder)), "フォルダーを開けません")
            server.create(_quoted(box.aside))  # refused where it exists already
            found = _done(server.uid("SEARCH", "UNDELETED"), "フォルダーを読めません")
            waiting = found[0].split()[:MOST] if found and found[0] else []
            can = _can(server)
            for number in waiting:
                _one(server, number.decode("ascii"), box.aside, take, can)
            return len(waiting)
    except ssl.SSLError as error:
        raise MailboxDown("IMAPサーバーの証明書を確かめられません。") from error
    except imaplib.IMAP4.error as error:
        raise MailboxDown("IMAPサーバーに断られました。ユーザー名とパスワードを確かめてください。") from error
    except OSError as error:
        raise MailboxDown("IMAPサーバーに接続できません。") from error


@contextlib.contextmanager
def _signed_in(box: Imap) -> Iterator[imaplib.IMAP4]:
    context = ssl.create_default_context(cafile=str(box.ca_file) if box.ca_file else None)
    server: imaplib.IMAP4
    if box.security == "tls":
        server = imaplib.IMAP4_SSL(box.host, box.port, ssl_context=context, timeout=SECONDS)
    else:
        server = imaplib.IMAP4(box.host, box.port, timeout=SECONDS)
    try:
        if box.security == "starttls":
            server.starttls(context)
        server.login(box.user, box.password)
        yield server
    finally:
        with contextlib.suppress(imaplib.IMAP4.error, OSError):
            server.logout()
        with contextlib.suppress(OSError):
            server.shutdown()  # a connection that broke off in the middle is not closed by signing out


def _one(server: imaplib.IMAP4, number: str, aside: str, take: Take, can: frozenset[str]) -> None:
    """Read one letter and move it; one that another worker moved meanwhile is not there any more."""
    found = _done(server.uid("FETCH", number, f"(BODY.PEEK[]<0.{LARGEST}>)"), "メールを読めません")
    letter = next((part[1] for part in found if isinstance(part, tuple)), None)
    if letter is None:
        return
    take(letter)
    if "MOVE" in can:
        server.uid("MOVE", number, _quoted(aside))  # RFC 6851; a NO means that it is gone
        return
    _done(server.uid("COPY", number, _quoted(aside)), "メールを移せません")
    server.uid("STORE", number, "+FLAGS.SILENT", r"(\Deleted)")
    if "UIDPLUS" in can:
        server.uid("EXPUNGE", number)  # RFC 4315: this one and no other
    else:
        server.expunge()


def _can(server: imaplib.IMAP4) -> frozenset[str]:
    """What the server can do for who is signed in; it says less before."""
    found = _done(server.capability(), "IMAPサーバーが応答しません")
    return frozenset(found[-1].decode("ascii", "replace").upper().split()) if found and found[-1] else frozenset()


def _done(answer: tuple[str, list[Any]], otherwise: str) -> list[Any]:
    status, data = answer
    if status != "OK":
        raise MailboxDown(f"{otherwise}。")
    return data


def _quoted(name: str) -> str:
    if not _PLAIN_NAME.fullmatch(name):
        raise MailboxDown("IMAPのフォルダー名に使えない文字があります。")
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
