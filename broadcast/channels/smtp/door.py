"""The way in: connect, EHLO, STARTTLS, sign in. Never falls back to clear text (RFC 3207, RFC 8314, RFC 4954)."""

import asyncio
import ipaddress
import ssl
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path

from broadcast.channels.smtp.line import Line


class Unreachable(Exception):
    """No connection that may carry mail; the text is a plain Japanese sentence without secrets."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where mail is handed over and how. ``tls`` False is for a server on the same machine only."""

    host: str
    port: int
    user: str = ""
    password: str = ""
    tls: bool = True
    ca_file: Path | None = None

    @property
    def local(self) -> bool:
        """Whether the server is on this machine, so that nothing travels over a network."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


@dataclass(frozen=True, slots=True)
class Abilities:
    """What the server offered in its reply to EHLO. ``size`` is its limit in octets, 0 where it names none."""

    pipelining: bool = False
    starttls: bool = False
    utf8: bool = False
    size: int = 0
    sign_in: frozenset[str] = frozenset()


def abilities(reply: bytes) -> Abilities:
    """Read the reply to EHLO (RFC 5321 section 4.1.1.1)."""
    offers = {}
    for row in reply.decode("ascii", "replace").splitlines()[1:]:
        word, _, rest = row[4:].strip().partition(" ")
        offers[word.upper()] = rest.strip()
    size = offers.get("SIZE", "")
    return Abilities(
        pipelining="PIPELINING" in offers,
        starttls="STARTTLS" in offers,
        utf8="SMTPUTF8" in offers and "8BITMIME" in offers,
        size=int(size) if size.isdigit() else 0,
        sign_in=frozenset(offers.get("AUTH", "").upper().split()),
    )


async def enter(server: Server, seconds: float) -> tuple[Line, Abilities]:
    """Open a connection that is ready for mail.

    Raises:
        Unreachable: with the reason.
    """
    line: Line | None = None
    try:
        async with asyncio.timeout(seconds):
            _, line = await asyncio.get_running_loop().create_connection(Line, server.host, server.port)
            return line, await _introduce(line, server)
    except BaseException as error:
        if line is not None:
            line.abort()
        if isinstance(error, OSError | TimeoutError):
            raise Unreachable(_plain(error)) from None
        raise


async def _introduce(line: Line, server: Server) -> Abilities:
    _want(await line.reply(), b"220", "メールサーバーが接続を受け付けません")
    found = await _hello(line)
    if server.tls:
        found = await _secure(line, found, server)
    if server.user:
        await _sign_in(line, found, server)
    return found


async def _hello(line: Line) -> Abilities:
    host = str(line.transport.get_extra_info("sockname")[0])
    literal = f"[IPv6:{host}]" if ":" in host else f"[{host}]"  # RFC 5321 section 4.1.3; no slow name look-up
    reply = await line.ask(b"EHLO " + literal.encode("ascii"))
    _want(reply, b"250", "メールサーバーがEHLOに応じません")
    return abilities(reply)


async def _secure(line: Line, found: Abilities, server: Server) -> Abilities:
    if not found.starttls:
        raise Unreachable("メールサーバーが暗号化（STARTTLS）に対応していないため、送信しません。")
    _want(await line.ask(b"STARTTLS"), b"220", "メールサーバーが暗号化（STARTTLS）を断りました")
    if not line.quiet():
        raise Unreachable(
            "暗号化の前に余分なデータが届いたため、接続を切りました。"
        )  # response injection, CVE-2021-33515
    loop = asyncio.get_running_loop()
    transport = await loop.start_tls(line.transport, line, _context(server), server_hostname=server.host)
    if transport is None:
        raise ConnectionResetError
    line.connection_made(transport)
    return await _hello(line)


def _context(server: Server) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=server.ca_file)
    except (OSError, ssl.SSLError):
        raise Unreachable("認証局の証明書ファイル（DISASTER_SMTP_CA_FILE）を読めません。") from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


async def _sign_in(line: Line, found: Abilities, server: Server) -> None:
    user, password = server.user.encode("utf-8"), server.password.encode("utf-8")
    if "PLAIN" in found.sign_in:
        reply = await line.ask(b"AUTH PLAIN " + b64encode(b"\0" + user + b"\0" + password))
    elif "LOGIN" in found.sign_in:
        reply = await line.ask(b"AUTH LOGIN")
        for secret in (user, password):
            if reply.startswith(b"334"):
                reply = await line.ask(b64encode(secret))
    else:
        raise Unreachable("メールサーバーがユーザー名とパスワードによる認証に対応していません。")
    _want(reply, b"235", "メールサーバーの認証に失敗しました")


def _want(reply: bytes, code: bytes, otherwise: str) -> None:
    if not reply.startswith(code):
        raise Unreachable(f"{otherwise}（{reply[:3].decode('ascii', 'replace')}）。")


def _plain(error: OSError | TimeoutError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return "メールサーバーの証明書を確認できないため、送信しません。"
    if isinstance(error, ssl.SSLError):
        return "メールサーバーとの暗号化（TLS）に失敗したため、送信しません。"
    if isinstance(error, TimeoutError):
        return "メールサーバーの応答がありません（時間切れ）。"
    return "メールサーバーに接続できません。"
