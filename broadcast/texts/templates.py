"""The templates of messages: a Jinja environment of its own, plain text, every missing name an error."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

_FOLDER = Path(__file__).parents[2] / "templates" / "messages"
_ENVIRONMENT = Environment(
    loader=FileSystemLoader(_FOLDER),
    undefined=StrictUndefined,
    autoescape=False,  # noqa: S701 - plain text; nothing of it is ever HTML
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=False,
)


def fill(channel: str, name: str, **values: object) -> str:
    """Fill ``templates/messages/<channel>/<name>.txt``; no blank lines at the ends, none doubled, none with spaces at its end."""
    text = _ENVIRONMENT.get_template(f"{channel}/{name}.txt").render(**values)
    lines: list[str] = []
    for line in (line.rstrip() for line in text.strip().split("\n")):
        if line or (lines and lines[-1]):
            lines.append(line)
    return "\n".join(lines)
