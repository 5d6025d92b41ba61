"""A server as one would write it first, so that the drill shows that it sees what it is to see.

People are found by name and age, so that two become one; what is older than the last thing that was taken is left out, so that a wrong
clock loses; a stay is stored whenever it comes, so that a repeated call doubles.
"""

from collections.abc import Iterable
from typing import Any

Json = dict[str, Any]


def counts(arrivals: Iterable[list[Json]], events: dict[str, Json]) -> dict[str, int]:
    """What is lost, doubled and silently merged when these parts arrive."""
    people: dict[tuple[object, ...], str] = {}
    stays: list[str] = []
    taken: set[str] = set()
    newest: dict[str, int] = {}
    for part in arrivals:
        for event in part:
            kind, fields = event["kind"], event["fields"]
            if event["at"] < newest.get(event["entity"], 0):
                continue
            newest[event["entity"]] = event["at"]
            taken.add(event["id"])
            if kind == "person" and "family" in fields:
                people[fields["family"], fields["given"], fields["age"]] = event["entity"]
            elif kind == "stay" and "start" in fields:
                stays.append(event["entity"])
    made = {event["entity"] for event in events.values() if event["kind"] == "person" and "family" in event["fields"]}
    return {
        "lost": len(events.keys() - taken),
        "doubled": len(stays) - len(set(stays)),
        "silently_merged": len(made) - len(people),
    }
