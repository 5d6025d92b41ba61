"""The worker, with its threads named for the kernel as they are in Python, so that a reading of processor time can tell them apart."""

import contextlib
import threading
from pathlib import Path

from disaster import worker

_LONGEST = 15  # characters that the kernel keeps


_plain = threading.Thread.run


def _named(thread: threading.Thread) -> None:
    with contextlib.suppress(OSError):
        Path(f"/proc/self/task/{thread.native_id}/comm").write_text(thread.name[:_LONGEST])
    _plain(thread)


if __name__ == "__main__":
    setattr(threading.Thread, "run", _named)  # noqa: B010  (mypy lets nobody assign a method)
    worker.main()
