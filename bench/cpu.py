"""Processor time of another process and of its threads (Linux): what a figure costs, whatever else the machine is doing meanwhile."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_NANO = 1e9
_LEAST = 0.5  # microseconds a message that a thread must take to be worth naming


@dataclass(frozen=True, slots=True)
class Cpu:
    """Seconds on a processor so far, of each thread by number, and the threads' names."""

    threads: dict[int, float]
    names: dict[int, str]


def of(pid: int) -> Cpu:
    """How long each thread of a process has been on a processor (``schedstat``: time on the cpu in nanoseconds)."""
    threads, names = {}, {}
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            threads[int(task.name)] = int((task / "schedstat").read_text().split()[0]) / _NANO
            names[int(task.name)] = (task / "comm").read_text().strip()
        except OSError:
            continue  # it ended at this moment
    return Cpu(threads, names)


def joined(readings: Iterable[Cpu]) -> Cpu:
    """Several processes read as one; no two threads of a machine have the same number."""
    threads: dict[int, float] = {}
    names: dict[int, str] = {}
    for reading in readings:
        threads |= reading.threads
        names |= reading.names
    return Cpu(threads, names)


def per_message(before: Cpu, after: Cpu, messages: int) -> tuple[float, dict[str, float]]:
    """Microseconds for each message between two readings: altogether, and by the names of the threads, the busiest first."""
    by_name: dict[str, float] = {}
    for thread, seconds in after.threads.items():
        cost = 1e6 * (seconds - before.threads.get(thread, 0.0)) / messages
        by_name[after.names[thread]] = by_name.get(after.names[thread], 0.0) + cost
    busiest = sorted(by_name.items(), key=lambda found: -found[1])
    return round(sum(by_name.values()), 1), {name: round(cost, 1) for name, cost in busiest if cost >= _LEAST}
