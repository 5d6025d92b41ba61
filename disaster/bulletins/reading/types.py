"""Which telegram it is: the type (データ種類コード) from the file's name or address, or from Control/Title.

Source: 気象庁防災情報XMLフォーマット 情報の一覧 (xml.kishou.go.jp), with the telegrams of 令和8年 (配信資料に関する技術情報 第634号).
"""

import re
import unicodedata

# Four letters where the number tells nothing (VXKO50 to 89 are parallel slots) or cannot be told from the title.
_BY_TITLE = {
    "気象警報・注意報": "VPWW50",
    "気象特別警報・警報・注意報": "VPWW53",
    "気象警報・注意報（Ｈ２７）": "VPWW54",
    "気象警報・注意報（Ｒ０６）（大雨）": "VPWW55",
    "気象警報・注意報（Ｒ０６）（土砂）": "VPWW56",
    "気象警報・注意報（Ｒ０６）（土砂災害）": "VPWW56",
    "気象警報・注意報（Ｒ０６）（高潮）": "VPWW57",
    "気象警報・注意報（Ｒ０６）（暴風）": "VPWW58",
    "気象警報・注意報（Ｒ０６）（暴風（雪））": "VPWW58",
    "気象警報・注意報（Ｒ０６）（波浪）": "VPWW59",
    "気象警報・注意報（Ｒ０６）（大雪）": "VPWW60",
    "気象警報・注意報（Ｒ０６）（その他注意報）": "VPWW61",
    "気象警報・注意報（Ｒ０６）（その他）": "VPWW61",
    "気象警報・注意報時系列情報（Ｒ０６）": "VPWP50",
    "気象警報・注意報（Ｒ０６）（集約通報）": "VPWS50",
    "気象警報・注意報集約通報（Ｒ０６）": "VPWS50",
    "気象特別警報報知": "VPNO50",
    "土砂災害警戒情報": "VXWW50",
    "記録的短時間大雨情報": "VPOA50",
    "竜巻注意情報": "VPHW50",
    "竜巻注意情報（目撃情報付き）": "VPHW51",
    "府県気象防災速報": "VPBS50",
    "全般気象解説情報": "VPZJ51",
    "地方気象解説情報": "VPCJ51",
    "府県気象解説情報": "VPFJ51",
    "全般気象情報": "VPZJ50",
    "地方気象情報": "VPCJ50",
    "府県気象情報": "VPFJ50",
    "指定河川洪水予報": "VXKO",
    "水位周知河川": "VXSU",
    "大雨危険度通知": "VPRN50",
    "早期天候情報": "VPAW51",
    "熱中症警戒アラート": "VPFT50",
    "全般台風情報": "VPTI50",
    "全般台風情報（定型）": "VPTI51",
    "全般台風情報（詳細）": "VPTI52",
    "台風解析・予報情報（３日予報）": "VPTW",
    "台風解析・予報情報（５日予報）": "VPTW",
    "台風解析・予報情報（５日予報）（Ｈ３０）": "VPTW",
    "台風の暴風域に入る確率": "VPTA",
    "府県天気概況": "VPFG50",
    "府県天気予報": "VPFD50",
    "府県天気予報（Ｒ１）": "VPFD51",
    "府県週間天気予報": "VPFW50",
    "警報級の可能性（明日まで）": "VPFD60",
    "警報級の可能性（明後日以降）": "VPFW60",
    "全般週間天気予報": "VPZW50",
    "地方週間天気予報": "VPCW50",
    "全般天候情報": "VPZI50",
    "地方天候情報": "VPCI50",
    "府県天候情報": "VPFI50",
    "スモッグ気象情報": "VPSG50",
    "全般スモッグ気象情報": "VPZS50",
    "全般海上警報（定時）（Ｈ２９）": "VPZU52",
    "全般海上警報（臨時）（Ｈ２９）": "VPZU53",
    "地方海上警報": "VPCU50",
    "地方海上警報（Ｈ２８）": "VPCU51",
    "地方海上予報": "VPCY50",
    "地方海上予報（Ｈ２８）": "VPCY51",
    "全般潮位情報": "VMCJ50",
    "地方潮位情報": "VMCJ51",
    "府県潮位情報": "VMCJ52",
    "季節観測": "VGSK50",
    "生物季節観測": "VGSK55",
    "特殊気象報": "VGSK60",
    "地上実況図": "VZSA50",
    "地上２４時間予想図": "VZSF50",
    "地上４８時間予想図": "VZSF51",
    "アジア太平洋地上実況図": "VZSA60",
    "アジア太平洋海上悪天２４時間予想図": "VZSF60",
    "アジア太平洋海上悪天４８時間予想図": "VZSF61",
    "緊急地震速報配信テスト": "VXSE42",
    "緊急地震速報（警報）": "VXSE43",
    "緊急地震速報（予報）": "VXSE44",
    "緊急地震速報（地震動予報）": "VXSE45",
    "震度速報": "VXSE51",
    "震源に関する情報": "VXSE52",
    "震源・震度に関する情報": "VXSE53",
    "地震の活動状況等に関する情報": "VXSE56",
    "地震回数に関する情報": "VXSE60",
    "顕著な地震の震源要素更新のお知らせ": "VXSE61",
    "長周期地震動に関する観測情報": "VXSE62",
    "津波警報・注意報・予報a": "VTSE41",
    "津波警報・注意報・予報": "VTSE41",
    "津波情報a": "VTSE51",
    "津波情報": "VTSE51",
    "沖合の津波観測に関する情報": "VTSE52",
    "地震・津波に関するお知らせ": "VZSE40",
    "南海トラフ地震臨時情報": "VYSE50",
    "南海トラフ地震関連解説情報": "VYSE",
    "北海道・三陸沖後発地震注意情報": "VYSE60",
    "噴火警報・予報": "VFVO50",
    "火山の状況に関する解説情報": "VFVO51",
    "噴火に関する火山観測報": "VFVO52",
    "降灰予報（定時）": "VFVO53",
    "降灰予報（速報）": "VFVO54",
    "降灰予報（詳細）": "VFVO55",
    "噴火速報": "VFVO56",
    "推定噴煙流向報": "VFVO60",
    "火山現象に関する海上警報・海上予報": "VFSV",
    "火山に関するお知らせ": "VZVO40",
}
_PLAIN = {unicodedata.normalize("NFKC", title): kind for title, kind in _BY_TITLE.items()}
_FAMILIES = sorted({value[:4] for value in _BY_TITLE.values()} | {"VPTI", "VPTW", "VPZU", "VPZK", "VPCK"})
_IN_NAME = re.compile(rf"(?<![A-Z0-9])({'|'.join(_FAMILIES)})(\d\d|II|NN)?(?![A-Z0-9])", re.IGNORECASE)


def by_name(name: str) -> str | None:
    """The type that a file's name or an address in the feed carries: ``…_0_VPWW55_240000.xml`` is VPWW55, ``…_VXKOii.xml`` is VXKO."""
    found = _IN_NAME.search(name)
    if not found:
        return None
    number = found[2] if found[2] and found[2].isdigit() else ""
    return found[1].upper() + number


def by_title(title: str) -> str | None:
    """The type that Control/Title tells, without its number where several types share the title.

    Fullwidth and halfwidth are the same: （Ｒ０６） is (R06).
    """
    plain = unicodedata.normalize("NFKC", title).replace(" ", "")
    return "VPWS50" if "集約通報" in plain else _PLAIN.get(plain)


def tell(name: str, title: str) -> str | None:
    """The type of a telegram; where a name and the title disagree, the title is right, because a file can be called anything."""
    named, titled = by_name(name), by_title(title)
    if titled is None:
        return named
    return named if named and len(titled) == 4 and named.startswith(titled) else titled
