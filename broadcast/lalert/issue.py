"""One edition of a document: an alert and its corrections, its end or its withdrawal are editions of the same document."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from broadcast.alert.content import Content
from broadcast.cap.vocabulary import Kind, MsgType
from broadcast.texts.cleaning import one_line
from broadcast.texts.wording import is_cancel, withdrawn_kind

SERIES = uuid.UUID("6f0c6c0e-6c0b-5d6e-9d52-2f3b1d1f7a11")  # of this project; names documents and distributions


class Category(StrEnum):
    """What a document is about, in the words of Lアラート."""

    EVACUATION_ORDER = "EVACUATION_ORDER"
    SHELTER = "SHELTER"
    GENERAL_INFORMATION = "GENERAL_INFORMATION"

    @property
    def ja(self) -> str:
        """The word in titles."""
        return {"EVACUATION_ORDER": "避難情報", "SHELTER": "避難所情報"}.get(self, "お知らせ")


@dataclass(frozen=True, slots=True)
class Sent:
    """What was frozen and when: ``identifier`` is the transmission's."""

    identifier: str
    content: Content
    at: datetime  # aware


@dataclass(frozen=True, slots=True)
class Issue:
    """The newest of ``chain`` as an edition. ``chain`` is of one category, oldest first; ``sender`` the host of the public address."""

    chain: Sequence[Sent]
    sender: str

    @property
    def now(self) -> Sent:
        """The edition itself."""
        return self.chain[-1]

    @property
    def before(self) -> Sent | None:
        """The edition that this one replaces."""
        return self.chain[-2] if len(self.chain) > 1 else None

    @property
    def category(self) -> Category:
        """What it is about."""
        return category_of(self.now.content)

    @property
    def document_id(self) -> str:
        """The same for every edition."""
        return str(uuid.uuid5(SERIES, f"{self.sender} {self.chain[0].identifier} {self.category}"))

    @property
    def revision(self) -> int:
        """1 for the first edition."""
        return len(self.chain)

    @property
    def type(self) -> str:
        """``Report``, ``Update`` or ``Cancel``. A 解除 is an update; so is the withdrawal of one, after which the order stands again."""
        content = self.now.content
        if self.before is None:
            return "Report"
        return "Cancel" if is_cancel(content) and withdrawn_kind(content) is not Kind.LIFT else "Update"

    def distribution_id(self, sent: Sent) -> str:
        """Of one edition."""
        return str(uuid.uuid5(SERIES, f"{self.sender} {sent.identifier}"))


def category_of(content: Content) -> Category:
    """The category of an alert; a withdrawal has that of what it withdraws."""
    kind = withdrawn_kind(content) if is_cancel(content) else content.kind
    if kind is Kind.SHELTERS:
        return Category.SHELTER
    return Category.GENERAL_INFORMATION if kind is Kind.NOTICE else Category.EVACUATION_ORDER


def corrects(content: Content) -> bool:
    """Whether something earlier was wrong, which ``Errata`` explains."""
    return content.msg_type is not MsgType.ALERT and bool(one_line(content.correction)) and not content.extends
