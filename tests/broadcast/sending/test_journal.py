"""The journal of a lane tells acknowledged, on the wire and untouched apart after a kill."""

import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from broadcast.channels.contract import Accepted, Code, InDoubt, Outcome, Refused
from broadcast.sending import journal
from broadcast.sending.journal import Journal

LANE = """
import sys, time
from pathlib import Path
from broadcast.channels.contract import Accepted
from broadcast.sending.journal import Journal
wire = Journal(Path(sys.argv[1]), "host-1-aa.email", "email")
wire.begin()
for number in range(1, 8):
    wire.sending(number % 2, number)
    if number <= 5:
        wire.settled(number % 2, number, Accepted(f"q{number}"))
print("ready", flush=True)
time.sleep(60)
"""


@pytest.fixture
def killed_lane(tmp_path: Path) -> Path:
    """A lane in a process of its own, killed in mid-send."""
    process = subprocess.Popen([sys.executable, "-c", LANE, str(tmp_path)], stdout=subprocess.PIPE)
    assert process.stdout
    assert process.stdout.readline() == b"ready\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    return tmp_path


def test_a_killed_lane_leaves_what_was_settled_and_what_was_on_the_wire(killed_lane: Path) -> None:
    with journal.dead(killed_lane) as remains:
        (left,) = remains
    assert left.owner == "host-1-aa.email"
    assert left.same_boot
    assert left.settled == {n: Accepted(f"q{n}") for n in range(1, 6)}
    assert left.on_wire == {6, 7}


def test_a_journal_is_worked_on_once(killed_lane: Path) -> None:
    with journal.dead(killed_lane) as first:
        assert len(first) == 1
        with journal.dead(killed_lane) as second:
            assert second == []
    with journal.dead(killed_lane) as third:
        assert third == []


def test_a_recovery_that_fails_leaves_the_journal_for_the_next(killed_lane: Path) -> None:
    with pytest.raises(RuntimeError), journal.dead(killed_lane):
        raise RuntimeError("database gone")
    with journal.dead(killed_lane) as remains:
        assert len(remains) == 1


def test_the_journal_of_a_living_lane_is_left_alone(tmp_path: Path) -> None:
    wire = Journal(tmp_path, "host-2-bb.sms", "sms")
    wire.begin()
    wire.sending(0, 9)
    with journal.dead(tmp_path) as remains:
        assert remains == []
    wire.close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "outcome",
    [
        Accepted("SM1"),
        Accepted(""),
        Refused(Code.THROTTLED, True, "451 4.7.1"),
        Refused(Code.ADDRESS, False),
        InDoubt("reset"),
    ],
)
def test_every_outcome_comes_back_as_it_was(tmp_path: Path, outcome: Outcome) -> None:
    wire = Journal(tmp_path, "o.c", "c")
    wire.begin()
    wire.sending(3, 12)
    wire.settled(3, 12, outcome)
    data = wire.path.read_bytes()
    wire.close()
    left = journal.read(data)
    assert left is not None
    assert left.settled == {12: outcome}
    assert left.on_wire == set()


def test_a_new_batch_forgets_the_one_before(tmp_path: Path) -> None:
    wire = Journal(tmp_path, "o.c", "c")
    wire.begin()
    wire.sending(0, 1)
    wire.settled(0, 1, Accepted())
    wire.begin()
    left = journal.read(wire.path.read_bytes())
    wire.close()
    assert left is not None
    assert not left.settled


def test_after_a_reboot_the_journal_is_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wire = Journal(tmp_path, "o.c", "c")
    wire.begin()
    data = wire.path.read_bytes()
    wire.close()
    monkeypatch.setattr(journal, "boot_id", lambda: "another")
    left = journal.read(data)
    assert left is not None
    assert not left.same_boot


def test_a_journal_that_a_power_cut_left_half_written_is_read_all_the_same(tmp_path: Path) -> None:
    wire = Journal(tmp_path, "owner", "email")
    wire.sending(0, 7)
    wire.settled(0, 7, Refused(Code.THROTTLED, True, "451"))
    whole = bytearray(wire._map[:])
    wire.close()
    at = whole.index(b"throttled")
    for damage in (bytes(9), b"\xff" * 9, b"whatever!"):
        whole[at : at + 9] = damage
        remains = journal.read(bytes(whole))
        assert remains is not None
        assert isinstance(remains.settled[7], InDoubt), "what cannot be understood is in doubt"
    whole[6:256] = b"\xff" * 250
    remains = journal.read(bytes(whole))
    assert remains is not None
    assert not remains.same_boot


def test_a_new_journal_is_found_although_others_are_looking_for_dead_ones(tmp_path: Path) -> None:
    stop = threading.Event()

    def look() -> None:
        while not stop.is_set():
            with journal.dead(tmp_path):
                pass

    lookers = [threading.Thread(target=look) for _ in range(3)]
    for thread in lookers:
        thread.start()
    try:
        for number in range(150):
            wire = Journal(tmp_path, f"owner{number}", "email")
            assert wire.path.exists(), "its name was taken away while it was opened"
            wire.close()
    finally:
        stop.set()
        for thread in lookers:
            thread.join()
