"""The columns of a residents' list by the names that programs of town halls give them; a column with another name is not looked at."""

from disaster.core.tables import plain

_NAMES = {
    "number": "宛名番号 宛名コード 宛名no 住民コード 住民番号 識別番号 個人コード 住民id number residentno",
    "household": "世帯番号 世帯コード 世帯no 世帯id household",
    "name": "氏名 漢字氏名 氏名漢字 名前 住民氏名 本名 name",
    "family": "氏 姓 氏漢字 姓漢字 familyname",
    "given": "名 名漢字 givenname",
    "kana": "氏名カナ カナ氏名 フリガナ ふりがな カナ 氏名フリガナ 氏名かな 氏名ふりがな 振り仮名 kana",
    "kana_family": "氏カナ 姓カナ 氏フリガナ 姓フリガナ セイ",
    "kana_given": "名カナ 名フリガナ メイ",
    "birth": "生年月日 誕生日 生年月日和暦 生年月日西暦 birth birthday dateofbirth",
    "sex": "性別 性別コード 男女 sex gender",
    "address": "住所 現住所 住所地 住民票住所 address",
    "town": "町丁目 町名 大字 大字町丁目 町字 town",
    "lot": "番地 地番 番地号 番地枝番",
    "building": "方書 建物名 方書名 マンション名",
    "relation": "続柄 世帯主との続柄 続柄名 relation",
    "phone": "電話番号 電話 携帯電話 携帯 連絡先 tel phone",
    "gone": "住民状態 状態 住民区分 消除事由 消除区分 異動事由 異動区分 現存区分 除票区分 status",
    "hidden": "支援措置 支援措置区分 支援措置対象 支援措置対象者 支援措置有無 dv等支援 dv等支援措置 抑止 抑止区分 抑止フラグ 閲覧制限 発行抑止",
}
LABELS = {
    "number": "宛名番号",
    "household": "世帯番号",
    "name": "氏名",
    "kana": "氏名カナ",
    "birth": "生年月日",
    "sex": "性別",
    "address": "住所",
    "relation": "続柄",
    "phone": "電話番号",
    "gone": "住民状態",
    "hidden": "支援措置",
    "row": "行",
}
_BY_NAME = {plain(name): column for column, names in _NAMES.items() for name in names.split()}
_SECRET = frozenset(plain(name) for name in ("個人番号", "マイナンバー", "mynumber", "個人番号12桁"))


def columns_of(header: list[str]) -> dict[str, int] | None:
    """Which column stands where; None where this row is no header (a number and a name make one)."""
    found: dict[str, int] = {}
    for place, name in enumerate(header):
        column = _BY_NAME.get(plain(name[:60]))
        if column is not None:
            found.setdefault(column, place)
    named = "name" in found or "family" in found
    return found if named and "number" in found else None


def has_my_number(header: list[str]) -> bool:
    """Whether a heading says 個人番号: such a column is never read."""
    return any(plain(name[:60]) in _SECRET for name in header)
