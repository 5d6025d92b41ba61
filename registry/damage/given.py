"""What an applicant writes into the form, cleaned and told field by field what is wrong with it. Nothing is looked up: the form knows nobody."""

import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date

from disaster.core import birthdates
from disaster.core.birthdates import Note, Precision
from disaster.core.errors import Invalid
from disaster.core.text import clean_line, clean_text
from registry.damage.vocabulary import RELATIONS, TENURES, Kind

LINES = {  # label, most letters, whether it must be there
    "name": ("申請する人の氏名", 200, True),
    "kana": ("ふりがな", 400, False),
    "address": ("いまの住所・避難先", 300, True),
    "phone": ("電話番号", 40, True),
    "email": ("メールアドレス", 254, False),
    "head": ("世帯主の氏名", 200, False),
    "place": ("被害を受けた場所の住所", 300, True),
    "building": ("建物・部屋の名前", 200, False),
    "cause": ("被害の原因", 120, False),
}
TEXTS = {"members": ("世帯の人", 2000), "damage": ("被害のようす", 2000), "remarks": ("伝えたいこと", 1000)}
ORDER = (  # of the fields on the page, and of what is said about them
    "kind", "name", "kana", "birth", "birth_confirmed", "relation", "head", "address", "phone", "email", "place", "building", "tenure", "cause",
    "damage", "members", "remarks",
)  # fmt: skip
_WRONG = "入力に足りないところがあります。＊印のところを直してください。入力した内容は残っています。"
_VERY_OLD = "120年より前の生年月日です。確かめて、正しければ「この生年月日でまちがいない」にチェックを入れてください。"
_PHONE = re.compile(r"\+?[0-9]{9,15}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@dataclass(frozen=True, slots=True)
class Given:
    """A form that is in order. ``birth`` is the applicant's, as a real day; ``birth_raw`` as it was typed."""

    kind: str
    relation: str
    name: str
    kana: str
    birth: str
    birth_raw: str
    address: str
    phone: str
    email: str
    head: str
    place: str
    building: str
    tenure: str
    cause: str
    damage: str
    members: str
    remarks: str
    self_judged: bool
    post: bool

    @property
    def day(self) -> date:
        """The birth date."""
        return date.fromisoformat(self.birth)

    @property
    def paper(self) -> Kind:
        """Which paper is asked for."""
        return Kind(self.kind)

    def sealed(self) -> str:
        """As JSON, for the sealed column."""
        return json.dumps(asdict(self), ensure_ascii=False)


def opened(text: str) -> Given:
    """What ``sealed`` made; fields that an older version did not have are empty."""
    known = json.loads(text)
    return Given(**{field.name: known.get(field.name, "") for field in fields(Given)})


def read(form: Mapping[str, str]) -> Given:
    """The form.

    Raises:
        Invalid: every field that is wrong, with its sentence.
    """
    wrong: dict[str, str] = {}
    values = {name: _line(wrong, form, name) for name in LINES} | {name: _text(wrong, form, name) for name in TEXTS}
    chosen = {
        "kind": _one_of(wrong, form, "kind", [kind.value for kind in Kind], "どの証明書かを選んでください。"),
        "relation": _one_of(wrong, form, "relation", RELATIONS, "世帯主との関係を選んでください。"),
        "tenure": _one_of(wrong, form, "tenure", TENURES, "持ち家か借家かを選んでください。"),
    }
    raw = form.get("birth", "")[:60]
    birth = _tried(wrong, "birth", lambda: _birth(raw))
    if birth and form.get("birth_confirmed", "") != raw and Note.VERY_OLD in birthdates.read(raw).notes:
        wrong["birth_confirmed"] = _VERY_OLD
    if values["phone"] and "phone" not in wrong:
        values["phone"] = _tried(wrong, "phone", lambda: _phone(values["phone"]))
    if values["email"] and not _EMAIL.fullmatch(values["email"]):
        wrong["email"] = "メールアドレスの形になっていません（例：taro@example.jp）。"
    if chosen["kind"] == Kind.DWELLING and chosen["relation"] in ("family", "agent") and not values["head"]:
        wrong.setdefault("head", "世帯主の氏名を入力してください。証明書は、世帯主の名前で交付します。")
    if wrong:
        raise Invalid(_WRONG, dict(sorted(wrong.items(), key=lambda one: ORDER.index(one[0]))))
    ticked = {name: form.get(name) == "1" for name in ("self_judged", "post")}
    return Given(**values, **chosen, **ticked, birth=birth, birth_raw=raw)  # type: ignore[arg-type]


def one_day(raw: str) -> date | None:
    """The birth date that is meant, where it is one day that has been."""
    found = birthdates.read(raw)
    real = found.precision is Precision.DAY and Note.FUTURE not in found.notes
    return found.day if real else None


def _tried(wrong: dict[str, str], name: str, step: Callable[[], str]) -> str:
    try:
        return step()
    except Invalid as error:
        wrong.setdefault(name, error.fields.get(name, error.message))
        return ""


def _line(wrong: dict[str, str], form: Mapping[str, str], name: str) -> str:
    label, limit, required = LINES[name]
    return _tried(
        wrong, name, lambda: clean_line(form.get(name, ""), field=name, label=label, limit=limit, required=required)
    )


def _text(wrong: dict[str, str], form: Mapping[str, str], name: str) -> str:
    label, limit = TEXTS[name]
    return _tried(wrong, name, lambda: clean_text(form.get(name, ""), field=name, label=label, limit=limit))


def _one_of(
    wrong: dict[str, str], form: Mapping[str, str], name: str, known: Mapping[str, str] | list[str], said: str
) -> str:
    value = form.get(name, "")
    if value not in known:
        wrong[name] = said
        return ""
    return value


def _birth(raw: str) -> str:
    """The one day that is meant.

    Raises:
        Invalid: none, none that exists, or several.
    """
    if day := one_day(raw):
        return day.isoformat()
    found = birthdates.read(raw)
    said = "生年月日を、年・月・日まで入力してください（例：昭和60年4月12日、S60.4.12、1985/4/12）。"
    if Note.AMBIGUOUS in found.notes:
        said = "どの年か分かりません。年号（S、Hなど）か西暦4けたを付けてください。"
    elif Note.IMPOSSIBLE in found.notes:
        said = "この日付はありません。生年月日を確かめてください。"
    elif Note.FUTURE in found.notes:
        said = "先の日付になっています。生年月日を確かめてください。"
    raise Invalid(said, {"birth": said})


def _phone(value: str) -> str:
    digits = re.sub(r"[\s()‐\-－ー–—−.]", "", unicodedata.normalize("NFKC", value))
    if not _PHONE.fullmatch(digits):
        said = "電話番号の数字を確かめてください（例：090-1234-5678）。"
        raise Invalid(said, {"phone": said})
    return digits
