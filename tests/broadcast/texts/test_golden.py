"""The exact texts of representative alerts, to be read as a resident reads them: one file each in ``golden/``.

After a wanted change: ``UPDATE_GOLDEN=1 pytest tests/broadcast/texts/test_golden.py``, then read the difference in ``git diff``.
"""

import os
from pathlib import Path

import pytest

from broadcast.alert.content import Content, Reference
from broadcast.cap.vocabulary import Hazard, Kind, Mode, MsgType
from broadcast.texts import rendering
from tests.broadcast.contents import AREAS, ISSUED, SHELTERS, content

FOLDER = Path(__file__).parent / "golden"
LONG_LINK = "https://bousai-toin.example/a/12"  # 32 letters, the longest a short link may be

ALERTS: dict[str, Content] = {
    "level3_landslide_12_areas": content(Kind.ELDERLY, Hazard.LANDSLIDE, areas=AREAS[:12], shelters=SHELTERS[:4]),
    "level4_flood_2_areas": content(shelters=SHELTERS[:3]),
    "level4_flood_own_words": content(
        situation="員弁川の水位が、氾濫危険水位に達しました。",
        action="笹尾方面へ避難してください。橋は渡らないでください。",
    ),
    "level4_flood_drill_long_link": content(mode=Mode.DRILL, areas=AREAS, short_url=LONG_LINK, shelters=SHELTERS),
    "level5_flood_whole_town": content(Kind.EMERGENCY, whole_town=True, shelters=SHELTERS[:3]),
    "level5_landslide_drill": content(Kind.EMERGENCY, Hazard.LANDSLIDE, mode=Mode.DRILL),
    "level4_tsunami": content(hazard=Hazard.TSUNAMI, whole_town=True),
    "lift_flood_as_update": content(
        Kind.LIFT, msg_type=MsgType.UPDATE, areas=AREAS[17:21], reference=Reference(122, Kind.EVACUATE, ISSUED)
    ),
    "shelters_open": content(Kind.SHELTERS, Hazard.INUNDATION, whole_town=True, shelters=SHELTERS),
    "notice": content(
        Kind.NOTICE,
        Hazard.OTHER,
        areas=AREAS[14:16],
        situation="水道管の工事のため、断水しています。",
        action="14時から、給水車が三和小学校に来ます。",
    ),
    "update_level4": content(msg_type=MsgType.UPDATE, correction="対象の地区に大字中上を加えました。"),
    "extension_level4": content(msg_type=MsgType.UPDATE, extends=True, shelters=SHELTERS[:1]),
    "extension_shelters": content(
        Kind.SHELTERS, msg_type=MsgType.UPDATE, extends=True, whole_town=True, shelters=SHELTERS[:2]
    ),
    "cancel_level4": content(msg_type=MsgType.CANCEL, correction="操作の誤りで送りました。"),
    "cancel_level4_drill": content(msg_type=MsgType.CANCEL, mode=Mode.DRILL, short_url=LONG_LINK),
    "cancel_lift": content(Kind.LIFT, msg_type=MsgType.CANCEL),
    "cancel_shelters": content(Kind.SHELTERS, msg_type=MsgType.CANCEL),
    "cancel_notice": content(Kind.NOTICE, Hazard.OTHER, msg_type=MsgType.CANCEL),
}


def page(alert: Content) -> str:
    """Every text of an alert on one page."""
    parts = []
    for channel, messages in rendering.preview(alert).items():
        for language, message in messages.items():
            length = (
                f"{message.units}/{message.limit} {message.measure}"
                if message.limit
                else f"{message.units} {message.measure}"
            )
            lines = [f"==== {channel} {language} ({length})", *(f"# {note}" for note in message.notes)]
            lines += [f"Subject: {message.subject}"] if message.subject else []
            lines += [message.body.rstrip("\n")]
            lines += ["---- kana", message.extra["kana"]] if "kana" in message.extra else []
            lines += ["---- spoken", message.extra["spoken"]] if "spoken" in message.extra else []
            parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


@pytest.mark.parametrize("name", ALERTS)
def test_the_texts_are_the_ones_that_were_read(name: str) -> None:
    path, written = FOLDER / f"{name}.txt", page(ALERTS[name])
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(written, encoding="utf-8")
    assert written == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ALERTS)
def test_none_of_them_has_a_problem(name: str) -> None:
    for messages in rendering.preview(ALERTS[name]).values():
        for message in messages.values():
            assert rendering.problems(message) == []


def test_no_golden_file_is_left_over() -> None:
    assert {path.stem for path in FOLDER.glob("*.txt")} == set(ALERTS)
