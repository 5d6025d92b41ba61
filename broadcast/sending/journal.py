"""The journal of a lane: a memory-mapped file that outlives a killed worker and tells three classes of deliveries apart.

Acknowledged and not yet committed (commit them), on the wire at the instant of death (in doubt, at most one per connection), and
untouched (back to the queue). Writes are plain stores into the mapping: they survive SIGKILL, not a power cut; after a reboot the
whole lease is in doubt. The lock on the file ends with the process, so a free lock is the proof that its owner is dead.

Layout: 256 bytes of head (magic, boot id, lease owner, channel), ``SLOTS`` delivery numbers of 8 bytes, one count of 8 bytes, then ``count`` records.
"""

import contextlib
import fcntl
import mmap
import os
import struct
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from broadcast.channels.contract import Accepted, Code, InDoubt, Outcome, Refused

MAGIC = b"WIRE1\n"
SLOTS = 256
RECORDS = 4096
OPENING_SECONDS = 5.0
_HEAD = 256
_SLOT = struct.Struct("<Q")
_RECORD = struct.Struct("<QcB12s128s")  # delivery, kind, retryable, code, provider id or detail
_COUNT_AT = _HEAD + SLOTS * _SLOT.size
_RECORDS_AT = _COUNT_AT + _SLOT.size
SIZE = _RECORDS_AT + RECORDS * _RECORD.size
_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
_NEVER = float("inf")


@dataclass(frozen=True, slots=True)
class Remains:
    """What a dead lane left: its lease owner, whether the machine is still up since, what was settled and what was on the wire."""

    owner: str
    same_boot: bool
    settled: dict[int, Outcome]
    on_wire: set[int]


def boot_id() -> str:
    """The kernel's name for this boot (Linux); another value means the machine went down in between."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return "unknown"


class Journal:
    """The wire of one lane (contract ``Wire``); ``begin`` before each batch, one batch at a time."""

    def __init__(self, folder: Path, owner: str, channel: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / f"{owner}.{channel}.wire"
        self._file = _own(self.path)
        os.posix_fallocate(self._file, 0, SIZE)  # a full disk shows now, not as SIGBUS in mid-send
        self._map = mmap.mmap(self._file, SIZE)
        head = MAGIC + f"{boot_id()}\n{owner}\n{channel}\n".encode()
        self._map[: len(head)] = head
        self._lock = threading.Lock()
        self._count = 0
        self._good_until = _NEVER
        self._taken_back = False

    def begin(self) -> None:
        """Forget the batch before: its outcomes are committed."""
        with self._lock:
            self._count = 0
            _SLOT.pack_into(self._map, _COUNT_AT, 0)
            self._map[_HEAD:_COUNT_AT] = bytes(SLOTS * _SLOT.size)
            self._taken_back = False

    def good_for(self, seconds: float) -> None:
        """The lease holds for this long from now; counted by a clock that goes on while the machine sleeps and that nobody sets."""
        self._good_until = time.clock_gettime(_CLOCK) + seconds

    def take_back(self) -> None:
        """Nothing more of this batch may be put on the wire."""
        self._taken_back = True

    def recalled(self) -> bool:
        """Whether the batch was taken back, or the lease may belong to somebody else by now (a worker that was frozen for a while)."""
        return self._taken_back or time.clock_gettime(_CLOCK) > self._good_until

    def sending(self, slot: int, delivery_id: int) -> None:
        """The next bytes on this connection may make the provider accept the delivery."""
        _SLOT.pack_into(self._map, _HEAD + slot * _SLOT.size, delivery_id)

    def settled(self, slot: int, delivery_id: int, outcome: Outcome) -> None:
        """Note the answer, then free the slot; in this order, so that a kill between the two loses nothing."""
        packed = _pack(outcome)
        with self._lock:
            _RECORD.pack_into(self._map, _RECORDS_AT + self._count * _RECORD.size, delivery_id, *packed)
            self._count += 1
            _SLOT.pack_into(self._map, _COUNT_AT, self._count)
        _SLOT.pack_into(self._map, _HEAD + slot * _SLOT.size, 0)

    def remains(self) -> Remains:
        """What a dead owner would leave at this moment."""
        found = read(self._map[:])
        assert found is not None, "the head was written when the journal was opened"
        return found

    def close(self) -> None:
        """End the lane in good order; the file goes."""
        self._map.close()
        self.path.unlink(missing_ok=True)
        os.close(self._file)


def _own(path: Path) -> int:
    """Open and lock a new journal. Another worker that looks for dead ones may lock or remove it in the instant between the two: then
    once more, because a journal without a name would be found by nobody.

    Raises:
        BlockingIOError: somebody else works under this name.
    """
    until = time.monotonic() + OPENING_SECONDS
    while True:
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(file), path.stat()):
                return file
        except FileNotFoundError:
            pass
        except BlockingIOError:
            if time.monotonic() > until:
                os.close(file)
                raise
            time.sleep(0.01)
        os.close(file)


def _pack(outcome: Outcome) -> tuple[bytes, int, bytes, bytes]:
    if isinstance(outcome, Accepted):  # nearly every one; a match is several times slower
        return b"A", 0, b"", outcome.provider_id.encode(errors="replace")[:128]
    match outcome:
        case Refused(code, retryable, detail):
            return b"R", int(retryable), code.encode(), detail.encode(errors="replace")[:120]
        case InDoubt(detail):
            return b"D", 0, b"", detail.encode(errors="replace")[:120]


def _unpack(kind: bytes, retryable: int, code: bytes, text: bytes) -> Outcome:
    words = text.rstrip(b"\0").decode(errors="replace")
    if kind == b"A":
        return Accepted(words)
    if kind == b"R" and code.rstrip(b"\0").decode(errors="replace") in set(Code):
        return Refused(Code(code.rstrip(b"\0").decode()), bool(retryable), words)
    return InDoubt(words)


@contextlib.contextmanager
def dead(folder: Path) -> Iterator[list[Remains]]:
    """The journals whose owner is dead, locked while they are worked on; their files go when the block ends well."""
    taken: list[tuple[Path, int]] = []
    found: list[Remains] = []
    try:
        for path in sorted(folder.glob("*.wire")):
            with contextlib.suppress(OSError):
                file = os.open(path, os.O_RDWR)
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    os.close(file)
                    continue
                taken.append((path, file))
                if not os.path.samestat(os.fstat(file), path.stat()):  # another was faster; the name is a new journal's
                    taken.pop()
                    os.close(file)
                    continue
                remains = read(os.pread(file, SIZE, 0))
                if remains:
                    found.append(remains)
        yield found
        for path, _ in taken:
            path.unlink(missing_ok=True)
    finally:
        for _, file in taken:
            os.close(file)


def read(data: bytes) -> Remains | None:
    """What a journal file says; None when it was never begun, or its head cannot be read (the leases then run out by themselves).

    Of another boot only the owner counts: what the power cut left of the rest may be anything.
    """
    if not data.startswith(MAGIC) or len(data) < SIZE:
        return None
    boot, _, more = data[len(MAGIC) : _HEAD].partition(b"\n")
    owner = more.partition(b"\n")[0].decode(errors="replace")
    if boot.decode(errors="replace") != boot_id():
        return Remains(owner, False, {}, set())
    (count,) = _SLOT.unpack_from(data, _COUNT_AT)
    settled = {}
    for number in range(min(count, RECORDS)):
        delivery_id, *rest = _RECORD.unpack_from(data, _RECORDS_AT + number * _RECORD.size)
        settled[delivery_id] = _unpack(*rest)
    slots = {_SLOT.unpack_from(data, _HEAD + slot * _SLOT.size)[0] for slot in range(SLOTS)}
    return Remains(owner, True, settled, slots - {0} - set(settled))
