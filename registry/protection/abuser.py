"""Whom a protected person must not meet, as typed: found at a shelter by reading and birth date together, or as one of the staff or volunteers."""

import json
from dataclasses import dataclass, replace
from datetime import date

from disaster.core import birthdates
from disaster.core.birthdates import Note, Precision
from disaster.core.text import clean_line
from disaster.staff import accounts
from registry.models.protection import ProtectionOrder
from registry.protection import meetings

NOBODY = "この職員・ボランティアは見つかりません。選び直してください。"
DAY = "年・月・日まで入力してください（例：1980-04-12、S55.4.12、昭和55年4月12日）。"


@dataclass(frozen=True, slots=True)
class Abuser:
    """Cleaned. ``birth`` as ``1980-04-12`` or empty; ``account_id`` where it is somebody of the staff or a volunteer."""

    name: str = ""
    kana: str = ""
    birth: str = ""
    account_id: int | None = None

    @property
    def written(self) -> str | None:
        """What the order keeps, sealed; None where nothing was typed."""
        said = {"name": self.name, "kana": self.kana, "birth": self.birth}
        return json.dumps(said, ensure_ascii=False) if any(said.values()) else None

    def beside(self, known: str | None) -> "Abuser":
        """With what an order knew before where nothing was typed now: a name that somebody remembered is not lost to a reading."""
        before = json.loads(known) if known else {}
        return replace(
            self, **{name: getattr(self, name) or before.get(name, "") for name in ("name", "kana", "birth")}
        )

    @property
    def key(self) -> str | None:
        """What finds them among those who come; None without reading and birth date."""
        return meetings.key(self.kana, self.birth)


def cleaned(name: str, kana: str, birth: str, account_id: int | None, wrong: dict[str, str]) -> Abuser:
    """As typed on a form; what is wrong goes into ``wrong``.

    Raises:
        Invalid: a text that cannot be kept.
    """
    born = day(birth, "abuser_birth", wrong)
    if account_id is not None and not (0 < account_id < 2**53 and accounts.get(account_id)):
        wrong["abuser_account_id"] = NOBODY
    return Abuser(
        clean_line(name, field="abuser_name", label="相手の氏名", limit=200),
        clean_line(kana, field="abuser_kana", label="相手のかな", limit=200),
        born.isoformat() if born else "",
        account_id,
    )


def day(typed: str, field: str, wrong: dict[str, str]) -> date | None:
    """A day in any notation; None, with its sentence in ``wrong``, where it is none."""
    if not typed.strip():
        return None
    found = birthdates.read(typed)
    if found.precision is not Precision.DAY or Note.AMBIGUOUS in found.notes:
        wrong[field] = f"日付として読めません。{DAY}"
        return None
    return found.day


def told(order: ProtectionOrder) -> list[str]:
    """What happens because of what an order knows of them, in words for its officers."""
    words = []
    if order.abuser_key:
        words.append("避難者として同じ避難所に来たら、2人の担当者に知らせます。")
    if order.abuser_account_id is not None:
        words.append("職員・ボランティアとして同じ避難所で働いていたら、2人の担当者に知らせます。")
    if order.abuser and not order.abuser_key:
        words.append("かなと生年月日がそろっていないので、避難者として来ても自動では分かりません。")
    return words
