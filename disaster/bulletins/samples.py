"""Sample telegrams of the demo (``disaster/demo/telegrams``, see SOURCES.md there), loaded as if they were announced now."""

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from lxml import etree

from disaster.bulletins import intake
from disaster.bulletins.reading.document import Element, local, parse
from disaster.core import clock
from disaster.core.errors import Missing
from disaster.core.settings import settings

FOLDER = Path(__file__).parent.parent / "demo" / "telegrams"
_TIMES = ("ReportDateTime", "TargetDateTime", "OriginTime", "ArrivalTime")
_SAID = re.compile(r"[０-９]+日[０-９]+時[０-９]+分ころ")


@dataclass(frozen=True)
class Sample:
    """One sample; ``edited`` says whether its areas were changed to the town's."""

    key: str
    file: str
    title: str
    edited: bool


SAMPLES = (
    Sample("heavy-rain-3", "toin_VPWW55_heavy-rain_level3.xml", "レベル３大雨警報（VPWW55）", True),
    Sample("landslide-4", "toin_VPWW56_landslide_level4.xml", "レベル４土砂災害危険警報（VPWW56）", True),
    Sample("landslide-lifted", "toin_VPWW56_landslide_lifted.xml", "土砂災害の警報・注意報の解除（VPWW56）", True),
    Sample("quake", "32-35_07_06_240613_VXSE53.xml", "震源・震度に関する情報（VXSE53、東員町は震度3）", False),
)


def redated(data: bytes, now: datetime) -> bytes:
    """The telegram as if it were announced now: its times, the time said in its headline, and an earthquake's EventID."""
    root = parse(data)
    stamp = clock.iso_jst(now)
    for element in root.iter():
        name = local(element)
        if name in _TIMES:
            element.text = stamp
        elif name == "DateTime" and local(element.getparent()) == "Control":
            element.text = f"{now:%Y-%m-%dT%H:%M:%SZ}"
        elif name == "EventID" and re.fullmatch(r"\d{14}", element.text or ""):
            element.text = f"{clock.jst(now):%Y%m%d%H%M%S}"
        elif name == "Text":
            _say_now(element, now)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def _say_now(element: Element, now: datetime) -> None:
    local_time = clock.jst(now)
    said = f"{local_time.day}日{local_time:%H}時{local_time:%M}分ころ".translate(
        str.maketrans("0123456789", "０１２３４５６７８９")
    )
    element.text = _SAID.sub(said, element.text or "")


def load(key: str, *, actor: str, now: datetime | None = None) -> intake.Received:
    """Take in a sample with the present time.

    Raises:
        Missing: there is no such sample, or the demo is not on.
    """
    sample = next((each for each in SAMPLES if each.key == key), None)
    if sample is None or not settings().demo:
        raise Missing("この見本はありません。")
    now = now or clock.now()
    data = redated((FOLDER / sample.file).read_bytes(), now)
    return intake.receive(data, name=sample.file, source=intake.Source.SAMPLE, actor=actor, now=now)
