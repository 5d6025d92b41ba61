"""Processor time of another process and of its threads (Linux): what a figure costs, whatever else the machine is doing meanwhile."""

from dataclasses import dataclass
from pathlib import Path

_NANO = 1e9
_LEAST = 0.5  # microseconds a message that a thread must take to be worth naming


@dataclass(frozen=True, slots=True)
class Cpu:
    """Seconds on a processor so far: of the whole process, and of each of its threads by number."""

    threads: dict[int, float]

    @property
    def whole(self) -> float:
        """All threads that are alive."""
        return sum(self.threads.values())


def of(pid: int) -> Cpu:
    """How long a process has been on a processor (``schedstat``: time on the cpu in nanoseconds)."""
    found = {}
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            found[int(task.name)] = int((task / "schedstat").read_text().split()[0]) / _NANO
        except OSError:
            continue  # it ended at this moment
    return Cpu(found)


def per_message(before: Cpu, after: Cpu, messages: int) -> tuple[float, list[float]]:
    """Microseconds for each message between two readings: altogether, and of each thread that took some, the busiest first."""
    spent = [seconds - before.threads.get(thread, 0.0) for thread, seconds in after.threads.items()]
    each = sorted((1e6 * seconds / messages for seconds in spent), reverse=True)
    return round(sum(each), 1), [round(cost, 1) for cost in each if cost >= _LEAST]
