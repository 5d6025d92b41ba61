"""One call of ``send``: what is still to be sent, and the outcomes on their way back to the caller's thread."""

from collections.abc import Iterator, Sequence
from queue import SimpleQueue

from broadcast.channels.contract import RECALLED, ChannelDown, InDoubt, Outcome, Refused, Target, Wire
from broadcast.channels.smtp.address import Mailbox
from broadcast.channels.smtp.letter import Letter, Unfit
from broadcast.channels.smtp.routes import Route, Routes

Pair = tuple[Target, Outcome]
_GROUP = 200  # outcomes handed over at once; a timer hands over what is fewer


class Job:
    """The batch of one call. Filled by the loop's thread, read by the caller's.

    ``late`` takes what a server said after the caller was told ``InDoubt``. ``halted``: nothing more of it goes on the wire, because
    nobody waits for it any more (``cancelled``) or it was taken back. ``patient``: it carries nothing but what is late anyway.
    """

    def __init__(
        self,
        letter: Letter,
        wire: Wire,
        parcels: Sequence[tuple[Target, Mailbox]],
        late: "LateAnswers",
        routes: Routes,
    ) -> None:
        self.letter, self.late = letter, late
        self.sending, self.settled, self.recalled = wire.sending, wire.settled, wire.recalled
        of = routes.of
        self.parcels = [Parcel(self, target, to, of(target.route or to.domain)) for target, to in parcels]
        self.open = len(self.parcels)
        self.untouched = True
        self.halted = self.cancelled = False
        self.patient = all(parcel.target.attempt > 1 or parcel.route.slow for parcel in self.parcels)
        self._ready: list[Pair] = []
        self._handed: SimpleQueue[list[Pair] | ChannelDown | None] = SimpleQueue()

    def add(self, target: Target, outcome: Outcome) -> None:
        """One outcome; the first is handed over at once, so that "accepted" shows without delay."""
        ready = self._ready
        ready.append((target, outcome))
        self.open -= 1
        if self.untouched or not self.open or len(ready) >= _GROUP:
            self.flush()
            self.untouched = False
            if not self.open:
                self._handed.put(None)

    def flush(self) -> None:
        """Hand over what is ready."""
        if self._ready:
            self._handed.put(self._ready)
            self._ready = []

    def forget(self) -> None:
        """Nobody waits for it any more."""
        self.halted = self.cancelled = True

    def down(self, reason: str) -> None:
        """Nothing was sent and nothing can be."""
        self.forget()
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
    """One letter to one recipient on its way. ``told``: the caller has an outcome already."""

    __slots__ = ("_on_wire", "content", "envelope", "job", "route", "target", "to", "told")

    def __init__(self, job: Job, target: Target, to: Mailbox, route: Route) -> None:
        self.job, self.target, self.to, self.route = job, target, to, route
        self.told = self._on_wire = False

    @property
    def patient(self) -> bool:
        """It is late anyway: its batch may wait for it."""
        return self.job.patient

    def write(self) -> bool:
        """Write envelope and letter before the server waits for them; False where its reference or link must not stand in a header."""
        letter = self.job.letter
        try:
            self.envelope = letter.envelope(self.target, self.to)
            self.content = letter.fill(self.target, self.to) + b".\r\n"
        except Unfit:
            return False
        return True

    def sending(self, slot: int) -> None:
        """The next bytes may make the server accept it."""
        job = self.job
        if job.late.known:
            job.late.forget(self.target.reference)
        job.sending(slot, self.target.delivery_id)
        self._on_wire = True

    def settle(self, slot: int, outcome: Outcome) -> None:
        """The server's answer. After ``doubt`` it is kept for whoever asks."""
        job, target = self.job, self.target
        if self.told:
            job.late.answer(target.reference, outcome)
            return
        self.told, self.content = True, b""
        try:
            if self._on_wire:
                job.settled(slot, target.delivery_id, outcome)
        finally:
            job.add(target, outcome)

    def doubt(self, slot: int) -> None:
        """Tell the caller that no answer has come yet, and go on listening."""
        self.job.late.expect(self.target.reference)
        self.settle(slot, InDoubt("no answer yet"))

    def refuse(self, refusal: Refused) -> None:
        """It is not sent at all; the wire was never touched."""
        if not self.job.cancelled:
            self.job.add(self.target, refusal)

    def drop(self) -> None:
        """Its batch was halted before it was its turn."""
        self.refuse(RECALLED)


class LateAnswers:
    """Answers that came after the caller stopped waiting, by reference; bounded. ``known`` is empty while there are none."""

    _MOST = 10_000

    def __init__(self) -> None:
        self.known: dict[str, Outcome] = {}

    def expect(self, reference: str) -> None:
        """The connection still listens for this one."""
        if len(self.known) >= self._MOST:
            self.known.pop(next(iter(self.known)))
        self.known[reference] = InDoubt("no answer yet")

    def forget(self, reference: str) -> None:
        """It is sent anew: what was said of an earlier try no longer counts."""
        self.known.pop(reference, None)

    def answer(self, reference: str, outcome: Outcome) -> None:
        """The answer; a connection that ended without one makes it unknown."""
        if isinstance(outcome, InDoubt):
            self.known.pop(reference, None)
        else:
            self.known[reference] = outcome

    def ask(self, reference: str) -> Outcome | None:
        """The answer, ``InDoubt`` while the connection still listens, or None where nothing is known."""
        return self.known.get(reference)
