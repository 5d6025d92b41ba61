"""The compose form: what was typed, as strings, so that it can always be shown again; and its way into a ``Draft``."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from werkzeug.datastructures import MultiDict

from broadcast.alert.compose import Draft
from broadcast.alert.lifecycle import Seen
from broadcast.cap.vocabulary import Hazard, Kind
from broadcast.models.alert import Alert
from disaster.core.clock import JST, jst, now
from disaster.core.errors import Invalid

DEFAULT_LENGTH = timedelta(hours=12)
_LOCAL = "%Y-%m-%dT%H:%M"
_YEARS = range(2000, 2200)
_Word = TypeVar("_Word", Kind, Hazard)


@dataclass(frozen=True, slots=True)
class Typed:
    """The fields of the form as they stand on the page; ``expires`` is a local time of Japan (``2026-11-23T15:00``)."""

    kind: str
    hazard: str
    expires: str
    whole_town: bool = False
    areas: tuple[str, ...] = ()
    shelters: tuple[int, ...] = ()
    title: str = ""
    situation: str = ""
    action: str = ""
    correction: str = ""
    lifted_kind: str = ""
    version: int = 0

    @classmethod
    def of_form(cls, form: MultiDict[str, str]) -> "Typed":
        """From the posted fields; nothing is refused here."""
        texts = {name: form.get(name, "") for name in ("title", "situation", "action", "correction", "lifted_kind")}
        return cls(
            kind=form.get("kind", ""),
            hazard=form.get("hazard", ""),
            expires=form.get("expires", ""),
            whole_town=form.get("whole_town") == "1",
            areas=tuple(form.getlist("areas")),
            shelters=tuple(int(value) for value in form.getlist("shelters") if _is_number(value)),
            version=number(form, "version"),
            **texts,
        )

    @classmethod
    def of_alert(cls, alert: Alert) -> "Typed":
        """From what is stored."""
        return cls(
            kind=alert.kind,
            hazard=alert.hazard,
            expires=local(alert.expires_at),
            whole_town=alert.whole_town,
            areas=tuple(alert.areas),
            shelters=tuple(alert.shelters),
            title=alert.title,
            situation=alert.situation,
            action=alert.action,
            correction=alert.correction,
            lifted_kind=alert.lifted_kind or "",
            version=alert.version,
        )

    def draft(self) -> Draft:
        """What the steps take.

        Raises:
            Invalid: a choice that does not exist, or a time that is none; a sentence per field.
        """
        return Draft(
            kind=_choice(Kind, self.kind, "kind", "種類を選んでください。"),
            hazard=_choice(Hazard, self.hazard, "hazard", "災害を選んでください。"),
            expires_at=instant(self.expires, "expires_at", "期限"),
            whole_town=self.whole_town,
            areas=() if self.whole_town else self.areas,
            shelters=self.shelters,
            title=self.title,
            situation=self.situation,
            action=self.action,
            correction=self.correction,
            lifted_kind=_choice(Kind, self.lifted_kind, "lifted_kind", "何を解除するかを選んでください。")
            if self.lifted_kind
            else None,
        )


def local(at: datetime) -> str:
    """An instant as the value of a ``datetime-local`` field in Japan."""
    return jst(at).strftime(_LOCAL)


def instant(value: str, field: str, label: str) -> datetime:
    """The aware instant of a ``datetime-local`` field.

    Raises:
        Invalid: it is empty or no time.
    """
    try:
        found = datetime.strptime(value.strip()[:16], _LOCAL).replace(tzinfo=JST)
        if found.year not in _YEARS:  # the ends of the calendar break when they are turned into another zone
            raise ValueError
        return found
    except ValueError:
        reason = f"{label}を日付と時刻で入力してください（例 2026-11-23T15:00）。"
        raise Invalid(reason, {field: reason}) from None


def usual_end() -> datetime:
    """Half a day from now, at a round time."""
    end = now() + DEFAULT_LENGTH
    return end.replace(minute=end.minute // 10 * 10, second=0, microsecond=0)


def seen(form: MultiDict[str, str]) -> Seen:
    """What stood on the approver's screen, from the hidden fields."""
    return Seen(version=number(form, "version"), digest=form.get("digest", "")[:64], people=number(form, "people"))


def number(form: Any, name: str) -> int:
    """A whole number that fits the database, 0 where none was sent."""
    text = str(form.get(name, ""))
    return int(text) if _is_number(text) else 0


def amount(text: str) -> int | None:
    """A number as people type it (``1,200``, ``３００人``); None where it is none."""
    plain = unicodedata.normalize("NFKC", text).replace(",", "").replace("、", "").strip().removesuffix("人").strip()
    return int(plain) if _is_number(plain) else None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 16


def _choice(words: type[_Word], value: str, field: str, sentence: str) -> _Word:
    try:
        return words(value)
    except ValueError:
        raise Invalid(sentence, {field: sentence}) from None
