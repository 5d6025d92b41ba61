"""Forms of telegrams beyond the warnings: volcanoes, 緊急地震速報, 長周期地震動, forecasts, and forms that do not exist yet."""

import time

import pytest

from disaster.bulletins.reading.facts import Bulletin, Scope
from disaster.bulletins.telegram import read

_FORM = """<?xml version="1.0" encoding="UTF-8"?>
<Report xmlns="http://xml.kishou.go.jp/jmaxml1/"><Control><Title>{title}</Title><Status>通常</Status><PublishingOffice>気象庁</PublishingOffice></Control>
<Head xmlns="http://xml.kishou.go.jp/jmaxml1/informationBasis1/"><Title>{title}</Title><ReportDateTime>2026-08-01T09:00:00+09:00</ReportDateTime>
<InfoType>発表</InfoType><Headline><Text/>{headline}</Headline></Head>
<Body xmlns="http://xml.kishou.go.jp/jmaxml1/body/{field}1/">{body}</Body></Report>"""


def _read(title: str, body: str, *, field: str = "meteorology", headline: str = "", name: str = "x.xml") -> Bulletin:
    return read(_FORM.format(title=title, body=body, field=field, headline=headline).encode(), name)


def _kinds(bulletin: Bulletin, code: str) -> list[tuple[str | None, str | None, int | None, str]]:
    area = bulletin.find(code)
    assert area is not None
    return [(kind.code, kind.name, kind.level, kind.state) for kind in area.kinds]


def test_a_volcanos_level_is_no_level_of_evacuation() -> None:
    body = """<VolcanoInfo type="噴火警報・予報（対象市町村等）"><Item><Kind><Name>レベル３（入山規制）</Name><Code>13</Code><Condition>引上げ</Condition></Kind>
    <LastKind><Name>レベル２（火口周辺規制）</Name><Code>12</Code></LastKind>
    <Areas codeType="気象・地震・火山情報／市町村等"><Area><Name>鹿児島市</Name><Code>4620100</Code></Area></Areas></Item></VolcanoInfo>"""
    found = _read("噴火警報・予報", body, field="volcanology")
    assert found.type == "VFVO50"
    assert _kinds(found, "4620100") == [("13", "レベル３（入山規制）", None, "発表")]
    assert found.city("4620100") is not None


def test_the_forecast_intensity_of_an_early_warning_is_a_kind() -> None:
    body = """<Intensity><Forecast><ForecastInt><From>6-</From><To>over</To></ForecastInt><Pref><Name>三重</Name><Code>9240</Code>
    <Area><Name>三重県北部</Name><Code>460</Code><Category><Kind><Name>緊急地震速報（警報）</Name><Code>31</Code></Kind></Category>
    <ForecastInt><From>5-</From><To>5+</To></ForecastInt></Area></Pref></Forecast></Intensity>"""
    found = _read("緊急地震速報（警報）", body, field="seismology")
    assert _kinds(found, "460") == [("5-", "予想震度５弱", None, "発表"), ("31", "緊急地震速報（警報）", None, "発表")]


def test_long_period_classes_stand_beside_the_intensity() -> None:
    body = """<Intensity><Observation><Pref><Name>三重県</Name><Code>24</Code><MaxInt>4</MaxInt><MaxLgInt>2</MaxLgInt><Area><Name>三重県北部</Name><Code>460</Code>
    <MaxInt>4</MaxInt><MaxLgInt>1</MaxLgInt><IntensityStation><Name>四日市</Name><Code>2420220</Code><Int>4</Int><LgInt>1</LgInt></IntensityStation></Area></Pref></Observation></Intensity>"""
    found = _read("長周期地震動に関する観測情報", body, field="seismology")
    assert found.type == "VXSE62"
    assert _kinds(found, "2420220") == [("4", "震度４", None, "発表"), ("1", "長周期地震動階級１", None, "発表")]


def test_a_forecast_lists_what_it_says_about_an_area() -> None:
    body = """<MeteorologicalInfos type="区域予報"><TimeSeriesInfo><Item><Kind><Property><Type>天気</Type></Property></Kind><Kind><Property><Type>風</Type></Property></Kind>
    <Area><Name>北中部</Name><Code>240010</Code></Area></Item></TimeSeriesInfo></MeteorologicalInfos>"""
    assert [name for _, name, _, _ in _kinds(_read("府県天気予報（Ｒ１）", body), "240010")] == ["天気", "風"]


def test_a_telegram_that_is_not_known_yet_is_read_by_its_form() -> None:
    body = '<Warning type="新しい情報（市町村等）"><Item><Kind><Name>レベル４新しい危険警報</Name><Code>99</Code><Status>発表</Status></Kind><Area><Name>東員町</Name><Code>2432400</Code></Area></Item></Warning>'
    found = _read("まだない情報", body)
    assert found.type is None
    assert _kinds(found, "2432400") == [("99", "レベル４新しい危険警報", 4, "発表")]
    assert _read("まだない情報", body, name="1_0_VPWW99_240000.xml").type == "VPWW99"


def test_an_area_that_only_the_headline_names_is_kept_and_the_body_wins_elsewhere() -> None:
    headline = """<Information type="気象警報・注意報（府県予報区等）"><Item><Kind><Name>大雨警報</Name><Code>03</Code></Kind><Areas codeType="気象情報／府県予報区・細分区域等">
    <Area><Name>三重県</Name><Code>240000</Code></Area><Area><Name>北中部</Name><Code>240010</Code></Area></Areas></Item></Information>"""
    body = '<Warning type="気象警報・注意報（府県予報区等）"><Item><Kind><Name>大雨警報</Name><Code>03</Code><Status>継続</Status></Kind><Area><Name>三重県</Name><Code>240000</Code></Area></Item></Warning>'
    found = _read("気象警報・注意報（Ｈ２７）", body, headline=headline)
    assert _kinds(found, "240000") == [("03", "大雨警報", None, "継続")]
    assert _kinds(found, "240010") == [("03", "大雨警報", None, "発表")]


def test_a_code_of_both_a_town_and_its_seismometer_is_the_town() -> None:
    body = """<Intensity><Observation><Pref><Name>岩手県</Name><Code>03</Code><Area><Name>岩手県内陸南部</Name><Code>213</Code><City><Name>奥州市</Name><Code>0321500</Code><MaxInt>6+</MaxInt>
    <IntensityStation><Name>奥州市水沢区大鐘町</Name><Code>0321500</Code><Int>5+</Int></IntensityStation></City></Area></Pref></Observation></Intensity>"""
    area = _read("震源・震度に関する情報", body, field="seismology").find("0321500")
    assert area is not None
    assert (area.name, area.scope, [kind.code for kind in area.kinds]) == ("奥州市", Scope.CITY, ["6+"])


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<Warning/>",
        "<Warning><Item/></Warning>",
        "<Warning><Item><Kind/><Area/></Item></Warning>",
        "<Intensity/>",
        "<?pi?><Warning type=''><Item><Areas/></Item></Warning>",
    ],
)
def test_an_empty_body_has_no_areas(body: str) -> None:
    assert _read("気象警報・注意報（Ｒ０６）（大雨）", body).areas == ()


def test_eight_megabytes_are_read_in_seconds() -> None:
    item = "<Item><Kind><Name>レベル３土砂災害警報</Name><Code>09</Code><Status>発表</Status></Kind><Area><Name>町</Name><Code>{:07}</Code></Area></Item>"
    body = (
        '<Warning type="気象警報・注意報（市町村等）">'
        + "".join(item.format(n % 5000) for n in range(38_000))
        + "</Warning>"
    )
    started = time.monotonic()
    assert len(_read("気象警報・注意報（Ｒ０６）（土砂）", body).areas) == 5000
    assert time.monotonic() - started < 20
