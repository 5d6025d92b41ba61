"""One signed-in connection that carries one letter after another.

With PIPELINING (RFC 2920) the content of a letter and the MAIL, RCPT and DATA of the next travel in one group ("the actual transfer of
message content is explicitly allowed to be the first command in a group"; DATA is the last), so a letter costs one round trip and never
more than one content is unanswered. Without it every command waits for its reply.
"""

import asyncio
from collections import deque
from dataclasses import dataclass
from enum import IntEnum

from broadcast.channels.contract import Code, InDoubt, Refused
from broadcast.channels.smtp import verdict
from broadcast.channels.smtp.door import Abilities
from broadcast.channels.smtp.job import Parcel
from broadcast.channels.smtp.line import Line


@dataclass(frozen=True, slots=True)
class Limits:
    """Times in seconds. RFC 5321 section 4.5.3.2 allows minutes; an alert cannot wait so long.

    ``enter``: from connect to signed in. ``reply``: any reply before content. ``content``: the reply to the final dot.
    ``patience``: how long the last letters of a batch keep the caller waiting. ``idle``: how long an unused connection is kept.
    """

    enter: float = 15.0
    reply: float = 30.0
    content: float = 60.0
    patience: float = 5.0
    idle: float = 30.0


class Stage(IntEnum):
    """Which reply comes next."""

    IDLE = 0
    RESET = 1
    MAIL = 2
    RCPT = 3
    DATA = 4
    VOID = 5  # a lone dot after DATA was allowed although nobody may receive it
    CONTENT = 6


class Session:
    """A connection and the transaction on it. All methods run in the loop's thread."""

    def __init__(self, line: Line, abilities: Abilities, slot: int, queue: deque[Parcel]) -> None:
        self.slot = slot
        self.completed = 0
        self.since = 0.0  # when the last reply came or the first group went out, loop time
        self.stage = Stage.IDLE
        self.reason = ""  # why the server wants no mail from us at all
        self.current: Parcel | None = None
        self._line, self._abilities, self._queue = line, abilities, queue
        self._pipelining = abilities.pipelining
        self._following: Parcel | None = None
        self._refusal: Refused | None = None
        self._retiring = False
        self._now = asyncio.get_running_loop().time
        self._pause: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._pause.set_result(None)
        self._handlers = {
            Stage.IDLE: self._unasked,
            Stage.RESET: self._reset,
            Stage.MAIL: self._mail,
            Stage.RCPT: self._rcpt,
            Stage.DATA: self._data,
            Stage.VOID: self._void,
            Stage.CONTENT: self._content,
        }
        line.attend(self._reply, self._lost)

    @property
    def alive(self) -> bool:
        """Whether the connection can carry another letter."""
        return not self._line.closed

    async def run(self) -> None:
        """Carry letters until the queue is empty or the connection ends."""
        self._pause = asyncio.get_running_loop().create_future()
        self._begin(self._next())
        await self._pause

    def quit(self) -> None:
        """Say good-bye without waiting for the answer; a letter on its way is in doubt."""
        if self.stage is not Stage.IDLE:
            self._line.abort()
        elif self.alive:
            self._line.attend(lambda reply: None, lambda: None)
            self._line.transport.write(b"QUIT\r\n")
            self._line.transport.close()
            self._line.closed = True

    def hang_up(self) -> None:
        """Free the connection now."""
        self._line.transport.abort()

    # Replies, in the order in which they come

    def _reply(self, reply: bytes) -> None:
        self.since = self._now()
        self._handlers[self.stage](reply)

    def _mail(self, reply: bytes) -> None:
        if not reply.startswith(b"2"):
            if reply.startswith(b"5") and not self.completed and not reply.startswith(b"552"):
                self.reason = _unwanted(reply)
                self._leave()
                return
            self._refusal = verdict.refused_sender(reply)
        self._advance(reply, Stage.RCPT, b"RCPT TO:<%b>\r\n")

    def _rcpt(self, reply: bytes) -> None:
        if not reply.startswith(b"2") and self._refusal is None:
            self._refusal = verdict.refused_recipient(reply)
        self._advance(reply, Stage.DATA, b"DATA\r\n")

    def _advance(self, reply: bytes, stage: Stage, command: bytes) -> None:
        """To the next command of the envelope, which is on its way already where the server takes groups."""
        if reply.startswith(b"421"):
            self._leave()
        elif self._pipelining:
            self.stage = stage
        elif self._refusal is not None:
            self._after_refusal()
        else:
            assert self.current is not None
            self.stage = stage
            self._write(command % self.current.to.wire if stage is Stage.RCPT else command)

    def _data(self, reply: bytes) -> None:
        if reply.startswith(b"354"):
            if self._refusal is None:
                self._send_content()
            else:
                self.stage = Stage.VOID
                self._write(b".\r\n")
            return
        if self._refusal is None:
            self._refusal = verdict.refused_content(reply)
        if reply.startswith(b"421"):
            self._leave()
        else:
            self._after_refusal()

    def _void(self, _: bytes) -> None:
        self._after_refusal()

    def _content(self, reply: bytes) -> None:
        parcel, self.current, self._following = self.current, self._following, None
        assert parcel is not None
        self.completed += 1
        if reply.startswith(b"2"):
            parcel.settle(self.slot, verdict.accepted(reply))
        elif reply.startswith((b"4", b"5")):
            parcel.settle(self.slot, verdict.refused_content(reply))
        else:
            parcel.settle(self.slot, InDoubt(verdict.detail(reply)))
            self._retiring = True
        if self._retiring or reply.startswith(b"421"):
            self._leave()
        elif self.current is not None:
            self.stage = Stage.MAIL
        else:
            self._begin(self._next())

    def _reset(self, reply: bytes) -> None:
        if not reply.startswith(b"2"):
            self._leave()
        elif self._pipelining and self.current is not None:
            self.stage = Stage.MAIL
        else:
            self._begin(self._next() if self.current is None else self.current)

    def _unasked(self, _: bytes) -> None:
        """A reply nobody asked for: the server says good-bye (421), or something is wrong."""
        self._line.abort()

    # What is written

    def _next(self) -> Parcel | None:
        """The next letter this server can take; those it cannot take are refused without touching the wire."""
        while self._queue:
            parcel = self._queue.popleft()
            if parcel.job.cancelled:
                continue
            if parcel.to.utf8 and not self._abilities.utf8:
                parcel.refuse(Code.ADDRESS, "smtputf8")
            elif 0 < self._abilities.size < parcel.job.letter.size:
                parcel.refuse(Code.CONTENT, "size")
            elif not parcel.write():
                parcel.refuse(Code.CONFIG, "reference or link")
            else:
                return parcel
        return None

    def _begin(self, parcel: Parcel | None) -> None:
        self.current, self._refusal = parcel, None
        self.since = self._now()
        if parcel is None:
            self.stage = Stage.IDLE
            self._stop()
        else:
            self.stage = Stage.MAIL
            self._write(self._group(parcel))

    def _group(self, parcel: Parcel) -> bytes:
        sender, option = parcel.job.letter.sender, b" SMTPUTF8" if parcel.to.utf8 else b""
        if self._pipelining:
            return b"MAIL FROM:<%b>%b\r\nRCPT TO:<%b>\r\nDATA\r\n" % (sender.wire, option, parcel.to.wire)
        return b"MAIL FROM:<%b>%b\r\n" % (sender.wire, option)

    def _send_content(self) -> None:
        parcel = self.current
        assert parcel is not None
        if parcel.job.cancelled:  # nobody waits for it any more, and somebody may have given it back to the queue
            self._leave()
            return
        group = parcel.content
        if self._pipelining and self._queue:
            self._following = self._next()
            if self._following is not None:
                group += self._group(self._following)
        parcel.sending(self.slot)
        self.stage = Stage.CONTENT
        self._write(group)

    def _after_refusal(self) -> None:
        """Tell the outcome, clear the transaction, go on."""
        parcel, refusal = self.current, self._refusal
        assert parcel is not None
        assert refusal is not None
        self.completed += 1
        parcel.settle(self.slot, refusal)
        self.current, self._refusal = self._next(), None
        self.stage = Stage.RESET
        follows = self._pipelining and self.current is not None
        self._write(b"RSET\r\n" + self._group(self.current) if follows and self.current else b"RSET\r\n")

    def _write(self, data: bytes) -> None:
        self._line.transport.write(data)

    # Ends

    def check(self, now: float, limits: Limits, hurry: bool) -> None:
        """Called often: cut what is too slow. ``hurry`` says that nothing else of the queue is left to send."""
        if self.stage is Stage.IDLE:
            if now - self.since > limits.idle:
                self.quit()
            return
        waited, parcel = now - self.since, self.current
        if self.stage is Stage.CONTENT:
            self._check_content(waited, limits, hurry)
        elif waited > limits.reply:
            self._leave()
        elif hurry and parcel is not None and waited > limits.patience * parcel.target.attempt:
            self._refusal = self._refusal or Refused(Code.UNKNOWN, True, "timeout")
            self._leave()

    def _check_content(self, waited: float, limits: Limits, hurry: bool) -> None:
        if waited > limits.patience:
            if self._following is not None:  # another connection takes it; this one ends after its answer
                self._queue.appendleft(self._following)
                self._following, self._retiring = None, True
            if hurry and self.current is not None and not self.current.told:
                self._retiring = True
                self.current.doubt(self.slot)
        if waited > limits.content:
            self._line.abort()

    def _leave(self) -> None:
        self._line.abort()

    def _lost(self) -> None:
        """The connection ended, by whomever."""
        stage, parcel, following = self.stage, self.current, self._following
        self.stage, self.current, self._following = Stage.IDLE, None, None
        if following is not None:
            self._queue.appendleft(following)
        if parcel is not None:
            self._lose(parcel, stage)
        self._stop()

    def _lose(self, parcel: Parcel, stage: Stage) -> None:
        if stage is Stage.CONTENT:
            parcel.settle(self.slot, InDoubt("connection lost"))
        elif self._refusal is not None and not (self.completed and self._refusal.detail.startswith("421")):
            parcel.settle(self.slot, self._refusal)
        elif self.completed or self.reason:  # the connection was good before, or no letter is to blame
            self._queue.appendleft(parcel)
        else:
            parcel.settle(self.slot, Refused(Code.UNKNOWN, True, "connection lost"))

    def _stop(self) -> None:
        if not self._pause.done():
            self._pause.set_result(None)


def _unwanted(reply: bytes) -> str:
    if verdict.is_about_sign_in(reply):
        return f"メールサーバーが認証を求めています（{verdict.detail(reply)}）。"
    return f"メールサーバーが差出人のアドレスを受け付けません（{verdict.detail(reply)}）。"
