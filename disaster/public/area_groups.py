"""The municipality's areas as a form lists them: by group, named in the language of the page."""

from collections.abc import Sequence

from broadcast.cap.vocabulary import Language
from disaster.core.municipality import Area, municipality
from disaster.public.places import area_name

Group = tuple[str, list[tuple[str, str]]]


def area_groups(language: Language, other: str) -> list[Group]:
    """Each group with its areas, an area as code and name; ``other`` names a group that has no name in the language."""
    groups: dict[str, list[Area]] = {}
    for area in municipality().areas:
        groups.setdefault(area.group, []).append(area)
    return [
        (_name(name, areas, language) or other, [(area.code, area_name(area, language)) for area in areas])
        for name, areas in groups.items()
    ]


def _name(name: str, areas: Sequence[Area], language: Language) -> str:
    """Groups have a Japanese name only: their reading and English name are what those of their areas begin with."""
    if language == Language.EN:
        return _beginning([area.name_en for area in areas]).rstrip(" -")
    reading = _beginning([area.kana for area in areas])
    return f"{name}（{reading}）" if language == Language.EASY_JA and reading else name


def _beginning(texts: Sequence[str]) -> str:
    """What all of them begin with."""
    shared = 0
    for letters in zip(*texts, strict=False):
        if len(set(letters)) > 1:
            break
        shared += 1
    return texts[0][:shared]
