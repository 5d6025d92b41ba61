"""Documents in the shape of Lアラート: form, editions, and what must never be in them."""

import re
from datetime import timedelta

import pytest
from hypothesis import given, settings
from lxml import etree

from broadcast.alert.content import Content, Reference
from broadcast.cap.vocabulary import Hazard, Kind, Mode, MsgType
from broadcast.lalert import bodies, editions, envelope, schema
from broadcast.lalert.bodies import Site
from broadcast.lalert.issue import Category, Issue, Sent
from broadcast.lalert.names import NAMESPACES, NOT_CERTIFIED
from tests.broadcast.contents import AREAS, EXPIRES, ISSUED, SHELTERS, content
from tests.broadcast.strategies import contents

SITES = {
    SHELTERS[0].name: Site("東員町笹尾西2-1-1", "避難所", "指定避難所", 35.099555, 136.592357, 300),
    SHELTERS[1].name: Site(),
}


def issue(*alerts: Content) -> Issue:
    """The edition that the last of these is, ten minutes apart."""
    chain = [Sent(f"243248-{n}", alert, ISSUED + n * timedelta(minutes=10)) for n, alert in enumerate(alerts)]
    return Issue(chain, "bosai.example.jp:8443")


def document(edition: Issue) -> bytes:
    body = {
        Category.EVACUATION_ORDER: lambda: bodies.evacuation(edition, 25700),
        Category.SHELTER: lambda: bodies.shelters(edition, SITES),
        Category.GENERAL_INFORMATION: lambda: bodies.notice(edition),
    }[edition.category]()
    return envelope.document(editions.edition(edition), body)


def found(edition: Issue, path: str) -> list[str]:
    return etree.fromstring(document(edition)).xpath(f"//{path}/text()", namespaces=NAMESPACES)


@settings(max_examples=80, deadline=None)
@given(contents())
def test_every_alert_makes_a_document_of_the_described_form(alert: Content) -> None:
    written = document(issue(alert))
    assert schema.problems(written) == []
    assert written == document(issue(alert))
    assert NOT_CERTIFIED.encode() in written.split(b"contentObject")[0]


ORDER = content(Kind.EVACUATE, areas=AREAS[14:16])


def test_an_order_names_its_areas_with_the_time_and_says_issued() -> None:
    edition = issue(ORDER)
    assert found(edition, "pcx_ev:Sort") == ["避難指示"]
    assert found(edition, "pcx_ev:IssueOrLift") == ["発令"]
    assert found(edition, "pcx_ev:Area//commons:areaName") == ["大字長深", "大字長深築田"]
    assert found(edition, "pcx_ev:Area/pcx_ev:DateTime") == ["2026-09-12T15:04:00+09:00"] * 2
    assert found(edition, "commons:jisX0402") == ["243248"]
    assert found(edition, "edxlde:distributionStatus") == ["Actual", "Actual"]
    assert found(edition, "pcx_ib:Title") == ["東員町：避難情報　発令"]
    assert found(edition, "pcx_ev:HeadCount") == []  # nobody counted the people of a district: left out, never 0


def test_the_whole_municipality_has_a_number_of_people() -> None:
    edition = issue(content(Kind.EMERGENCY, whole_town=True))
    assert set(found(edition, "pcx_ev:HeadCount")) == {"25700"}
    assert found(edition, "pcx_ev:Area//commons:areaName") == ["東員町全域"]


def test_corrections_are_editions_of_the_same_document() -> None:
    update = content(
        Kind.EVACUATE, areas=AREAS[14:17], msg_type=MsgType.UPDATE, correction="鳥取を加えました。",
        reference=Reference(122, Kind.EVACUATE, ISSUED),
    )  # fmt: skip
    first, second = issue(ORDER), issue(ORDER, update)
    assert first.document_id == second.document_id
    assert (first.revision, second.revision) == (1, 2)
    assert (first.type, second.type) == ("Report", "Update")
    assert found(first, "commons:previousDocumentRevision") == []
    assert found(second, "commons:contentObject/commons:previousDocumentRevision") == ["1"]
    assert found(second, "edxlde:distributionReference") == [
        f"{first.distribution_id(first.now)},saigai-honbu@bosai.example.jp,2026-09-12T15:04:00+09:00"
    ]
    assert found(second, "pcx_ev:Area/pcx_ev:DateTime") == [
        "2026-09-12T15:04:00+09:00",
        "2026-09-12T15:04:00+09:00",
        "2026-09-12T15:14:00+09:00",  # the district that the correction added
    ]
    assert found(second, "pcx:Errata/pcx_eb:Description") == ["鳥取を加えました。"]
    assert found(second, "pcx_ib:FirstCreateDateTime") == ["2026-09-12T15:04:00+09:00"]


def test_an_extension_corrects_nothing() -> None:
    longer = content(
        Kind.EVACUATE, msg_type=MsgType.UPDATE, extends=True, correction="川の水位がまだ高いためです。",
        expires=EXPIRES + timedelta(hours=6),
    )  # fmt: skip
    assert found(issue(ORDER, longer), "pcx:Errata//text()") == []


def test_lifting_keeps_the_word_that_it_lifts() -> None:
    lift = content(
        Kind.LIFT, lifted=Kind.EVACUATE, msg_type=MsgType.UPDATE, areas=AREAS[14:16],
        reference=Reference(122, Kind.EVACUATE, ISSUED),
    )  # fmt: skip
    edition = issue(ORDER, lift)
    assert found(edition, "pcx_ev:Sort") == ["避難指示"]
    assert found(edition, "pcx_ev:IssueOrLift") == ["解除"]
    assert edition.type == "Update"
    assert found(edition, "pcx_ev:Area/pcx_ev:DateTime") == ["2026-09-12T15:14:00+09:00"] * 2
    assert found(edition, "pcx_ib:Title") == ["東員町：避難情報　解除"]


def test_a_withdrawal_cancels_but_a_withdrawn_lift_puts_the_order_in_force_again() -> None:
    cancel = content(Kind.EVACUATE, msg_type=MsgType.CANCEL, areas=AREAS[14:16], correction="誤って送りました。")
    assert issue(ORDER, cancel).type == "Cancel"
    assert "誤り" in found(issue(ORDER, cancel), "pcx_ib:Text")[0]
    lift = content(Kind.LIFT, lifted=Kind.EVACUATE, msg_type=MsgType.UPDATE, areas=AREAS[14:16])
    again = content(
        Kind.LIFT, lifted=Kind.EVACUATE, msg_type=MsgType.CANCEL, areas=AREAS[14:16],
        reference=Reference(123, Kind.LIFT, ISSUED),
    )  # fmt: skip
    edition = issue(ORDER, lift, again)
    assert (edition.type, edition.revision) == ("Update", 3)
    assert found(edition, "pcx_ev:IssueOrLift") == ["発令"]
    assert found(edition, "pcx_ev:Area/pcx_ev:DateTime") == ["2026-09-12T15:04:00+09:00"] * 2


def test_a_drill_is_an_exercise_and_says_so() -> None:
    edition = issue(content(Kind.EVACUATE, mode=Mode.DRILL))
    assert found(edition, "edxlde:distributionStatus") == ["Exercise", "Exercise"]
    assert found(edition, "pcx_ib:Title") == ["【訓練】東員町：避難情報　発令"]
    assert found(edition, "pcx_ib:Text")[0].startswith("【訓練】")


def test_shelters_have_what_is_known_and_nothing_else() -> None:
    edition = issue(content(Kind.SHELTERS, whole_town=True, shelters=SHELTERS[:2]))
    assert found(edition, "commons:category") == ["SHELTER"]
    assert found(edition, "pcx_sh:Sort") == ["開設", "開設"]
    assert found(edition, "pcx_sh:Capacity") == ["300"]
    assert found(edition, "edxlde:circle") == ["35.099555,136.592357 0"]
    assert found(edition, "pcx_sh:TotalNumberOfShelter") == ["2"]
    assert found(edition, "pcx_sh:HeadCount") == []


def test_a_notice_has_its_heading_text_and_address() -> None:
    edition = issue(content(Kind.NOTICE, Hazard.OTHER, title="断水のお知らせ", situation="工事のためです。"))
    assert found(edition, "commons:category") == ["GENERAL_INFORMATION"]
    assert found(edition, "pcx_gi:Title") == ["断水のお知らせ"]
    assert found(edition, "pcx_gi:Description") == ["工事のためです。"]
    assert found(edition, "pcx_gi:URL") == ["https://toin.example/alerts/123"]


def test_no_time_is_without_the_zone_of_japan() -> None:
    times = re.findall(r"\d{4}-\d\d-\d\dT[^<,]*", document(issue(ORDER)).decode())
    assert len(times) > 6
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+09:00", time) for time in times)


@pytest.mark.parametrize(
    ("wrong", "with_this"),
    [
        (b"+09:00</edxlde:dateTimeSent>", b"Z</edxlde:dateTimeSent>"),
        (b"+09:00</pcx_ib:CreateDateTime>", b"</pcx_ib:CreateDateTime>"),
        (b">243248<", b">24324<"),
        ("避難指示</pcx_ev:Sort>".encode(), "避難勧告</pcx_ev:Sort>".encode()),
        (b">Actual<", b">Live<"),
        ("大字長深</commons:areaName>".encode(), b"</commons:areaName>"),
        (b"UNCLASSIFIED AND NOT SENSITIVE", b""),
        ("（認証を受けたものではありません）</edxlde:contentDescription>".encode(), b"</edxlde:contentDescription>"),
    ],
)
def test_the_description_refuses_what_breaks_the_rules(wrong: bytes, with_this: bytes) -> None:
    written = document(issue(ORDER))
    assert wrong in written
    assert schema.problems(written.replace(wrong, with_this, 1))
