"""The worker's look into the mailbox for bounces, every minute; nothing where none is set up."""

from collections.abc import Callable
from functools import partial

import structlog

from broadcast.bounces import intake, mailboxes
from broadcast.bounces.mailboxes import Imap, MailboxDown, Take
from broadcast.models.health import ChannelHealth
from disaster.core.clock import now
from disaster.core.db import transaction
from disaster.core.settings import Settings, settings

EVERY = 60.0  # seconds
HEALTH = "bounces"  # the mailbox's row beside those of the channels
log = structlog.get_logger()


def configured(config: Settings) -> bool:
    """Whether a mailbox is set up at all."""
    return bool(config.bounce_maildir or config.bounce_imap_host)


def poll() -> int:
    """Read what came back and apply it; how many letters were read. A mailbox that cannot be read is noted, not raised."""
    if not configured(settings()):
        return 0
    read, counted, cause = 0, 0, ""

    def take(letter: bytes) -> None:
        nonlocal counted
        counted += intake.take_in(letter).counted

    for box in _boxes(settings(), take):
        try:
            read += box()
        except MailboxDown as down:
            cause = cause or str(down)
    if read:
        log.info("bounces read", letters=read, counted=counted)
    _note(cause)
    return read


def _boxes(config: Settings, take: Take) -> list[Callable[[], int]]:
    found: list[Callable[[], int]] = []
    if config.bounce_maildir:
        found.append(partial(mailboxes.read_maildir, config.bounce_maildir, take))
    if config.bounce_imap_host:
        found.append(partial(mailboxes.read_imap, imap_of(config), take))
    return found


def imap_of(config: Settings) -> Imap:
    """The IMAP mailbox as it is set up."""
    return Imap(
        host=config.bounce_imap_host,
        port=config.bounce_imap_port,
        user=config.bounce_imap_user,
        password=config.bounce_imap_password.get_secret_value(),
        security=config.bounce_imap_security,
        folder=config.bounce_imap_folder,
        aside=config.bounce_imap_done_folder,
        ca_file=config.bounce_imap_ca_file,
    )


def _note(cause: str) -> None:
    """What the last look found, for the officer's page and the check."""
    at = now()
    with transaction() as session:
        health = session.get(ChannelHealth, HEALTH) or ChannelHealth(channel=HEALTH)
        if cause:
            health.down_since, health.cause = health.down_since or at, cause[:200]
        else:
            health.last_success_at, health.down_since, health.cause = at, None, ""
        session.add(health)
