"""The naive worker that marks first, as a module that can be run like the real one."""

from drill.naive import run


def main() -> None:
    """Work until killed."""
    run(mark_first=True)
