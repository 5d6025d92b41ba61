"""Words of the pages."""

import string

import pytest

from broadcast.cap.vocabulary import Language
from disaster.public.language import chosen, table, words
from disaster.shelters.vocabulary import HAZARDS


def test_every_language_has_every_word_with_the_same_blanks() -> None:
    def blanks(text: str) -> set[str | None]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    japanese = table(Language.JA)
    for language in Language:
        other = table(language)
        assert other.keys() == japanese.keys()
        assert other["hazard"].keys() == set(HAZARDS)
        assert other["subscribe"].keys() == japanese["subscribe"].keys()
        for key, text in {**japanese, **japanese["subscribe"]}.items():
            if isinstance(text, str):
                assert blanks({**other, **other["subscribe"]}[key]) == blanks(text), (language, key)


def test_a_missing_word_is_an_error_and_not_an_empty_page() -> None:
    with pytest.raises(KeyError):
        words(Language.JA)("no_such_word")


@pytest.mark.parametrize("given", [None, "", "xx", "ja'--", "EN"])
def test_an_unknown_language_is_japanese(given: str | None) -> None:
    assert chosen(given) is Language.JA
