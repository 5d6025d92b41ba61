"""The demonstration weeks after a flood: evacuees in the ledger, certificates at every stage, aid that was paid and must be looked at again.

Everybody is of the sample residents' list; nobody of them exists. All of it is done by the steps that the pages use, as the
sample staff. Again changes nothing.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from PIL import Image, ImageDraw
from sqlalchemy import select

from disaster.core import clock
from disaster.core.db import transaction
from disaster.core.extensions import db
from disaster.core.municipality import municipality
from disaster.incidents import laws, running
from disaster.shelters import directory
from disaster.staff.models import Account
from registry.aid import cases, finding, measures
from registry.aid.states import CaseState
from registry.damage import applying, given, handling, households, issuing, surveys
from registry.damage.handling import Building
from registry.damage.surveys import Finding
from registry.damage.vocabulary import State
from registry.intake import ids
from registry.intake.entering import Entry, enter_all
from registry.intake.projection import millis
from registry.ledger import victims
from registry.models.aid import AidCase
from registry.models.certificates import DamageApplication, Survey
from registry.models.people import Resident
from registry.residents import linking
from registry.vocabulary import Kind

AGO = timedelta(days=40)
SHELTER = "稲部小学校"
GIFT = "town_gift"
GIFTS = {"total": 300_000, "large_half": 200_000, "middle_half": 150_000, "half": 100_000, "near_half": 30_000}
FORM = {
    "kind": "dwelling", "relation": "self", "email": "", "head": "", "building": "", "tenure": "owner", "cause": "大雨", "members": "", "remarks": "",
}  # fmt: skip
EVACUEES = (1, 4, 10, 16)  # households of the sample list that were at the shelter


@dataclass(frozen=True, slots=True)
class Story:
    """How far the application of one household of the sample list went.

    ``ratio``: of the survey; ``approved``: by another; ``again``: of the one that followed.
    """

    household: int
    damage: str
    until: State
    ratio: str = ""
    again: str = ""
    online: bool = False
    aid: bool = False
    approved: bool = True


STORIES = (
    Story(1, "床上１メートル。畳と壁が使えません。", State.ISSUED, "23.5", again="43", online=True, aid=True),
    Story(4, "土砂が入り、柱が傾きました。", State.ISSUED, "52"),
    Story(7, "床上30センチ", State.ISSUED, "21"),
    Story(10, "屋根が飛び、雨もりがします。", State.JUDGED, "14"),
    Story(13, "床下に水が入りました。", State.JUDGED, "8", approved=False),
    Story(25, "床がぬれて、ふくらんでいます。", State.SURVEYING),
    Story(16, "床上まで水が来ました。", State.WAITING, online=True),
    Story(19, "壁にひびが入りました。", State.RECEIVED, online=True),
    Story(22, "窓が割れました。", State.WITHDRAWN),
)


def fill() -> int:
    """Fill it; how many applications were made now."""
    if db.session.scalar(select(DamageApplication.id).limit(1)) is not None:
        return 0
    clerk = _account("daicho")
    with transaction() as session:
        incident = running.ensure(session, actor=clerk)
    day = clock.jst(clock.now() - AGO).date().isoformat()
    running.describe(incident, "見本の台風（訓練用の見本）", "台風第10号", day, actor=clerk)
    for law in ("support", "relief"):
        laws.switch(incident, law, day, actor=clerk)
    _evacuees(clerk)
    linking.link(incident)
    victims.build(actor=clerk)
    body = {"open": True, "yen": GIFTS, "contact": "見本課 0594-00-0000"}
    measures.change(incident, GIFT, body, seen=0, actor=_account("kyufu"))
    for story in STORIES:
        _tell(story, incident, clerk)
    finding.find()
    return len(STORIES)


def household(number: int) -> Sequence[Resident]:
    """The people of one household of the sample list, the head first."""
    heads = select(Resident.household_key).where(Resident.relation == "世帯主").order_by(Resident.id)
    key = db.session.scalars(heads.offset(number - 1).limit(1)).one()
    return victims.residents_of(db.session(), [key])[key]


def _account(login: str) -> str:
    return f"account:{account_id(login)}"


def account_id(login: str) -> int:
    """The number of a sample account."""
    return db.session.scalars(select(Account.id).where(Account.login == login)).one()


def _evacuees(actor: str) -> None:
    """Some households that fled for two nights and went home."""
    start = millis(clock.now() - AGO)
    shelter = next(one.id for one in directory.all_shelters() if one.name == SHELTER)
    entries: list[Entry] = []
    for number in EVACUEES:
        group = ids.new(start)
        people = household(number)
        told = {
            "surname": people[0].name.split()[0],
            "address": people[0].address,
            "consent": {"relatives": True, "posting": number == 1},
        }
        entries.append(Entry(Kind.HOUSEHOLD, group, told, shelter))
        for one in people:
            person = ids.new(start)
            family, given_name = one.name.split()
            kana_family, kana_given = one.kana.split()
            fields = {
                "family": family, "given": given_name, "kana_family": kana_family, "kana_given": kana_given, "birth": one.birth_raw,
                "sex": str(one.sex), "address": one.address, "household": group, "safety": "safe",
                "phone": f"090-0000-10{number:02}", "relation": one.relation,
            }  # fmt: skip
            stay = {
                "person": person,
                "place": "shelter",
                "shelter": shelter,
                "start": start,
                "end": start + 2 * 86_400_000,
                "reason": "home",
            }
            entries += [Entry(Kind.PERSON, person, fields, shelter), Entry(Kind.STAY, ids.new(start), stay, shelter)]
    with transaction() as session:
        enter_all(session, entries, actor=actor)


def _tell(story: Story, incident: int, clerk: str) -> None:
    """One application as far as it went."""
    head = household(story.household)[0]
    form = {
        **FORM, "name": head.name, "kana": head.kana, "birth": head.birth_raw, "address": head.address, "place": head.address,
        "phone": f"090-0000-10{story.household:02}", "damage": story.damage,
    }  # fmt: skip
    channel = "online" if story.online else "counter"
    application = applying.receive(
        given.read(form), channel=channel, actor=applying.RESIDENT if story.online else clerk
    )
    if story.online:
        applying.keep_files(application, [_photograph(story.damage)], actor=applying.RESIDENT)
    if story.until == State.RECEIVED:
        return
    if story.until == State.WITHDRAWN:
        handling.end(
            application, State.WITHDRAWN, "本人の申出（保険で直すため）", seen=_row(application).version, actor=clerk
        )
        return
    area = municipality().area_by_code.get(head.area_code)
    where = (area.lat, area.lng) if area else (None, None)
    building = Building(head.address, structure="木造", area_code=head.area_code, lat=where[0], lng=where[1])
    house = handling.add_building(building, incident=incident, actor=clerk)
    with transaction() as session:
        family = households.fix(session, incident, f"residents:{head.household_key}", cleared=False, actor=clerk)
    handling.link(
        application, seen=_row(application).version, household_id=family, dwelling_id=house, tenure="owner", actor=clerk
    )
    _survey(story, application, house, clerk)


def _survey(story: Story, application: str, house: str, clerk: str) -> None:
    if story.until == State.SURVEYING:
        survey = _open(house)
        surveys.start(survey.id, seen=survey.version, actor=_account("chosa"))
    if not story.ratio:
        return
    _judge(house, story.ratio)
    if not story.approved:
        return
    _approve(house)
    if story.until != State.ISSUED:
        return
    issuing.issue(application, actor=clerk)
    if story.aid:
        _pay(application)
    if story.again:
        applying.ask_again(application, "２階の柱も傾いています。", actor=applying.RESIDENT)
        handling.accept_again(application, seen=_row(application).version, second=True, actor=clerk)
        _judge(house, story.again)
        _approve(house)
        issuing.issue(application, actor=clerk)


def _judge(house: str, ratio: str) -> None:
    survey = _open(house)
    surveys.start(survey.id, seen=survey.version, actor=_account("chosa"))
    water = {"flood": "above", "flood_cm": "60"} if float(ratio) >= 20 else {"flood": "below"}
    found = Finding(ratio, "inside", surveyors=(account_id("chosa"),), **water)
    surveys.judge(survey.id, found, seen=_open(house).version, actor=_account("chosa"))


def _approve(house: str) -> None:
    chief = account_id("chosa2")
    surveys.approve([_open(house).id], account_id=chief, actor=f"account:{chief}")


def _open(house: str) -> Survey:
    db.session.rollback()
    mine = (Survey.dwelling_id == house) & Survey.state.in_(surveys.UNDER_WAY)
    return db.session.scalars(select(Survey).where(mine)).one()


def _row(application: str) -> DamageApplication:
    db.session.rollback()
    return db.session.get_one(DamageApplication, application)


def _pay(application: str) -> None:
    """The town's gift for the first paper is paid; the second paper will open a review."""
    finding.find()
    mine = (AidCase.household_id == _row(application).household_id) & (AidCase.programme == GIFT)
    for state in (CaseState.APPLIED, CaseState.EXAMINING, CaseState.DECIDED, CaseState.PAID):
        db.session.rollback()
        case = db.session.scalars(select(AidCase).where(mine)).one()
        cases.move(case.id, state, seen=case.version, actor=_account("kyufu"))


def _photograph(words: str) -> bytes:
    """A picture that says that it is a sample."""
    picture = Image.new("RGB", (800, 600), "#7a8b99")
    drawn = ImageDraw.Draw(picture)
    drawn.rectangle((160, 240, 640, 560), fill="#c9b79c")
    drawn.polygon([(120, 250), (400, 80), (680, 250)], fill="#8a5a44")
    drawn.rectangle((0, 500, 800, 600), fill="#5b7f95")
    drawn.text((20, 20), f"SAMPLE {len(words)}", fill="white")
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=80)
    return out.getvalue()
