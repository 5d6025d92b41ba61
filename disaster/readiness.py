"""What keeps this installation from sending, found by looking: settings, keys, database, accounts, channels, worker, disk."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from urllib.parse import urlsplit

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from broadcast.bounces import polling
from broadcast.cap.vocabulary import Mode
from broadcast.channels import registry
from broadcast.models.audience import Contact, Subscriber
from broadcast.models.health import ChannelHealth
from broadcast.proving import proofs
from broadcast.sending import ledger
from disaster import readiness_register
from disaster.bulletins import board
from disaster.core import clock, keyfiles, schema, sealed
from disaster.core.base import Base
from disaster.core.extensions import db
from disaster.core.settings import SettingsError, settings
from disaster.scaled import broker
from disaster.staff import accounts
from disaster.staff.permissions import Permission, granted
from registry.damage.paper import letters

SILENT_AFTER = timedelta(seconds=30)
LITTLE_SPACE, NO_SPACE = 1_000_000_000, 100_000_000  # bytes


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. ``wrong`` blocks sending; ``missing`` does not, but somebody should know."""

    area: str
    state: Literal["ok", "missing", "wrong"]
    ja: str
    en: str


def findings() -> list[Finding]:
    """Look at everything, in the order in which it is set up; a database that does not answer ends the list."""
    found = [*_keys(), *_address(), *_disk()]
    try:
        database = [*_database()]
        found += database
        if all(finding.state != "wrong" for finding in database):
            found += [finding for look in _WITH_DATABASE for finding in look()]
    except SQLAlchemyError as error:
        reason = type(error).__name__
        found.append(
            _wrong(
                "database", f"データベースに接続できません（{reason}）。", f"The database does not answer ({reason})."
            )
        )
    return found


def _ok(area: str, ja: str, en: str) -> Finding:
    return Finding(area, "ok", ja, en)


def _missing(area: str, ja: str, en: str) -> Finding:
    return Finding(area, "missing", ja, en)


def _wrong(area: str, ja: str, en: str) -> Finding:
    return Finding(area, "wrong", ja, en)


def _keys() -> Iterator[Finding]:
    try:
        settings().require_keys()
        sealed.unseal(sealed.seal("."))
    except SettingsError as error:
        yield _wrong("keys", f"鍵が正しく設定されていません: {error}", f"The keys are not set up: {error}")
        return
    exposed = keyfiles.open_to_others(settings().data_dir)
    for name in exposed:
        yield _wrong(
            "keys",
            f"鍵ファイル {name} を他の利用者が読めます。chmod 600 にしてください。",
            f"Others can read the key file {name}.",
        )
    if not exposed:
        yield _ok(
            "keys", "鍵があります。控えを金庫に保管してください。", "The keys are there. Keep a copy in the safe."
        )


def _address() -> Iterator[Finding]:
    address = urlsplit(settings().public_url)
    if settings().demo:
        yield _ok(
            "address", "デモです。外部には何も送りません。", "This is the demonstration; nothing leaves this machine."
        )
    elif address.hostname in ("127.0.0.1", "localhost", "::1"):
        yield _missing(
            "address",
            "公開アドレス（DISASTER_PUBLIC_URL）がこの機器だけのものです。住民に届くリンクが開けません。",
            "DISASTER_PUBLIC_URL is an address of this machine only: residents cannot open the links they receive.",
        )
    elif address.scheme != "https":
        yield _missing("address", "公開アドレスが https ではありません。", "DISASTER_PUBLIC_URL is not https.")
    else:
        yield _ok(
            "address",
            f"公開アドレスは {settings().public_url} です。",
            f"The public address is {settings().public_url}.",
        )


def _disk() -> Iterator[Finding]:
    free = shutil.disk_usage(settings().data_dir).free
    words = (
        f"データの保存先の空きは {free // 1_000_000:,} MB です。",
        f"{free // 1_000_000:,} MB are free in the data folder.",
    )
    yield Finding("disk", "wrong" if free < NO_SPACE else "missing" if free < LITTLE_SPACE else "ok", *words)


def _database() -> Iterator[Finding]:
    wanted = schema.newest()
    with db.engine.connect() as connection:
        absent = set(Base.metadata.tables) - set(db.inspect(connection).get_table_names())
    if absent or (wanted and schema.present() != wanted):
        yield _wrong(
            "database",
            "データベースの表が、このプログラムのものと違います。「scripts/disaster db upgrade」を実行してください。",
            "The tables are not those of this version; run scripts/disaster db upgrade.",
        )
    else:
        yield _ok("database", "データベースは使える状態です。", "The database is ready.")


def _accounts() -> Iterator[Finding]:
    ready = [account for account in accounts.everyone() if accounts.usable(account)]
    if not ready:
        yield _wrong(
            "accounts",
            "使えるアカウントがありません。「scripts/serve」が示すリンクか「scripts/disaster staff add」で作ってください。",
            "There is no account yet; use the link that scripts/serve prints, or scripts/disaster staff add.",
        )
        return
    approvers = [account for account in ready if granted(account.roles, Permission.ALERT_APPROVE)]
    authors = [account for account in ready if granted(account.roles, Permission.ALERT_COMPOSE)]
    pair = any(author.id != approver.id for author in authors for approver in approvers)
    if pair:
        yield _ok("accounts", f"使えるアカウントは {len(ready)} 件です。", f"{len(ready)} accounts are ready.")
    else:
        yield _wrong(
            "accounts",
            "起案する人と承認する人（別の人）のアカウントがそろっていません。通常の配信には2人が必要です。",
            "An alert needs two people, one who drafts and another who approves; such a pair of accounts is missing.",
        )


def _channels() -> Iterator[Finding]:
    ready = 0
    for name, channel in registry.channels(Mode.LIVE).items():
        label = registry.LABELS.get(name, name)
        problems = channel.problems()
        ready += not problems
        for problem in problems:
            yield _missing(f"channel {name}", f"{label}: {problem}", f"{name} is not set up and will send nothing.")
        if not problems:
            yield _ok(f"channel {name}", f"{label}: 設定されています。", f"{name} is set up.")
    if not ready:
        yield _wrong(
            "channels", "使える配信手段が1つもありません。", "No channel is set up: nothing can be sent to anyone."
        )


def _down() -> Iterator[Finding]:
    rows = select(ChannelHealth).where(ChannelHealth.down_since.is_not(None), ChannelHealth.channel != polling.HEALTH)
    for health in db.session.scalars(rows):
        label, since = registry.LABELS.get(health.channel, health.channel), health.down_since
        at = clock.day_and_time(since) if since else ""
        ja = f"{label}: {at} から送れていません（{health.cause}）。"
        yield _missing(f"channel {health.channel}", ja, f"{health.channel} has been down since {at}.")


def _bounces() -> Iterator[Finding]:
    if not polling.configured(settings()):
        yield _missing(
            "bounces",
            "届かなかったメールの受け取り先（DISASTER_BOUNCE_…）が設定されていません。宛先不明が記録に残りません。",
            "No mailbox for bounces is set up: letters that come back are not noted.",
        )
        return
    health = db.session.get(ChannelHealth, polling.HEALTH)
    if health and health.down_since:
        since = clock.day_and_time(health.down_since)
        ja = f"届かなかったメールを {since} から確かめられていません（{health.cause.rstrip('。')}）。"
        yield _missing("bounces", ja, f"The mailbox for bounces has not been read since {since}.")
    else:
        yield _ok("bounces", "届かなかったメールの受け取り先があります。", "A mailbox for bounces is set up.")


def _proofs() -> Iterator[Finding]:
    """Whether each channel that is set up has lately proven itself by a rehearsal."""
    for proof in proofs.proofs():
        area, label = f"rehearsal {proof.channel}", registry.LABELS.get(proof.channel, proof.channel)
        at = proofs.said(proof.at) if proof.at else ""
        if proof.state == "proven":
            yield _ok(area, f"{label}: 通信試験で確かめました（{at}）。", f"{proof.channel} was proven by a rehearsal.")
        elif proof.state == "failed":
            ja = f"{label}: 通信試験で送れませんでした（{at}、{proof.words}）。"
            yield _missing(area, ja, f"The last rehearsal of {proof.channel} failed.")
        elif proof.state != "running":
            ja = f"{label}: 通信試験がまだか、1日以上前です。{proof.words}"
            yield _missing(area, ja, f"{proof.channel} was not proven by a rehearsal in the last day.")


def _worker() -> Iterator[Finding]:
    last = ledger.last_beat(clock.now())
    if last is None or clock.now() - last > SILENT_AFTER:
        since = f"（最後の動作 {clock.day_and_time(last)}）" if last else ""
        yield _wrong(
            "worker",
            f"配信処理（worker）が動いていません{since}。承認しても送信されません。",
            "The worker is not running: what is approved waits until it is.",
        )
    else:
        yield _ok("worker", "配信処理（worker）が動いています。", "The worker is running.")


def _broker() -> Iterator[Finding]:
    url = settings().broker_url.get_secret_value()
    if not url:
        return
    if problem := broker.problem(url):
        yield _missing(
            "broker",
            f"ブローカー（RabbitMQ）に接続できません（{problem}）。配信は止まりませんが、始まりが数秒遅れます。",
            f"RabbitMQ does not answer ({problem}): alerts still go out, found by each worker's sweep within seconds.",
        )
    else:
        yield _ok("broker", "ブローカー（RabbitMQ）に接続できます。", "RabbitMQ answers.")


def _feeds() -> Iterator[Finding]:
    if not settings().jma_feeds:
        yield _missing(
            "feeds",
            "気象庁の電文の自動受信は切ってあります（DISASTER_JMA_FEEDS）。",
            "Reading the feeds is switched off.",
        )
        return
    for feed in board.feeds(clock.now()):
        age = "まだ受信していません" if feed.age_minutes is None else f"最後の受信は{feed.age_minutes}分前です"
        english = "never read" if feed.age_minutes is None else f"last read {feed.age_minutes} minutes ago"
        say = _missing if feed.stale else _ok
        problem = f"（{feed.problem.rstrip('。')}）" if feed.problem else ""
        yield say("feeds", f"気象庁の電文（{feed.name}）: {age}{problem}。", f"Feed of the weather agency: {english}.")


def _audience() -> Iterator[Finding]:
    count = db.session.scalar(select(func.count()).select_from(Subscriber)) or 0
    if not _addresses_open():
        yield _wrong(
            "audience",
            "登録されている宛先を、いまの鍵（DISASTER_DATA_KEY）で開けません。鍵を確かめてください。このままではメールもSMSも送れません。",
            "The addresses do not open with DISASTER_DATA_KEY: nothing can be sent to anybody until the right key is set.",
        )
    if count:
        yield _ok("audience", f"配信の登録は {count:,} 件です。", f"{count:,} subscribers.")
    else:
        yield _missing("audience", _NOBODY, _NOBODY_EN)


def _certificates() -> Iterator[Finding]:
    path = letters.there(str(settings().certificate_font or ""))
    if path is not None and (settings().certificate_font or str(path) == letters.BEST):
        yield _ok("certificates", f"証明書は {path.name} で印刷します。", f"Certificates are printed with {path.name}.")
    elif path is not None:
        yield _missing(
            "certificates",
            f"証明書の書体が {path.name} です。人名の外字は〓になります。Debian の fonts-ipamj-mincho を入れてください。",
            f"Certificates are printed with {path.name}, which lacks rare letters of names; install fonts-ipamj-mincho.",
        )
    else:
        yield _missing(
            "certificates",
            "証明書の書体がないため、PDFに文字を埋め込めません。Debian の fonts-ipamj-mincho を入れてください。",
            "No font for certificates: letters cannot be embedded in the PDF; install fonts-ipamj-mincho.",
        )


_NOBODY = (
    "配信を受ける人の登録がありません。住民に /subscribe（配布用の紙は /subscribe/sheet）を知らせるか、"
    "町の一覧を「scripts/disaster subscribers import 一覧.csv --dry-run」で確かめて取り込んでください。"
)
_NOBODY_EN = (
    "There are no subscribers yet. Tell residents about /subscribe (a sheet to hand on is at /subscribe/sheet), "
    "or take in the town's list: scripts/disaster subscribers import FILE --dry-run."
)


def _addresses_open() -> bool:
    """Whether any of the newest addresses opens; a few damaged ones are not the key's fault."""
    kept = select(Contact.address).where(Contact.address != b"")  # of whoever left it is wiped after a month
    newest = db.session.scalars(kept.order_by(Contact.id.desc()).limit(20)).all()
    opened = sealed.opener("contact")
    return not newest or any(_opens(opened, address) for address in newest)


def _opens(opened: Callable[[bytes], str], address: bytes) -> bool:
    try:
        opened(address)
    except sealed.SealBroken:
        return False
    return True


_WITH_DATABASE: tuple[Callable[[], Iterator[Finding]], ...] = (
    _accounts,
    _channels,
    _down,
    _proofs,
    _bounces,
    _worker,
    _broker,
    _feeds,
    _audience,
    _certificates,
    lambda: (Finding(*told) for told in readiness_register.residents()),
    lambda: (Finding(*told) for told in readiness_register.tablets()),
)
