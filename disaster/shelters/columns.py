"""The columns of shelter lists by the names that 国土地理院, the standard open data and towns give them. Other columns are not read.

Standard: 自治体標準オープンデータセット (デジタル庁; 指定緊急避難場所一覧, 指定避難所一覧), and 推奨データセット of 2017, whose headings differ.
"""

from disaster.core.tables import Columns, plain

_NAMES = {
    "common_id": "共通ID",
    "id": "NO ID 番号 整理番号 管理番号 施設ID 施設番号 連番 識別番号 市町村内の番号",
    "code": "市区町村コード 全国地方公共団体コード 都道府県コード又は市区町村コード 団体コード 地方公共団体コード 市町村コード 自治体コード",
    "prefecture": "都道府県名 都道府県",
    "town": "市区町村名 地方公共団体名 市町村名 自治体名 団体名",
    "whole_town": "都道府県名及び市町村名",
    "kind": "種別 施設種別 区分 避難所種別",
    "name": "名称 施設・場所名 施設名 施設名称 避難所名 避難所名称 避難場所名 避難場所名称 場所名 name",
    "kana": "名称_カナ 名称_かな 名称カナ フリガナ ふりがな 施設名カナ 施設名_カナ 名称_フリガナ 名称_ふりがな kana",
    "name_en": "名称_英字 名称_英語 名称_英 英語名 英語名称 name_en",
    "address": "住所 所在地 所在地_連結表記 所在地住所 施設住所 address",
    "address_prefecture": "所在地_都道府県",
    "address_town": "所在地_市区町村",
    "address_area": "所在地_町字",
    "address_number": "所在地_番地以下",
    "building": "方書 建物名等(方書) 建物名等",
    "lat": "緯度 lat latitude 北緯 y y座標",
    "lng": "経度 lon lng long longitude 東経 x x座標",
    "phone": "電話番号 電話 tel phone",
    "also_evacuation": "指定避難所との重複 指定避難所との住所同一",
    "also_emergency": "指定緊急避難場所との重複 指定緊急避難場所との住所同一",
    "capacity": "想定収容人数 収容人数 収容可能人数 収容人員 最大収容人数 定員 capacity",
    "areas": "対象となる町会・自治会 対象となる町会自治会 対象地区 対象自治会 対象町会",
    "accepts": "受入対象者 受け入れ対象者 受入れ対象者",
    "url": "URL ホームページ",
    "remark": "備考 その他 特記事項",
    "flood": "洪水 洪水害 河川氾濫",
    "landslide": "崖崩れ、土石流及び地滑り がけ崩れ、土石流及び地滑り 崖崩れ がけ崩れ 土砂災害 土砂 崖崩れ・土石流・地滑り",
    "storm_surge": "高潮",
    "earthquake": "地震 地震災害",
    "tsunami": "津波",
    "fire": "大規模な火事 大規模火事 火事 大規模火災 火災 大火災",
    "inundation": "内水氾濫 内水",
    "volcano": "火山現象 火山 噴火",
}
_PREFIX = plain("災害種別_")
_BY_NAME = {plain(name): column for column, names in _NAMES.items() for name in names.split()}


def column_of(heading: str) -> str | None:
    """Our name of a heading; hazards with and without 「災害種別_」 before them."""
    name = plain(heading[:60])
    return _BY_NAME.get(name) or (_BY_NAME.get(name.removeprefix(_PREFIX)) if name.startswith(_PREFIX) else None)


def columns_of(header: list[str]) -> Columns | None:
    """Which column stands where; None where this row is no header (one needs a name and a latitude)."""
    found: Columns = {}
    for place, name in enumerate(header):
        column = column_of(name)
        if column is not None:
            found.setdefault(column, place)
    return found if {"name", "lat", "lng"} <= found.keys() else None
