"""A disk that is full for a while: a small file system in memory where we may mount one, a limit on the size of files elsewhere."""

import contextlib
import errno
import os
import resource
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SIZE = 64_000_000  # bytes; the journals of a worker take a good part of it


@dataclass
class Disk:
    """Where the data folder is to be made, and how to fill it up and make room again."""

    folder: Path
    mounted: bool

    def fill(self, pid: int) -> None:
        """From now on nothing more can be written, by us or by this process."""
        if self.mounted:
            with contextlib.suppress(OSError), (self.folder / "ballast").open("wb", buffering=0) as ballast:
                while True:
                    ballast.write(bytes(65536))
        else:
            for process in (0, pid):
                resource.prlimit(process, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))

    def make_room(self, pid: int) -> None:
        """As before."""
        if self.mounted:
            (self.folder / "ballast").unlink()
        else:
            for process in (0, pid):
                resource.prlimit(process, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    def is_full(self) -> bool:
        """Whether a file cannot grow here any more."""
        try:
            with (self.folder / "probe").open("wb", buffering=0) as probe:
                written = probe.write(bytes(65536)) or 0
        except OSError as error:
            return error.errno in (errno.ENOSPC, errno.EFBIG)
        finally:
            (self.folder / "probe").unlink(missing_ok=True)
        return written < 65536


@contextlib.contextmanager
def small() -> Iterator[Disk]:
    """The disk for the time of the block."""
    with tempfile.TemporaryDirectory(prefix="disaster-drill-disk-") as name:
        mounted = os.geteuid() == 0 and _run("mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=0700", "none", name)
        try:
            yield Disk(Path(name), mounted)
        finally:
            if mounted:
                _run("umount", "--lazy", name)


def _run(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
