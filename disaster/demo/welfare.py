"""The demonstration's people who need care: at home, in a car, with relatives, one of them with an oxygen bottle. Nobody of them exists. After ``recovery``."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from disaster.core import clock
from disaster.core.db import transaction
from disaster.core.extensions import db
from disaster.core.municipality import municipality
from disaster.demo.recovery import account_id
from disaster.staff.models import Account
from registry.intake import ids
from registry.intake.entering import Entry, enter_all
from registry.intake.projection import millis
from registry.models.welfare import CareContact, CareReferral, CareReferralStep
from registry.vocabulary import Kind
from registry.welfare import assessing, contacts, equipment, referring
from registry.welfare.assessing import Said
from registry.welfare.referring import Target


@dataclass(frozen=True, slots=True)
class Person:
    """One of them. ``care_note`` stays sealed."""

    family: str
    given: str
    kana: str
    age: int
    sex: str
    care: tuple[str, ...]
    care_note: str
    place: str
    hours: int  # since they came there


PEOPLE = (
    Person("見本", "清", "ミホン キヨシ", 78, "m", ("elderly", "device"), "在宅酸素。毎分2リットル。", "home", 20),
    Person("例田", "梅", "レイダ ウメ", 86, "f", ("elderly", "nursing"), "要介護3。夜に一人で歩けない。", "home", 44),
    Person("架空", "光", "カクウ ヒカリ", 6, "f", ("device", "developmental"), "たんの吸引が1日6回。", "relatives", 18),
    Person("試川", "葵", "タメシカワ アオイ", 31, "f", ("pregnant",), "妊娠34週。", "car", 30),
    Person("仮屋", "守", "カリヤ マモル", 67, "m", ("internal", "device"), "透析は火・木・土。桑名の病院。", "home", 26),
    Person("雛形", "リン", "ヒナガタ リン", 34, "f", ("language", "infant"), "ポルトガル語。生後5か月の子がいる。", "car", 12),
    Person("写野", "秋", "ウツシノ アキ", 81, "f", ("elderly",), "", "home", 40),
    Person("空欄", "千代", "ソラン チヨ", 90, "f", ("elderly", "nursing"), "認知症。娘と二人暮らし。", "home", 50),
    Person("標山", "健", "シメヤマ ケン", 45, "m", ("physical",), "車いす。", "relatives", 15),
)  # fmt: skip


def fill() -> int:
    """All of them, some of whom were already reached; how many. Again changes nothing."""
    if db.session.scalar(select(CareContact.id).limit(1)) is not None:
        return 0
    account = db.session.get_one(Account, account_id("fukushi"))
    with transaction() as session:
        numbers = _people(session, account.actor)
    oxygen, bedridden, _, mother, dialysis, _, alone, daughter, chair = numbers
    equipment.note(account, oxygen, ["oxygen"], "ボンベの予備は1本。", "5", seen_id=0, key=ids.new())
    for number, result, note in (
        (bedridden, "family", "娘さんと電話。夜の見守りに困っている。"),
        (mother, "talked", "おなかの張りはない。車中泊を続けたくない。"),
        (dialysis, "talked", "次の透析は木曜。送迎があれば行ける。"),
        (alone, "unreached", "電話に出ない。"),
        (daughter, "absent", "呼び鈴に返事がない。"),
        (chair, "talked", "親戚の家は段差がなく、困っていない。"),
    ):
        contacts.log(account, number, result, note, key=ids.new())
    due = (clock.jst(clock.now()).date() + timedelta(days=1)).isoformat()
    for number, said in (
        (bedridden, Said("shelter", "today", due, "夜の介助が要る。")),
        (dialysis, Said("home", "today", due, "木曜の送迎を手配する。")),
        (chair, Said("home", "later", "", "支援なしで過ごせる。")),
    ):
        assessing.assess(account, number, said, seen_id=0, key=ids.new())
    asked = referring.request(
        account, bedridden, Target(place="見本の特別養護老人ホーム", carer="娘"), "", key=ids.new()
    )
    _since_yesterday(asked)
    return len(PEOPLE)


def _people(session: Session, actor: str) -> list[str]:
    now, areas, numbers, entries = millis(clock.now()), municipality().areas, [], []
    for place, one in enumerate(PEOPLE):
        start = now - one.hours * 3_600_000
        number, (kana_family, kana_given) = ids.new(start), one.kana.split()
        area = areas[place % len(areas)]
        fields = {
            "family": one.family, "given": one.given, "kana_family": kana_family, "kana_given": kana_given, "age": one.age, "sex": one.sex,
            "care": list(one.care), "care_note": one.care_note, "phone": f"090-0000-20{place:02}", "area": area.code,
            "address": f"東員町{area.name}{place + 1}番地",
        }  # fmt: skip
        stay = {"person": number, "place": one.place, "start": start}
        entries += [Entry(Kind.PERSON, number, fields), Entry(Kind.STAY, ids.new(start), stay)]
        numbers.append(number)
    enter_all(session, entries, actor=actor)
    return numbers


def _since_yesterday(referral_id: int) -> None:
    """The referral was made 26 hours ago, so that the page shows what is late."""
    with transaction() as session:
        at = clock.now() - timedelta(hours=26)
        session.execute(update(CareReferral).where(CareReferral.id == referral_id).values(requested_at=at))
        mine = CareReferralStep.referral_id == referral_id
        session.execute(update(CareReferralStep).where(mine).values(at=at))
