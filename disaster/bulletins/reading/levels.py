"""警戒レベル相当 of a kind: said in its name, given by its code, or by its 危険度.

Source: 配信資料に関する技術情報 第634号 (code tables of 2026) and the specification of 指定河川洪水予報.
"""

import re

from disaster.bulletins.reading.facts import LevelEquivalent

# With 警報 or 注意報 after it: レベル３（入山規制） of a volcano is 噴火警戒レベル and no 警戒レベル相当.
_SAID = re.compile(r"レベル([２-５2-5])[^（）]*?(?:警報|注意報)")
# Phenomena with levels in VPWW55 to 57; 暴風, 波浪, 大雪 and the rest have none.
_R06_CODES = {
    **dict.fromkeys(("33", "39", "38"), 5),
    **dict.fromkeys(("43", "49", "48"), 4),
    **dict.fromkeys(("03", "09", "08"), 3),
    **dict.fromkeys(("10", "29", "19"), 2),
}
_LEVELLED_TYPES = ("VPWW55", "VPWW56", "VPWW57")
# 危険度 of 市町村等: 22 is 警戒レベル２相当 (高潮), 21 警戒レベル２; 11 and 01 are below, 50, 30 and 20 have no level.
_SIGNIFICANCY = {"51": 5, "41": 4, "31": 3, "22": 2, "21": 2}
# 指定河川洪水予報: the first digit of the code; the official table gives it the level since 令和元年.
_FLOOD = {"2": 2, "3": 3, "4": 4, "5": 5}


def said(words: str) -> LevelEquivalent | None:
    """The level that a name or a title says (レベル４土砂災害危険警報), in fullwidth or halfwidth digits."""
    found = _SAID.search(words)
    return LevelEquivalent(int(found[1])) if found else None


def of_warning(telegram: str | None, name: str, code: str) -> LevelEquivalent | None:
    """The level of a warning; the telegrams before the reform (VPWW53, 54) have none, whatever their codes."""
    by_code = _R06_CODES.get(code) if telegram in _LEVELLED_TYPES else None
    return said(name) or (LevelEquivalent(by_code) if by_code else None)


def of_flood(name: str, code: str) -> LevelEquivalent | None:
    """The level of a 指定河川洪水予報, old names (氾濫危険情報) included; a 解除 keeps the level its name says."""
    number = _FLOOD.get(code[:1]) if len(code) == 2 else None
    return said(name) or (LevelEquivalent(number) if number else None)


def of_significancy(codes: list[str]) -> LevelEquivalent | None:
    """The highest level among 危険度 codes."""
    found = [_SIGNIFICANCY[code] for code in codes if code in _SIGNIFICANCY]
    return LevelEquivalent(max(found)) if found else None
