"""One signed-in connection that carries one letter after another.

With PIPELINING (RFC 2920) the content of a letter and the MAIL, RCPT and DATA of the next travel in one group ("the actual transfer of
message content is explicitly allowed to be the first command in a group"; DATA is the last), so a letter costs one round trip and never
more than one content is unanswered. Without it every command waits for its reply.

Almost every letter is answered by four replies in one piece: accepted, and go ahead with the next one. ``_together`` takes them in one
go (a letter then costs about 30 µs of this machine's time, two thirds of it in the kernel); whatever looks different is cut into
replies and taken one by one.
"""

import asyncio
from collections import deque
from enum import IntEnum

from broadcast.channels.contract import RECALLED, Code, InDoubt, Refused
from broadcast.channels.smtp import verdict
from broadcast.channels.smtp.door import Abilities
from broadcast.channels.smtp.job import Parcel
from broadcast.channels.smtp.line import Line
from broadcast.channels.smtp.routes import Routes


class Stage(IntEnum):
    """Which reply comes next."""

    IDLE = 0
    RESET = 1
    MAIL = 2
    RCPT = 3
    DATA = 4
    VOID = 5  # a lone dot after DATA was allowed although nobody may receive it
    CONTENT = 6


_ALL_FOUR = 5  # pieces between and after four line ends
_NO_UTF8 = Refused(Code.ADDRESS, False, "smtputf8")
_TOO_LARGE = Refused(Code.CONTENT, False, "size")
_UNFIT = Refused(Code.CONFIG, False, "reference or link")
_CONTENT = Stage.CONTENT  # read for every letter; an enum's member costs a look-up in its class


class Session:
    """A connection and the transaction on it. All methods run in the loop's thread."""

    def __init__(self, line: Line, abilities: Abilities, slot: int, queue: deque[Parcel], routes: Routes) -> None:
        self.slot = slot
        self.completed = 0
        self.waited = 0.0  # how long the latest reply took, seconds
        self.since = 0.0  # when the last reply came or the first group went out, loop time
        self.stage = Stage.IDLE
        self.seen_waiting = 0.0  # the ``since`` of the wait that the last look at the clock found too long
        self.reason = ""  # why the server wants no mail from us at all
        self.current: Parcel | None = None
        self.following: Parcel | None = None  # its envelope travels behind the content of the current one
        self.retiring = False  # no further letter after this one
        self._line, self._abilities, self._queue, self._routes = line, abilities, queue, routes
        line.transport.set_write_buffer_limits(
            0
        )  # a group goes out at once and not at the end of the round of all connections
        self._write = line.transport.write
        self._pipelining = abilities.pipelining
        self._refusal: Refused | None = None
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
        line.attend(self._reply, self._lost, self._together)

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
            self._write(b"QUIT\r\n")
            self._line.transport.close()
            self._line.closed = True

    def hang_up(self) -> None:
        """Free the connection now."""
        self._line.transport.abort()

    # Replies, in the order in which they come

    def _together(self, data: bytes) -> bool:
        """A letter is accepted and the server goes along with the next one's envelope: the usual four replies in one piece."""
        following = self.following
        if following is None or self.stage is not _CONTENT or self.retiring:
            return False
        replies = data.split(b"\r\n")
        if len(replies) != _ALL_FOUR or replies[4]:
            return False
        first, second, third, fourth, _ = replies
        if not (first[:4] == second[:4] == third[:4] == b"250 " and fourth[:4] == b"354 "):
            return False
        parcel, now = self.current, self._now()
        assert parcel is not None
        self._routes.answered(parcel.route, now, now - self.since)
        self.since, self.current, self.following = now, following, None
        self.completed += 1
        parcel.settle(self.slot, verdict.accepted(first))
        self._send_content()
        return True

    def _reply(self, reply: bytes) -> None:
        now = self._now()
        self.waited, self.since = now - self.since, now
        self._handlers[self.stage](reply)

    def _mail(self, reply: bytes) -> None:
        if not reply.startswith(b"2"):
            if reply.startswith(b"5") and not self.completed and not reply.startswith(b"552"):
                self.reason = _unwanted(reply)
                self._leave()
                return
            self._refusal = verdict.refused_sender(reply)
        self._advance(reply, Stage.RCPT)

    def _rcpt(self, reply: bytes) -> None:
        if not reply.startswith(b"2") and self._refusal is None:
            self._refusal = verdict.refused_recipient(reply)
        self._advance(reply, Stage.DATA)

    def _advance(self, reply: bytes, stage: Stage) -> None:
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
            self._write(self.current.envelope.split(b"\r\n")[stage - Stage.MAIL] + b"\r\n")

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
        parcel, self.current, self.following = self.current, self.following, None
        assert parcel is not None
        self.completed += 1
        self._routes.answered(parcel.route, self.since, self.waited)
        if reply.startswith(b"2"):
            parcel.settle(self.slot, verdict.accepted(reply))
        elif reply.startswith((b"4", b"5")):
            parcel.settle(self.slot, verdict.refused_content(reply))
        else:
            parcel.settle(self.slot, InDoubt(verdict.detail(reply)))
            self.retiring = True
        self.stage = Stage.MAIL  # of the letter that follows no content has gone out
        if self.retiring or reply.startswith(b"421"):
            self._leave()
        elif self.current is None:
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
        """The next letter this server can take now; those it cannot take are refused without touching the wire."""
        queue, limit = self._queue, self._abilities.size
        while queue:
            parcel = queue.popleft()
            job = parcel.job
            if job.halted:
                parcel.drop()
            elif not (parcel.route.free or self._routes.admit(parcel)):
                continue
            elif parcel.to.utf8 and not self._abilities.utf8:
                parcel.refuse(_NO_UTF8)
            elif 0 < limit < job.letter.size:
                parcel.refuse(_TOO_LARGE)
            elif not parcel.write():
                parcel.refuse(_UNFIT)
            else:
                return parcel
        return None

    def _next_behind(self, parcel: Parcel) -> Parcel | None:
        """The letter whose envelope may travel behind this one's content: only where both routes are known to be quick."""
        if not (self._queue and self._pipelining and parcel.route.free):
            return None
        following = self._next()
        if following is not None and not following.route.free:
            self._queue.appendleft(following)
            return None
        return following

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
        return parcel.envelope if self._pipelining else parcel.envelope.partition(b"\n")[0] + b"\n"

    def _send_content(self) -> None:
        parcel = self.current
        assert parcel is not None
        job = parcel.job
        if (
            job.halted or job.recalled()
        ):  # the server waits for the content: only the end of the connection tells it that none comes
            job.halted = True
            self.stage = Stage.DATA
            self.forgo(RECALLED)
            return
        self.following = following = self._next_behind(parcel)
        parcel.sending(self.slot)
        self.stage = _CONTENT
        self._write(parcel.content if following is None else parcel.content + following.envelope)

    def _after_refusal(self) -> None:
        """Tell the outcome, clear the transaction, go on."""
        parcel, refusal = self.current, self._refusal
        assert parcel is not None
        assert refusal is not None
        self.completed += 1
        self._routes.answered(parcel.route, self.since, self.waited)
        parcel.settle(self.slot, refusal)
        self.current, self._refusal = self._next(), None
        self.stage = Stage.RESET
        self._write(b"RSET\r\n" + self.current.envelope if self._pipelining and self.current else b"RSET\r\n")

    # Ends

    @property
    def listening(self) -> bool:
        """Whether it only waits for an answer of which the caller no longer expects anything."""
        return self.stage is _CONTENT and self.alive and self.current is not None and self.current.told

    def set_free(self) -> None:
        """Whoever runs it need not wait for its end."""
        self._stop()

    def give_back(self) -> None:
        """Another connection takes the letter whose envelope is on its way; this one ends after its answer."""
        if self.following is not None:
            self._queue.appendleft(self.following)
            self.following, self.retiring = None, True

    def doubt(self) -> None:
        """Nobody waits for the answer to the content any longer; the connection goes on listening."""
        if self.stage is _CONTENT and self.current is not None and not self.current.told:
            self.retiring = True
            self.current.doubt(self.slot)

    def forgo(self, refusal: Refused) -> None:
        """Do without a letter of which no content was sent. The connection is not to blame, but nothing else ends its transaction."""
        self.completed += 1
        self.cut(refusal)

    def cut(self, refusal: Refused | None = None) -> None:
        """End the connection. A letter of which no content was sent gets ``refusal``; content without an answer is in doubt."""
        self._refusal = self._refusal or refusal
        self._leave()

    def _leave(self) -> None:
        self._line.abort()

    def _lost(self) -> None:
        """The connection ended, by whomever."""
        stage, parcel, following = self.stage, self.current, self.following
        self.stage, self.current, self.following = Stage.IDLE, None, None
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
