"""The mailbox for bounces, on a real IMAP server and in a folder: each letter counts once, whenever the reader is killed."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from broadcast.bounces import mailboxes
from broadcast.bounces.mailboxes import Imap, MailboxDown, read_imap, read_maildir
from broadcast.bounces.report import LARGEST
from tests import dovecot
from tests.dovecot import DovecotServer

LETTER = b"From: MAILER-DAEMON@mx.example.jp\r\nSubject: sample %d\r\n\r\ntext\r\n"


class Killed(BaseException):
    """The reader died at this instant."""


@pytest.fixture(scope="module")
def running() -> Iterator[DovecotServer]:
    """One IMAP server for the module."""
    if not dovecot.PROGRAM:
        pytest.skip("Dovecot is not installed (Debian: dovecot-imapd)")
    server = DovecotServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def server(running: DovecotServer) -> DovecotServer:
    running.empty()
    return running


def box(server: DovecotServer, **changes: object) -> Imap:
    values: dict[str, object] = {
        "host": "127.0.0.1",
        "port": server.port,
        "user": dovecot.USER,
        "password": dovecot.PASSWORD,
        "security": "tls",
        "folder": "INBOX",
        "aside": "Processed",
        "ca_file": server.authority,
    }
    return Imap(**{**values, **changes})  # type: ignore[arg-type]


def filled(server: DovecotServer, count: int) -> None:
    for number in range(count):
        server.deliver(LETTER % number, f"{number:03}.sample")


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_every_letter_is_read_and_put_aside(server: DovecotServer, security: str) -> None:
    filled(server, 5)
    taken: list[bytes] = []
    port = server.port if security == "tls" else server.starttls_port
    assert read_imap(box(server, port=port, security=security), taken.append) == 5
    assert sorted(taken) == [LETTER % number for number in range(5)]
    assert server.letters() == []
    assert len(server.letters("Processed")) == 5
    assert read_imap(box(server), taken.append) == 0


def test_a_reader_that_is_killed_reads_the_letter_again_and_no_other(server: DovecotServer) -> None:
    filled(server, 4)
    taken: list[bytes] = []

    def take(letter: bytes) -> None:
        taken.append(letter)
        if len(taken) == 3:
            raise Killed

    with pytest.raises(Killed):
        read_imap(box(server), take)
    assert len(server.letters("Processed")) == 2
    assert read_imap(box(server), taken.append) == 2
    assert sorted(set(taken)) == [LETTER % number for number in range(4)]
    assert len(taken) == 5, "one was being read when the reader died"


def test_a_server_without_the_command_to_move_is_read_as_well(
    server: DovecotServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(server, 3)
    monkeypatch.setattr(mailboxes, "_can", lambda _: frozenset({"UIDPLUS"}))
    assert read_imap(box(server), lambda _: None) == 3
    assert (server.letters(), len(server.letters("Processed"))) == ([], 3)
    filled(server, 2)
    monkeypatch.setattr(mailboxes, "_can", lambda _: frozenset())
    assert read_imap(box(server), lambda _: None) == 2
    assert server.letters() == []


def test_a_letter_that_another_reader_moved_meanwhile_is_passed_over(server: DovecotServer) -> None:
    filled(server, 2)
    taken: list[bytes] = []

    def take(letter: bytes) -> None:
        if not taken:
            taken.append(letter)
            read_imap(box(server), taken.append)

    assert read_imap(box(server), take) == 2
    assert sorted(set(taken)) == [LETTER % 0, LETTER % 1]
    assert server.letters() == []


def test_of_a_huge_letter_the_beginning_is_fetched(server: DovecotServer) -> None:
    server.deliver(LETTER % 1 + b"x\r\n" * 500_000, "000.huge")
    taken: list[bytes] = []
    assert read_imap(box(server), taken.append) == 1
    assert len(taken[0]) == LARGEST


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"password": "wrong"}, "ユーザー名とパスワード"),
        ({"ca_file": None}, "証明書"),
        ({"port": 9}, "接続できません"),
        ({"folder": "No such"}, "フォルダー"),
        ({"folder": 'x"\r\nA LOGOUT'}, "使えない文字"),
    ],
)
def test_what_keeps_the_mailbox_from_being_read_is_said_without_secrets(
    server: DovecotServer, changes: dict[str, object], said: str
) -> None:
    with pytest.raises(MailboxDown, match=said) as down:
        read_imap(box(server, **changes), lambda _: None)
    assert dovecot.PASSWORD not in str(down.value)


def test_nothing_is_said_to_a_server_before_it_is_encrypted(server: DovecotServer) -> None:
    with pytest.raises(MailboxDown, match="証明書"):
        read_imap(box(server, port=server.starttls_port, security="starttls", ca_file=None), lambda _: None)
    assert "user=<bounce>" not in (server.folder / "dovecot.log").read_text().splitlines()[-1]


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    folder = tmp_path / "Maildir"
    for name in ("new", "cur", "tmp"):
        (folder / name).mkdir(parents=True)
    return folder


def put(maildir: Path, name: str, number: int, where: str = "new") -> None:
    (maildir / where / name).write_bytes(LETTER % number)


def aside(maildir: Path) -> list[str]:
    return sorted(path.name for path in (maildir / ".Processed/cur").iterdir())


def test_every_letter_of_a_folder_is_read_and_put_aside(maildir: Path) -> None:
    put(maildir, "1.a", 1)
    put(maildir, "2.b:2,S", 2, "cur")
    taken: list[bytes] = []
    assert read_maildir(maildir, taken.append) == 2
    assert sorted(taken) == [LETTER % 1, LETTER % 2]
    assert aside(maildir) == ["1.a:2,S", "2.b:2,S"]
    assert read_maildir(maildir, taken.append) == 0


def test_what_a_mail_server_still_writes_is_left_alone(maildir: Path) -> None:
    put(maildir, "1.a", 1, "tmp")
    assert read_maildir(maildir, lambda _: None) == 0


def test_a_link_out_of_the_folder_is_not_followed(maildir: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (maildir / "new/1.link").symlink_to(tmp_path / "secret")
    os.mkfifo(maildir / "new/2.pipe")
    assert read_maildir(maildir, lambda _: None) == 0


def test_a_folder_that_is_none_is_said(tmp_path: Path) -> None:
    with pytest.raises(MailboxDown, match="Maildir"):
        read_maildir(tmp_path / "nothing-here", lambda _: None)


def test_a_reader_that_is_killed_for_real_loses_no_letter(maildir: Path, tmp_path: Path) -> None:
    for number in range(5):
        put(maildir, f"{number}.a", number)
    script = (
        "import os, signal, sys; from pathlib import Path; from broadcast.bounces.mailboxes import read_maildir\n"
        "seen = []\n"
        "def take(letter):\n"
        "    seen.append(letter)\n"
        "    if len(seen) == 3: os.kill(os.getpid(), signal.SIGKILL)\n"
        "read_maildir(Path(sys.argv[1]), take)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(maildir)], cwd=Path(__file__).parents[3], timeout=60)
    assert done.returncode == -9
    assert len(aside(maildir)) == 2
    taken: list[bytes] = []
    assert read_maildir(maildir, taken.append) == 3
    assert sorted(taken) == [LETTER % number for number in (2, 3, 4)]
