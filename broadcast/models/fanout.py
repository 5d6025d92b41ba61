"""How far the writing of a large audience has come."""

from datetime import datetime
from enum import IntEnum

from sqlalchemy import BigInteger, ForeignKey, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from disaster.core.base import Base, UtcTime


class Phase(IntEnum):
    """Who is written now."""

    SUPPORT = 0  # 避難に時間のかかる人
    OTHERS = 1
    HELD = 2  # of a cancel: whom a lane was just sending the first alert to when it was approved
    LAST = 3  # the same once more, after no lane holds anything of the first alert any more


class Fanout(Base):
    """One transmission whose deliveries a worker writes in chunks, by contact number: everything up to ``after`` is written.

    ``upto`` is the highest contact number at approval: who subscribes later is not addressed.
    """

    __tablename__ = "fanouts"
    __table_args__ = (
        Index(
            "ix_fanouts_open",
            "transmission_id",
            sqlite_where=text("finished_at IS NULL"),
            postgresql_where=text("finished_at IS NULL"),
        ),
    )

    transmission_id: Mapped[int] = mapped_column(ForeignKey("transmissions.id"), primary_key=True, autoincrement=False)
    phase: Mapped[int] = mapped_column(SmallInteger)
    after: Mapped[int] = mapped_column(BigInteger)
    upto: Mapped[int] = mapped_column(BigInteger)
    started_at: Mapped[datetime] = mapped_column(UtcTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcTime)
