"""The fields of a document as people enter them by hand, each with its name."""

from broadcast.lalert.bodies import complement, ordered
from broadcast.lalert.editions import area_names, headline, title
from broadcast.lalert.issue import Category, Issue
from broadcast.texts import japanese
from broadcast.texts.cleaning import one_line
from disaster.core.clock import day_and_time

_TYPES = {"Report": "新規", "Update": "更新", "Cancel": "取消"}


def of(issue: Issue) -> list[tuple[str, str]]:
    """Name and content of each field; those with nothing in them are left out."""
    content = issue.now.content
    found = [
        ("情報の種類", issue.category.ja),
        ("新規・更新・取消", f"{_TYPES[issue.type]}（第{issue.revision}版）"),
        ("件名", title(issue)),
        ("見出し文", headline(issue)),
        *_of_category(issue),
        ("補足情報", complement(content)),
        ("発表日時", day_and_time(issue.now.at)),
        ("有効期限", day_and_time(content.expires)),
    ]
    return [(name, text) for name, text in found if text]


def _of_category(issue: Issue) -> list[tuple[str, str]]:
    content = issue.now.content
    if issue.category is Category.EVACUATION_ORDER:
        kind, lifts = ordered(content)
        return [
            ("発令区分", kind.ja),
            ("発令・解除", "解除" if lifts else "発令"),
            ("対象の地区", "\n".join(area_names(issue))),
        ]
    if issue.category is Category.SHELTER:
        return [("避難所", "\n".join(one_line(place.name) for place in content.shelters)), ("開設状況", "開設")]
    return [("見出し", japanese.headline(content))]
