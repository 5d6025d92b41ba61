"""A private RabbitMQ server for the tests: its own user, folder, name, ports and name service on loopback, gone afterwards."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from tests.postgresql import free_port

START_SECONDS = 150.0


def program() -> Path | None:
    """The server's start script, or None where it is not installed (Debian's wrapper would use the machine's own folders)."""
    found = sorted(Path("/usr/lib/rabbitmq/lib").glob("rabbitmq_server-*/sbin/rabbitmq-server"))
    return found[-1] if found and shutil.which("epmd") else None


def _as_a_user() -> list[str]:
    """The Debian package brings the user ``rabbitmq``."""
    return ["runuser", "-u", "rabbitmq", "--"] if os.geteuid() == 0 else []


class RabbitServer:
    """One node. ``stop`` and ``start`` may follow each other: its queues are kept, as they are on a real one."""

    def __init__(self, script: Path) -> None:
        self.script = script
        self.folder = Path(tempfile.mkdtemp(prefix="disaster-rabbitmq-"))
        self.folder.chmod(0o755)
        self.home = self.folder / "home"
        self.home.mkdir(mode=0o700)
        if os.geteuid() == 0:
            shutil.chown(self.home, "rabbitmq", "rabbitmq")
        self.port, self._names_port = free_port(), free_port()
        self._names: subprocess.Popen[bytes] | None = None
        self._node: subprocess.Popen[bytes] | None = None
        (self.folder / "rabbitmq.conf").write_text("disk_free_limit.absolute = 1MB\n")
        (self.folder / "plugins").write_text("[].\n")
        self._environment = {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "HOME": str(self.home),
            "RABBITMQ_NODENAME": f"test-{secrets.token_hex(4)}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_BASE": str(self.home),
            "RABBITMQ_MNESIA_BASE": str(self.home / "mnesia"),
            "RABBITMQ_LOG_BASE": str(self.home / "log"),
            "RABBITMQ_PID_FILE": str(self.home / "pid"),
            "RABBITMQ_CONF_ENV_FILE": str(self.folder / "none"),
            "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbitmq"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "plugins"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-noinput +S 1:1 -kernel inet_dist_use_interface {127,0,0,1}",
            "RABBITMQ_ALLOW_INPUT": "1",  # the node itself is our child, without a shell in between
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(self._names_port),
        }

    @property
    def url(self) -> str:
        """The address as the settings take it; the account works on loopback only."""
        return f"amqp://guest:guest@127.0.0.1:{self.port}/%2F"

    def start(self) -> None:
        """Start the node and wait until it speaks."""
        if self._names is None:
            self._names = self._run("epmd", "-address", "127.0.0.1", "-port", str(self._names_port))
        self._node = self._run(str(self.script))
        until = time.monotonic() + START_SECONDS
        while not self._speaks():
            if self._node.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"RabbitMQ did not start: {(self.folder / 'output').read_text()[-3000:]}")
            time.sleep(0.1)

    def kill(self) -> None:
        """End the node as a power cut would."""
        _kill_group(self._node)
        self._node = None

    def close(self) -> None:
        """End everything and take the folder away."""
        self.kill()
        _kill_group(self._names)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, *command: str) -> subprocess.Popen[bytes]:
        with (self.folder / "output").open("ab") as output:
            return subprocess.Popen(
                [*_as_a_user(), *command],
                cwd="/",
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def _speaks(self) -> bool:
        """A server that is up answers a client of the wrong version with its own (AMQP 0-9-1, section 4.2.2)."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as connection:
                connection.sendall(b"AMQP\x00\x09\x09\x09")
                return connection.recv(8).startswith(b"AMQP")
        except OSError:
            return False


def _kill_group(process: subprocess.Popen[bytes] | None) -> None:
    """The process and what it started: to become another user takes a process in between."""
    if process:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(20)
