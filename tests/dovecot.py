"""A private IMAP server for the tests: Dovecot in folders of its own, on its own ports of loopback, TLS only, gone afterwards."""

import getpass
import grp
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from disaster.demo.providers import certificate
from tests.postgresql import free_port

USER, PASSWORD = "bounce", "sample-password"
PROGRAM = shutil.which("dovecot") or next((p for p in ("/usr/sbin/dovecot",) if Path(p).exists()), None)


def _account() -> str:
    """Dovecot reads mail as a user that is not root; the Debian package brings ``dovecot``, a person runs it as themselves."""
    if os.geteuid():
        return getpass.getuser()
    return "nobody"


class DovecotServer:
    """One server with one mailbox, ``Maildir`` below ``home``; ``authority`` is the certificate that clients must trust."""

    def __init__(self) -> None:
        assert PROGRAM
        self.folder = Path(tempfile.mkdtemp(prefix="disaster-dovecot-"))
        self.port, self.starttls_port = free_port(), free_port()
        self.maildir = self.folder / "mail" / "Maildir"
        self.authority = certificate.prepare(self.folder / "tls", "ca.pem").authority

    def start(self) -> None:
        """Write its configuration and wait until it answers."""
        account = _account()
        entry = pwd.getpwnam(account)
        for name in ("cur", "new", "tmp"):
            (self.maildir / name).mkdir(parents=True)
        passwords = self.folder / "users"
        passwords.write_text(f"{USER}:{{PLAIN}}{PASSWORD}:{entry.pw_uid}:{entry.pw_gid}::{self.maildir.parent}\n")
        configuration = self.folder / "dovecot.conf"
        group = grp.getgrgid(entry.pw_gid).gr_name
        configuration.write_text(self._configuration(account if os.geteuid() else "dovenull", account, group))
        if not os.geteuid():
            self.folder.chmod(0o755)
            for path in (self.maildir.parent, *self.maildir.parent.rglob("*")):
                os.chown(path, entry.pw_uid, entry.pw_gid)
        with (self.folder / "log").open("w") as log:
            self.process = subprocess.Popen([str(PROGRAM), "-F", "-c", str(configuration)], stdout=log, stderr=log)
        self._wait()

    def stop(self) -> None:
        """End the server and take its folder away."""
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def deliver(self, letter: bytes, name: str) -> None:
        """Put a letter into the mailbox as a mail server does."""
        path = self.maildir / "tmp" / name
        path.write_bytes(letter)
        path.chmod(0o666)
        path.rename(self.maildir / "new" / name)

    def letters(self, folder: str = "") -> list[str]:
        """Names of the letters of a folder, without their flags."""
        where = self.maildir / (f".{folder}" if folder else "")
        found = [path for name in ("new", "cur") if (where / name).is_dir() for path in (where / name).iterdir()]
        return sorted(path.name.partition(":")[0].partition(",")[0] for path in found)

    def empty(self) -> None:
        """Take every letter away."""
        for path in self.maildir.rglob("*"):
            if path.is_file() and path.parent.name in ("new", "cur"):
                path.unlink()

    def _wait(self) -> None:
        until = time.monotonic() + 20
        while time.monotonic() < until:
            if self.process.poll() is not None:
                break
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise RuntimeError(f"dovecot did not start: {(self.folder / 'log').read_text()[-2000:]}")

    def _configuration(self, login_user: str, user: str, group: str) -> str:
        tls = self.folder / "tls"
        internal = user if os.geteuid() else "dovecot"
        return f"""
protocols = imap
base_dir = {self.folder}/run
state_dir = {self.folder}/state
log_path = {self.folder}/dovecot.log
listen = 127.0.0.1
ssl = required
ssl_cert = <{tls}/smtp-server.pem
ssl_key = <{tls}/smtp-server.key
ssl_dh =
disable_plaintext_auth = yes
mail_location = maildir:~/Maildir
default_login_user = {login_user}
default_internal_user = {internal}
default_internal_group = {grp.getgrgid(pwd.getpwnam(internal).pw_gid).gr_name}
first_valid_uid = 1
default_vsz_limit = 0
passdb {{
  driver = passwd-file
  args = {self.folder}/users
}}
userdb {{
  driver = passwd-file
  args = {self.folder}/users
}}
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {self.starttls_port}
  }}
  inet_listener imaps {{
    port = {self.port}
    ssl = yes
  }}
}}
namespace inbox {{
  inbox = yes
  separator = /
}}
"""
