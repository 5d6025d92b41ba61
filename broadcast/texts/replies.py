"""What the service answers to somebody who writes to it: short, never an alert, and always with the number to call."""

from dataclasses import dataclass

from broadcast.cap.vocabulary import Language


@dataclass(frozen=True, slots=True)
class Office:
    """Who answers: the municipality in both forms, its telephone number, and the page of subscribing."""

    name: str
    name_en: str
    phone: str
    page: str


_WORDS: dict[str, dict[Language, str]] = {
    "stopped": {
        Language.JA: "【{name}】この番号への防災情報の配信を停止しました。再開するときは START と送ってください。",
        Language.EASY_JA: "【{name}】お知（し）らせを やめました。また ほしい ときは START と 送（おく）って ください。",
        Language.EN: "{name_en}: You will get no more disaster messages here. Send START to get them again.",
    },
    "resumed": {
        Language.JA: "【{name}】この番号への防災情報の配信を再開しました。停止するときは STOP と送ってください。",
        Language.EASY_JA: "【{name}】お知（し）らせを また 送（おく）ります。やめる ときは STOP と 送（おく）って ください。",
        Language.EN: "{name_en}: You will get disaster messages here again. Send STOP to end them.",
    },
    "unknown": {
        Language.JA: "【{name}】この番号の登録がありません。登録は {page} からできます。",
        Language.EASY_JA: "【{name}】この 番号（ばんごう）の 登録（とうろく）が ありません。{page} で できます。",
        Language.EN: "{name_en}: This number is not registered. Register at {page}",
    },
    "help": {
        Language.JA: (
            "【{name}】防災情報の配信用の番号です。停止は STOP、再開は START と送ってください。問い合わせ {phone}。"
            "命の危険があるときは119へ。"
        ),
        Language.EASY_JA: (
            "【{name}】やめる ときは STOP、また ほしい ときは START。電話（でんわ） {phone}。危（あぶ）ない ときは 119。"
        ),
        Language.EN: (
            "{name_en}: Disaster messages. STOP ends them, START resumes them. Questions: {phone}. In danger, call 119."
        ),
    },
    "line_linked": {
        Language.JA: "登録しました。これから{name}の防災情報がLINEに届きます。やめるときは「停止」と送るか、このアカウントをブロックしてください。",
        Language.EASY_JA: "登録（とうろく）しました。{name}の お知（し）らせが LINEに 来（き）ます。やめる ときは「停止（ていし）」と 送（おく）ります。",
        Language.EN: "Done. Disaster messages of {name_en} will come by LINE. To end them, send STOP or block this account.",
    },
    "line_no_code": {
        Language.JA: "このコードは使えません。24時間が過ぎたか、打ち間違いです。登録の画面でコードを確かめてください。 {page}",
        Language.EASY_JA: "この コードは 使（つか）えません。もう一度（いちど） 見（み）て ください。 {page}",
        Language.EN: "This code does not work: it is mistyped or older than 24 hours. Please check it on the page. {page}",
    },
    "line_welcome": {
        Language.JA: (
            "{name}の防災情報のアカウントです。まだ登録は終わっていません。次のページで地区を選び、表示されたコードをここに送ってください。 {page}\n"
            "Choose your area on this page, then send the code here: {page}?lang=en"
        ),
    },
    "line_stopped": {
        Language.JA: "LINEへの防災情報の配信を停止しました。もう一度受け取るときは、登録の画面からやり直してください。 {page}",
        Language.EASY_JA: "LINEの お知（し）らせを やめました。また ほしい ときは ここから。 {page}",
        Language.EN: "You will get no more disaster messages by LINE. To get them again, register once more: {page}",
    },
    "line_help": {
        Language.JA: (
            "{name}からの防災情報を送るアカウントです。ここに書かれたことは、だれも読みません。命の危険があるときは119へ、"
            "問い合わせは {phone} へ電話してください。登録を変える・やめる： {page}"
        ),
        Language.EASY_JA: (
            "{name}の お知（し）らせの アカウントです。ここは だれも 読（よ）みません。危（あぶ）ない ときは 119に 電話（でんわ）。 {page}"
        ),
        Language.EN: (
            "This account sends disaster messages of {name_en}. Nobody reads what is written here. In danger, call 119; "
            "questions: {phone}. Change or leave: {page}"
        ),
    },
}


def reply(what: str, language: Language, office: Office) -> str:
    """One answer in the person's language, in Japanese where there is none in it."""
    pattern = _WORDS[what].get(language) or _WORDS[what][Language.JA]
    page = office.page + ("" if language is Language.JA else f"?lang={language.value}")
    return pattern.format(name=office.name, name_en=office.name_en, phone=office.phone, page=page)
