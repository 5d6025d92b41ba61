"""One call of ``send``: what is still to be sent, and the outcomes on their way back to the caller's thread."""

from collections.abc import Iterator, Sequence
from queue import SimpleQueue

from broadcast.channels.contract import ChannelDown, Code, InDoubt, Outcome, Refused, Target, Wire
from broadcast.channels.smtp.address import Mailbox
from broadcast.channels.smtp.letter import Letter, Unfit

Pair = tuple[Target, Outcome]
_GROUP = 200  # outcomes handed over at once; a timer hands over what is fewer


class Job:
    """The batch of one call. Filled by the loop's thread, read by the caller's.

    ``late`` takes what a server said after the caller was told ``InDoubt``.
    """

    def __init__(
        self, letter: Letter, wire: Wire, parcels: Sequence[tuple[Target, Mailbox]], late: "LateAnswers"
    ) -> None:
        self.letter, self.wire, self.late = letter, wire, late
        self.parcels = [Parcel(self, target, to) for target, to in parcels]
        self.open = len(self.parcels)
        self.untouched = True
        self.cancelled = False
        self._ready: list[Pair] = []
        self._handed: SimpleQueue[list[Pair] | ChannelDown | None] = SimpleQueue()

    def add(self, target: Target, outcome: Outcome) -> None:
        """One outcome; the first is handed over at once, so that "accepted" shows without delay."""
        self._ready.append((target, outcome))
        self.open -= 1
        if self.untouched or not self.open or len(self._ready) >= _GROUP:
            self.flush()
        self.untouched = False
        if not self.open:
            self._handed.put(None)

    def flush(self) -> None:
        """Hand over what is ready."""
        if self._ready:
            self._handed.put(self._ready)
            self._ready = []

    def down(self, reason: str) -> None:
        """Nothing was sent and nothing can be."""
        self.open = 0
        self._handed.put(ChannelDown(reason))

    def outcomes(self) -> Iterator[Pair]:
        """Every outcome as it comes (caller's thread).

        Raises:
            ChannelDown: nothing of this batch was sent.
        """
        while (group := self._handed.get()) is not None:
            if isinstance(group, ChannelDown):
                raise group
            yield from group


class Parcel:
    """One letter to one recipient on its way."""

    __slots__ = ("_on_wire", "_told", "content", "job", "target", "to")

    def __init__(self, job: Job, target: Target, to: Mailbox) -> None:
        self.job, self.target, self.to = job, target, to
        self.content = b""  # with the final dot
        self._told = self._on_wire = False

    def write(self) -> bool:
        """Write the letter before the server waits for it; False where its reference or link must not stand in a header.

        Base64 has no line that begins with a dot; should another letter have one, it is stuffed (RFC 5321 section 4.5.2)."""
        try:
            content = self.job.letter.fill(self.target, self.to)
        except Unfit:
            return False
        self.content = (content.replace(b"\n.", b"\n..") if b"\n." in content else content) + b".\r\n"
        return True

    def sending(self, slot: int) -> None:
        """The next bytes may make the server accept it."""
        self.job.late.forget(self.target.reference)
        self.job.wire.sending(slot, self.target.delivery_id)
        self._on_wire = True

    def settle(self, slot: int, outcome: Outcome) -> None:
        """The server's answer. After ``doubt`` it is kept for whoever asks."""
        if self._told:
            self.job.late.answer(self.target.reference, outcome)
            return
        self._told, self.content = True, b""
        try:
            if self._on_wire:
                self.job.wire.settled(slot, self.target.delivery_id, outcome)
        finally:
            self.job.add(self.target, outcome)

    def doubt(self, slot: int) -> None:
        """Tell the caller that no answer has come yet, and go on listening."""
        self.job.late.expect(self.target.reference)
        self.settle(slot, InDoubt("no answer yet"))

    def refuse(self, code: Code, detail: str) -> None:
        """It is not sent at all; the wire was never touched."""
        self.job.add(self.target, Refused(code, False, detail))

    @property
    def told(self) -> bool:
        """Whether the caller has an outcome already."""
        return self._told


class LateAnswers:
    """Answers that came after the caller stopped waiting, by reference; bounded."""

    _MOST = 10_000

    def __init__(self) -> None:
        self._answers: dict[str, Outcome] = {}

    def expect(self, reference: str) -> None:
        """The connection still listens for this one."""
        if len(self._answers) >= self._MOST:
            self._answers.pop(next(iter(self._answers)))
        self._answers[reference] = InDoubt("no answer yet")

    def forget(self, reference: str) -> None:
        """It is sent anew: what was said of an earlier try no longer counts."""
        self._answers.pop(reference, None)

    def answer(self, reference: str, outcome: Outcome) -> None:
        """The answer; a connection that ended without one makes it unknown."""
        if isinstance(outcome, InDoubt):
            self._answers.pop(reference, None)
        else:
            self._answers[reference] = outcome

    def ask(self, reference: str) -> Outcome | None:
        """The answer, ``InDoubt`` while the connection still listens, or None where nothing is known."""
        return self._answers.get(reference)
