"""The index by which people are found: derived from the register and the residents' list, made anew at any time by ``disaster registry reindex``.

Nothing about protection stands here: whoever searches is joined with the tables that know it.
"""

from datetime import date
from enum import StrEnum

from sqlalchemy import Date, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from disaster.core.base import Base, BigId, words


class Script(StrEnum):
    """What a name is written in."""

    KANA = "k"
    LATIN = "l"
    KANJI = "j"


class Subject(StrEnum):
    """Whom an entry of the index is about."""

    PERSON = "person"
    RESIDENT = "resident"


class SearchName(Base):
    """One family or given name that somebody has, by its key (``disaster.core.names``), once.

    ``bare``: the weaker key (without voiced marks; 斎 as 斉). ``latin``: a reading in Latin letters; empty for kanji.
    """

    __tablename__ = "search_names"
    __table_args__ = (UniqueConstraint("script", "key"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    script: Mapped[Script] = mapped_column(words(Script, 1))
    key: Mapped[str] = mapped_column(String(120))
    bare: Mapped[str] = mapped_column(String(120), index=True)
    latin: Mapped[str] = mapped_column(String(240), index=True)


class SearchSlip(Base):
    """A name with one letter left out, or whole: two names that differ by one slip of any kind share such a form (deletion neighbourhood)."""

    __tablename__ = "search_slips"

    form: Mapped[str] = mapped_column(String(240), primary_key=True)
    name_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)


class SearchSweep(Base):
    """How often names that nobody has any more were taken out: one row, so that whoever remembers numbers of names looks anew."""

    __tablename__ = "search_sweeps"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int]


class SearchEntry(Base):
    """One name of one person. The four numbers are of ``SearchName``, 0 where a part is not known or the name stands in one piece as ``family``."""

    __tablename__ = "search_entries"
    __table_args__ = (
        UniqueConstraint("subject", "subject_id", "part"),
        Index("ix_search_entries_reading", "family_reading", "given_reading", "birth_date"),
        Index("ix_search_entries_given_reading", "given_reading", "birth_date"),
        Index("ix_search_entries_kanji", "family_kanji", "given_kanji", "birth_date"),
        Index("ix_search_entries_given_kanji", "given_kanji", "birth_date"),
        Index("ix_search_entries_birth", "birth_date", "family_reading"),
        Index(
            "ix_search_entries_area", "area_code", "family_reading", "given_reading", "family_kanji", "given_kanji"
        ),  # an area has thousands: read in the index alone
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    subject: Mapped[Subject] = mapped_column(words(Subject, 8))
    subject_id: Mapped[str] = mapped_column(String(36))
    part: Mapped[int] = mapped_column(default=0)  # the number of the name, from 0
    family_reading: Mapped[int] = mapped_column(BigId, default=0)
    given_reading: Mapped[int] = mapped_column(BigId, default=0)
    family_kanji: Mapped[int] = mapped_column(BigId, default=0)
    given_kanji: Mapped[int] = mapped_column(BigId, default=0)
    birth_date: Mapped[date | None] = mapped_column(Date)
    birth_precision: Mapped[str] = mapped_column(String(8), default="unknown")
    area_code: Mapped[str] = mapped_column(String(16), default="")
