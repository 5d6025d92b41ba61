"""E-mail over SMTP: one individually addressed letter per recipient, over connections that stay open.

RFC 5321 (SMTP), 2920 (pipelining), 3207 (STARTTLS), 8058 (one-click unsubscribe), 3834 (automatic mail). The wire client is in ``smtp/``.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from email.utils import parseaddr
from pathlib import Path
from typing import Literal

from broadcast.channels.contract import ChannelDown, Code, Message, Outcome, Refused, Target, Wire
from broadcast.channels.lasthop import refuse_drill
from broadcast.channels.smtp.address import InvalidAddress, Mailbox, mailbox
from broadcast.channels.smtp.door import Server
from broadcast.channels.smtp.letter import Letter, around_reference
from broadcast.channels.smtp.limits import Limits
from broadcast.channels.smtp.pool import Pool

_KEPT, _KEPT_SECONDS = 16, 10.0  # letters


class EmailChannel:
    """E-mail by the town's own mail server or a relay.

    Args:
        host: mail server; empty when not set up.
        port: its port (587 submission).
        user: for AUTH; empty for none.
        password: for AUTH.
        starttls: ``off`` is accepted for a server on this machine only.
        ca_file: certificates of a private authority; the system's otherwise.
        sender: ``address`` or ``name <address>``.
        bounce: address for reports of what could not be delivered, ``bounce@town.example``: each letter's envelope then comes from
            ``bounce+<reference>@town.example``. Empty: they go to the sender.
        connections: how many letters may be on the wire at once; also the number of slots of ``Wire``.
        link: makes the full address of a path on the public site.
        limits: times in seconds; the defaults suit a real server.
    """

    name = "email"
    personal = True
    confirms = False
    chunk = 1000
    retry_seconds = (30, 60, 120, 300)

    def __init__(
        self,
        *,
        host: str,
        port: int = 587,
        user: str = "",
        password: str = "",
        starttls: Literal["required", "off"] = "required",
        ca_file: Path | None = None,
        sender: str = "",
        bounce: str = "",
        connections: int = 8,
        link: Callable[[str], str],
        limits: Limits | None = None,
    ) -> None:
        self._server = Server(host, port, user, password, starttls == "required", ca_file)
        self._sender, self._bounce, self._link = sender, bounce, link
        self._letters: dict[int, tuple[Message, float, Letter]] = {}
        self._pool = Pool(self._server, connections, limits)

    def problems(self) -> list[str]:
        """Plain Japanese sentences on what is not set up."""
        if not self._server.host:
            return ["メールサーバーが設定されていません（DISASTER_SMTP_HOST）。"]
        found = []
        if not self._sender:
            found.append("メールの差出人が設定されていません（DISASTER_MAIL_FROM）。")
        elif not _is_address(self._sender):
            found.append("メールの差出人のアドレスが正しくありません（DISASTER_MAIL_FROM）。")
        if self._bounce and not _takes_reference(self._bounce):
            found.append("配信エラーの返送先のアドレスが正しくありません（DISASTER_MAIL_BOUNCE_ADDRESS）。")
        if self._server.user and not self._server.password:
            found.append("メールサーバーのパスワードが設定されていません（DISASTER_SMTP_PASSWORD）。")
        if not self._server.tls and not self._server.local:
            found.append("暗号化なしの送信は、同じ機器のメールサーバーにだけ使えます（DISASTER_SMTP_STARTTLS）。")
        if self._server.ca_file is not None and not self._server.ca_file.is_file():
            found.append("認証局の証明書ファイルが見つかりません（DISASTER_SMTP_CA_FILE）。")
        return found

    def send(self, message: Message, targets: Sequence[Target], wire: Wire) -> Iterator[tuple[Target, Outcome]]:
        """Send one letter to each target and yield outcomes as they come.

        Raises:
            ChannelDown: while iterating, before any outcome: nothing was sent.
            ValueError: the message belongs to a drill; drills have channels of their own (DESIGN 3.7).
        """
        refuse_drill(message)
        return self._send(message, targets, wire)

    def _send(self, message: Message, targets: Sequence[Target], wire: Wire) -> Iterator[tuple[Target, Outcome]]:
        if problems := self.problems():
            raise ChannelDown(problems[0])
        letter = self._letter(message)
        parcels: list[tuple[Target, Mailbox]] = []
        refused: list[Target] = []
        for target in targets:
            try:
                parcels.append((target, mailbox(target.address)))
            except InvalidAddress:
                refused.append(target)
        yield from self._pool.send(letter, wire, parcels)
        for target in refused:
            yield target, Refused(Code.ADDRESS, False, "syntax")

    def _letter(self, message: Message) -> Letter:
        """The letter of a message, kept for its next batches, because it costs as much as sending a hundred; its date is at most
        ``_KEPT_SECONDS`` old. May be called by several threads."""
        kept, at = self._letters.get(id(message)), time.monotonic()
        if kept is not None and kept[0] is message and at < kept[1]:
            return kept[2]
        letter = Letter(message, self._sender, self._link, datetime.now(UTC), self._bounce)
        if len(self._letters) >= _KEPT:
            self._letters.clear()
        self._letters[id(message)] = message, at + _KEPT_SECONDS, letter
        return letter

    def settle(self, message: Message, target: Target) -> Outcome | None:
        """SMTP cannot be asked. But an answer that came after ``send`` stopped waiting is known here; ``InDoubt`` while the
        connection still listens. None otherwise: the letter is repeated with the same Message-ID."""
        return self._pool.late(target.reference)

    def close(self) -> None:
        """Give connections back."""
        self._pool.close()


def _takes_reference(bounce: str) -> bool:
    try:
        around_reference(bounce)
    except (InvalidAddress, ValueError):
        return False
    return True


def _is_address(sender: str) -> bool:
    try:
        return not mailbox(parseaddr(sender)[1]).utf8
    except InvalidAddress:
        return False
