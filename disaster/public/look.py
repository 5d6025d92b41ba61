"""What every template may use: who runs the site, the words of the language, the links to the other languages, the exercise window."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import request

from broadcast.cap.vocabulary import Language
from disaster.core.municipality import Municipality, municipality
from disaster.core.settings import settings
from disaster.incidents import exercise
from disaster.public.language import HTML_TAGS, NAMES, words
from disaster.staff.permissions import Role


@dataclass(frozen=True, slots=True)
class Site:
    """Whose site this is, in the language of the page."""

    name: str
    short: str
    department: str
    phone: str


def site(town: Municipality, language: Language) -> Site:
    """The municipality as the frame of a page names it."""
    english = language == Language.EN
    name = words(language)("site", town=town_name(town, language))
    department = town.contact.department_en if english else town.contact.department
    return Site(name, town.name, department, town.contact.phone)


def town_name(town: Municipality, language: Language) -> str:
    """The municipality's name in the language of the page."""
    return town.name_en if language == Language.EN else town.name


def everywhere() -> dict[str, Any]:
    """For every template of the service, the staff's and the error pages too."""
    return {
        "site": site(municipality(), Language.JA),
        "demo": settings().demo,
        "role_names": {str(role): role.ja for role in Role},
        "exercise_now": exercise.current,
    }


def page(language: Language, arguments: Mapping[str, str] | None = None) -> dict[str, Any]:
    """For a resident's page; ``arguments`` are the page's other query arguments, kept by the language switch."""
    others = {key: value for key, value in (arguments or {}).items() if value}
    return {
        "t": words(language),
        "lang": language,
        "lang_tag": HTML_TAGS[language],
        "lang_query": "" if language == Language.JA else f"?lang={language}",
        "site": site(municipality(), language),
        "town": town_name(municipality(), language),
        "language_links": [_link(other, language, others) for other in Language],
    }


def names() -> list[tuple[str, str]]:
    """Every language with its own name for itself."""
    return [(str(language), NAMES[language]) for language in Language]


def _link(other: Language, current: Language, others: Mapping[str, str]) -> dict[str, Any]:
    query = urlencode({**others, **({} if other == Language.JA else {"lang": str(other)})})
    href = request.path + (f"?{query}" if query else "")
    return {"href": href, "tag": HTML_TAGS[other], "label": NAMES[other], "current": other == current}
