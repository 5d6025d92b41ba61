"""The demonstration's consents, disclosures, inquiries, and one person who is protected: what the pages about giving information show. After ``recovery``."""

from sqlalchemy import select

from disaster.core import clock
from disaster.core.db import transaction
from disaster.core.extensions import db
from disaster.demo.recovery import account_id, household
from disaster.staff.models import Account
from registry.consent import consents
from registry.consent.consents import Said
from registry.consent.words import Recipient
from registry.disclosure import giving
from registry.disclosure.giving import Asked
from registry.disclosure.grounds import Ground
from registry.inquiry import asking
from registry.inquiry.asking import Question
from registry.intake import entering, ids
from registry.intake.entering import Entry
from registry.intake.projection import millis
from registry.ledger import victims
from registry.models.ledger import Victim
from registry.models.people import Person
from registry.people import finding
from registry.protection import orders, sought
from registry.protection.orders import Wanted
from registry.retention import wiping
from registry.vocabulary import Kind, Protection

HIDDEN = ("秘守", "見本子", "ヒモリ", "ミホコ", "1990-04-12")


def fill() -> None:
    """One of each; two wait for the second officer."""
    clerk = account_id("daicho")
    first, *rest = (_victim(number) for number in (1, 4, 10))
    said = Said(
        "self", Recipient.COMPANY, ["A1", "A4", "R3"], "signed", recipient="見本損害保険", purpose="保険金の請求"
    )
    consents.give(first.id, said, actor=f"account:{clerk}")
    application = {
        "applicant": "見本損害保険 代表 見本 一",
        "victim": "別紙のとおり",
        "range": "氏名、住所、罹災証明書",
        "use": "保険金の支払い",
    }
    insurer = Asked(
        Ground.CONSENT, Recipient.COMPANY, "見本損害保険", str(first.number), ("A1", "A4", "R3"), "保険金の支払い", application=application, confirmed=1
    )  # fmt: skip
    giving.give(insurer, clerk)
    wide = Asked(Ground.WIDE, Recipient.GOVERNMENT, "見本市", str(first.number), (), "一時滞在先での援護", confirmed=1)
    giving.give(wide, clerk)
    many = ",".join(str(one.number) for one in rest)
    waiting = Asked(Ground.WIDE, Recipient.GOVERNMENT, "見本市", many, (), "一時滞在先での援護", confirmed=1)
    giving.propose(waiting, "一時滞在の受入れが決まったため", clerk)
    wiping.propose("inquiries", "照会の保存期間が過ぎたため", clerk)
    _inquiries()
    _protected()


def _victim(number: int) -> Victim:
    """The entry of a household's head in the ledger."""
    mine = Victim.resident_id == household(number)[0].id
    return db.session.scalars(select(Victim).where(mine)).one()


def _inquiries() -> None:
    """One that hears where somebody is, one of whom nothing is known."""
    person = db.session.scalars(select(Person).where(Person.resident_id == household(4)[0].id)).one()
    window = db.session.get_one(Account, account_id("anpi"))
    known = Question(
        name="見本 遠子", address="名古屋市見本区1-1", relation="relative", proof="licence", reason="連絡が取れないため", wanted_name="",
        wanted_kana=f"{person.kana_family} {person.kana_given}", wanted_address="", wanted_birth=person.birth_raw, wanted_sex="", tier="related",
    )  # fmt: skip
    asking.ask(known, window)
    asking.ask(
        Question(
            name="見本 友人", address="津市見本町1", relation="friend", proof="remote", reason="連絡が取れないため", wanted_name="", wanted_sex="",
            wanted_kana=f"{HIDDEN[2]} {HIDDEN[3]}", wanted_address="", wanted_birth=HIDDEN[4], tier="other",
        ),
        window,
    )  # fmt: skip


def _protected() -> None:
    """Somebody whom nobody but the named officers finds; two asked after her."""
    number, start = ids.new(), millis(clock.now())
    family, given, kana_family, kana_given, birth = HIDDEN
    fields = {
        "family": family,
        "given": given,
        "kana_family": kana_family,
        "kana_given": kana_given,
        "birth": birth,
        "sex": "f",
    }
    stay = {"person": number, "place": "relatives", "start": start}
    with transaction() as session:
        entries = [Entry(Kind.PERSON, number, fields), Entry(Kind.STAY, ids.new(), stay)]
        entering.enter_all(session, entries, actor=f"account:{account_id('hitoku')}")
    victims.build(actor="cli")
    first, second = account_id("hitoku"), account_id("hitoku2")
    wanted = Wanted(
        Protection.HIDDEN,
        "support",
        "見本：支援措置の決定通知",
        second,
        person_id=number,
        abuser_name="見本 加害",
        alias="仮名 みかん",
    )
    orders.protect(wanted, first)
    with transaction() as session:
        finding.asked(
            session, db.session.get_one(Account, account_id("honbu")), f"{kana_family} {kana_given}", "support"
        )
    sought.tell()
