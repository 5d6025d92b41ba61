"""Names of whoever did something, for pages: people by their accounts, tablets by theirs."""

from collections.abc import Iterable

from sqlalchemy import select

from disaster.core.extensions import db
from disaster.staff.models import Account
from registry.models.intake import Device


def names(actors: Iterable[str | None]) -> dict[str, str]:
    """``{"account:7": "山田 花子", "device:3": "受付1"}``; without those that nobody knows."""
    wanted = {actor for actor in actors if actor}
    accounts, devices = _numbers(wanted, "account"), _numbers(wanted, "device")
    people = db.session.execute(select(Account.id, Account.name).where(Account.id.in_(accounts))) if accounts else ()
    tablets = db.session.execute(select(Device.id, Device.name).where(Device.id.in_(devices))) if devices else ()
    found = {f"account:{number}": name for number, name in people}
    return {**found, **{f"device:{number}": name for number, name in tablets}, "cli": "サーバーのコマンド"}


def _numbers(actors: set[str], kind: str) -> list[int]:
    parts = [actor.partition(":") for actor in actors]
    return [int(number) for found, _, number in parts if found == kind and number.isdecimal()]
