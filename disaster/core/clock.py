"""The time: instants are aware and in UTC inside, Japan Standard Time and 24 hours on every page and in every text."""

from datetime import UTC, datetime, timedelta, timezone

JST = timezone(timedelta(hours=9), "JST")
_WEEKDAYS = "月火水木金土日"


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)


def jst(instant: datetime) -> datetime:
    """The same instant in Japan Standard Time."""
    return instant.astimezone(JST)


def day_and_time(instant: datetime) -> str:
    """``11月23日(月) 15:04``, as pages show it."""
    local = jst(instant)
    return f"{local.month}月{local.day}日({_WEEKDAYS[local.weekday()]}) {local:%H:%M}"


def on_pages(instant: datetime) -> str:
    """The same, with its year where that is not the present one: a ledger and its aid go on for years."""
    year = jst(instant).year
    return ("" if year == jst(now()).year else f"{year}年") + day_and_time(instant)


def spoken_time(instant: datetime) -> str:
    """``23日15時4分``, as it is read out; the hour alone when the minute is 0."""
    local = jst(instant)
    return f"{local.day}日{local.hour}時" + (f"{local.minute}分" if local.minute else "")


def iso_jst(instant: datetime) -> str:
    """ISO 8601 with ``+09:00`` and whole seconds, the only form CAP 1.2 allows (no ``Z``, no fraction)."""
    return jst(instant).replace(microsecond=0).isoformat()
