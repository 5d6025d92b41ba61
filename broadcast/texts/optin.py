"""What a confirmation says: a mail with a link, an SMS or a call with six digits. Short, from whom, what to do, and what if it was not you.

An SMS stays within one segment in every language (70 UTF-16 units, 160 letters of GSM 03.38), because each segment costs.
"""

from dataclasses import dataclass

from broadcast.cap.vocabulary import Language
from broadcast.channels.contract import Message


@dataclass(frozen=True, slots=True)
class Office:
    """Who asks, in the words of the municipality's profile."""

    name: str
    kana: str
    name_en: str
    department: str
    department_en: str
    phone: str


def confirmation(channel: str, language: Language, office: Office, *, secret: str, manage: bool) -> Message:
    """The message to one address. ``secret`` is the full address of the page behind the link for e-mail, the six digits otherwise;
    ``manage``: the person wants to see their record and did not ask to join.

    Raises:
        KeyError: this channel is not asked by a message.
    """
    return _WRITERS[channel](language, office, secret, manage)


def _mail(language: Language, office: Office, link: str, manage: bool) -> Message:
    subject, opening, button = _MAIL[language][manage]
    subject = subject.format(town=office.name, kana=office.kana, town_en=office.name_en)
    about = opening.format(town=office.name, kana=office.kana, town_en=office.name_en)
    who = f"{office.department_en} {office.phone}" if language is Language.EN else f"{office.department} {office.phone}"
    lines = (about, button, "", link, "", _NOT_YOU[language], "", who)
    return _message("email", language, "\n".join(lines) + "\n", subject=subject)


_MAIL = {
    Language.JA: {
        False: (
            "【{town}】防災情報の登録の確認",
            "{town}の防災情報を、この宛先で受け取る申し込みがありました。",
            "次のページを開き、「登録する」を押してください（24時間以内）。",
        ),
        True: (
            "【{town}】防災情報の登録の内容",
            "{town}の防災情報の登録を、見たり変えたりするための案内です。",
            "次のページを開き、「登録の内容を見る」を押してください（24時間以内）。",
        ),
    },
    Language.EASY_JA: {
        False: (
            "【{kana}】お知（し）らせの 登録（とうろく）",
            "{town}（{kana}）の 防災（ぼうさい）の お知（し）らせを、この アドレスで もらいますか？",
            "もらう ときは、下（した）の ページを 開（あ）けて、「登録（とうろく）する」を 押（お）して ください。24時間（じかん）の 間（あいだ）です。",
        ),
        True: (
            "【{kana}】登録（とうろく）の 内容（ないよう）",
            "{town}（{kana}）の 防災（ぼうさい）の お知（し）らせの 登録（とうろく）を 見（み）る ページです。",
            "下（した）の ページを 開（あ）けて、ボタンを 押（お）して ください。24時間（じかん）の 間（あいだ）です。",
        ),
    },
    Language.EN: {
        False: (
            "{town_en}: confirm your disaster alerts",
            "Somebody asked for disaster information of {town_en} to be sent to this address.",
            "Open this page and press “Subscribe” within 24 hours:",
        ),
        True: (
            "{town_en}: your disaster alerts",
            "This leads to your subscription to the disaster information of {town_en}.",
            "Open this page and press the button within 24 hours:",
        ),
    },
}
_NOT_YOU = {
    Language.JA: "心当たりがないときは、何もしないでください。何も登録されません。",
    Language.EASY_JA: "あなたが 頼（たの）んで いない ときは、何（なに）も しないで ください。",
    Language.EN: "If this was not you, do nothing. Nothing will be registered.",
}


def _sms(language: Language, office: Office, digits: str, manage: bool) -> Message:
    body = {
        Language.JA: f"{office.name} 防災情報の確認コードは {digits} です（24時間有効）。心当たりがなければ無視してください。",
        Language.EASY_JA: f"{office.name}（{office.kana}）です。番号（ばんごう）は {digits} です。ページに 書（か）いて ください。",
        Language.EN: f"{office.name_en} disaster alerts: your code is {digits} (valid for 24 hours). If this was not you, ignore it.",
    }[language]
    return _message("sms", language, body)


def _voice(language: Language, office: Office, digits: str, manage: bool) -> Message:
    """A digit at a time, as one writes it down; the channel says everything twice."""
    lines, closing = {
        Language.JA: (
            (f"こちらは、{office.kana}の防災情報です。", "確認コードをお伝えします。", _said(digits), "ページに入れてください。"),
            "心当たりがないときは、何もしなくて大丈夫です。電話を終わります。",
        ),
        Language.EASY_JA: (
            (f"こちらは、{office.kana}です。", "番号を言います。", _said(digits), "ページに、書いてください。"),
            "電話を、終わります。",
        ),
        Language.EN: (
            (f"This is {office.name_en}.", "Here is your code for disaster alerts.", ", ".join(digits) + ".", "Enter it on the page."),
            "If you did not ask for it, just hang up. Goodbye.",
        ),
    }[language]  # fmt: skip
    body = "\n".join((*lines, closing))
    return _message("voice", language, body, spoken="\n".join(lines), closing=closing)


def _said(digits: str) -> str:
    return "、".join(digits) + "。"


def _message(channel: str, language: Language, body: str, *, subject: str = "", **extra: str) -> Message:
    return Message(
        channel,
        language.value,
        body,
        subject=subject,
        units=len(body),
        extra={"mode": "live", **extra},
    )


_WRITERS = {"email": _mail, "sms": _sms, "voice": _voice}
