"""Every address of the service with the guard at its door; ``docs/routes.md`` holds the list and a test compares."""

from collections.abc import Iterator

from flask import Flask

from disaster.staff import guards


def table(app: Flask) -> Iterator[str]:
    """The lines of a Markdown table, one address a line, in order."""
    yield "| address | methods | guard | view |"
    yield "|---|---|---|---|"
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, rule.endpoint)):
        methods = " ".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        yield f"| `{rule.rule}` | {methods} | {guards.guard_of(app, rule.endpoint)} | `{rule.endpoint}` |"
