"""The columns of a town's list by the names that towns and programs give them; a column with another name is not looked at."""

from disaster.core.tables import plain

_NAMES = {
    "number": "番号 管理番号 登録番号 名簿番号 整理番号 宛名番号 世帯番号 no id number",
    "email": "メール メールアドレス eメール eメールアドレス 電子メール email mail mailaddress emailaddress",
    "sms": "携帯 携帯電話 携帯番号 携帯電話番号 sms mobile mobilephone cell cellphone",
    "voice": "電話 電話番号 固定電話 固定電話番号 自宅電話 自宅電話番号 音声 voice telephone phone tel landline",
    "line": "line lineid lineユーザーid lineuserid",
    "areas": "地区 地区名 対象地区 大字 町名 町丁目 area areas district",
    "language": "言語 ことば 言葉 language lang",
    "support": "要支援 支援 避難に時間 避難に時間がかかる 要配慮 要配慮者 support supportneeded",
    "shelters": "避難所 避難所情報 避難所開設 shelters",
    "notices": "お知らせ 町のお知らせ notices",
    "standby": "電話は予備 予備 standby",
}
ADDRESSES = ("email", "sms", "voice", "line")
LABELS = {
    "number": "番号",
    "email": "メール",
    "sms": "携帯電話",
    "voice": "電話",
    "line": "LINE",
    "areas": "地区",
    "language": "言語",
    "support": "要支援",
    "shelters": "避難所",
    "notices": "お知らせ",
    "standby": "電話は予備",
    "row": "行",
}


_BY_NAME = {plain(name): column for column, names in _NAMES.items() for name in names.split()}


def columns_of(header: list[str]) -> dict[str, int] | None:
    """Which column stands where; None where this row is no header (two known names, one of them of an address, make one)."""
    found: dict[str, int] = {}
    for place, name in enumerate(header):
        column = _BY_NAME.get(plain(name[:60]))
        if column is not None:
            found.setdefault(column, place)
    return found if len(found) > 1 and any(name in found for name in ADDRESSES) else None
