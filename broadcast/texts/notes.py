"""Plain sentences for the officer on what was shortened."""

from collections.abc import Iterable

_PARTS = {
    "where": "地区の名前",
    "places": "地区の名前",
    "act": "してほしいこと",
    "actions": "してほしいこと",
    "situation": "今の状況",
    "correction": "訂正の内容",
    "headline": "見出し",
    "shelters": "避難所の名前",
    "until": "期限",
    "town": "自治体の名前",
    "drill": "最後の「これは訓練です」",
    "english": "英語の一行",
    "lead": "対象の地区",
}


FOR_THE_EYE = "アドレスは「ホームページ」「メール」と読み、絵文字は読みません。声だけで伝わる文か、確かめてください。"


def shortened(parts: Iterable[str]) -> tuple[str, ...]:
    """One note that names what was shortened or left out, or none."""
    names = list(dict.fromkeys(_PARTS[part] for part in parts))
    return (f"長さに合わせて短くしました：{'、'.join(names)}。",) if names else ()
