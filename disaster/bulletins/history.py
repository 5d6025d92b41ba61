"""The order of telegrams, replayed: what holds now, and which event it belongs to. Pure functions over plain data.

Telegrams are put in the order of their announcement, not of their arrival, so the same set gives the same answer in every order:
訂正 replaces what has the same EventID and time, 取消 takes away what it withdraws.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Report:
    """What one telegram of a stream says for the municipality."""

    id: int
    type: str
    info_type: str
    event_id: str
    report_at: datetime
    step: int | None
    words: str
    fresh: bool = True  # announced lately, or loaded by a person
    active: bool = True


@dataclass(frozen=True)
class Event:
    """One stretch of time in which the step was at least the threshold; ``end`` is the report that ended it."""

    start: Report
    peak: int
    end: Report | None

    def covers(self, instant: datetime) -> bool:
        """Whether something announced then belongs to this event."""
        return self.start.report_at <= instant and (self.end is None or instant <= self.end.report_at)


@dataclass(frozen=True)
class Outlook:
    """Where a stream stands: its latest valid report, since when the step is what it is, and the latest event."""

    latest: Report
    since: datetime
    event: Event | None


def in_order(reports: Iterable[Report]) -> list[Report]:
    """The reports that are valid, oldest first."""
    valid: list[Report] = []
    for report in sorted(reports, key=lambda each: (each.report_at, each.info_type != "発表", each.id)):
        if report.info_type == "取消":
            valid = _without_withdrawn(valid, report)
            continue
        same = [each for each in valid if _same_announcement(each, report)]
        valid = [each for each in valid if each not in same] + [report]
    return valid


def _same_announcement(one: Report, other: Report) -> bool:
    return (one.type, one.event_id, one.report_at) == (other.type, other.event_id, other.report_at)


def _without_withdrawn(valid: list[Report], withdrawal: Report) -> list[Report]:
    """Of an earthquake a 取消 withdraws every telegram of that type; elsewhere the EventID is used again, so the one of that time or the last."""
    alike = [each for each in valid if each.type == withdrawal.type and each.event_id == withdrawal.event_id]
    if not withdrawal.type.startswith(("VXSE", "VTSE")):
        alike = [each for each in alike if each.report_at == withdrawal.report_at] or alike[-1:]
    return [each for each in valid if each not in alike]


def replay(reports: Iterable[Report], threshold: int) -> Outlook | None:
    """Where the stream stands after these reports; None where nothing valid is left."""
    valid = in_order(reports)
    event: Event | None = None
    since = None
    before: tuple[int | None, bool] | None = None
    for report in valid:
        if since is None or (report.step, report.active) != before:
            since = report.report_at
        before = (report.step, report.active)
        event = _next_event(event, report, threshold)
    return Outlook(valid[-1], since, event) if valid and since else None


def _next_event(event: Event | None, report: Report, threshold: int) -> Event | None:
    running = event is not None and event.end is None
    if report.step is not None and report.step >= threshold:
        if event is None or not running:
            return Event(report, report.step, None)
        return Event(event.start, max(event.peak, report.step), None)
    return Event(event.start, event.peak, report) if event is not None and running else event
