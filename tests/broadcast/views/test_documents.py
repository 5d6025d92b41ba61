"""The page of what is entered by hand, and the document for Lアラート."""

from lxml import etree, html

from broadcast.cap.vocabulary import Mode
from broadcast.lalert import schema
from broadcast.lalert.names import NOT_CERTIFIED
from tests.broadcast.town import Town
from tests.broadcast.views.browsing import Person, text_of


def path(alert_id: int, end: str = "hand-entry") -> str:
    return f"/headquarters/alerts/{alert_id}/{end}"


def test_the_record_leads_to_the_approved_text_field_by_field(town: Town, writer: Person) -> None:
    alert_id = town.approved()
    assert path(alert_id) in writer.open(path(alert_id, "record"))
    page = writer.open(path(alert_id))
    form = html.fromstring(page)
    assert form.xpath("//input[@id='cell-title']/@value") == ["警戒レベル4避難指示"]
    assert "員弁川" in form.xpath("//textarea[@id='cell-body']")[0].text
    said = text_of(page)
    assert "このままでは入力できません" not in said
    assert said.count("入ります（") == 2
    assert NOT_CERTIFIED in said
    assert "避難情報" in form.xpath("//label[text()='情報の種類']/..//@value")


def test_what_somebody_types_is_checked_kept_and_sent_nowhere(town: Town, writer: Person) -> None:
    alert_id = town.approved()
    answer = writer.press(path(alert_id), "/hand-entry", title="避難指示", body="①番の橋へ\n電話は0594-86-2824")
    said = text_of(answer.get_data(as_text=True))
    assert "本文の1行目・1文字目の「①」は使えません（機種依存文字など）。「1」に書きかえてください。" in said
    assert "本文の2行目に電話番号「0594-86-2824」があります。" in said
    assert "承認された文面と違います" in said
    assert html.fromstring(answer.get_data(as_text=True)).xpath("//textarea[@id='cell-body']")[0].text.split("\n")[
        -2:
    ] == [
        "①番の橋へ",
        "電話は0594-86-2824",
    ]
    assert "警戒レベル4避難指示" in writer.open(path(alert_id))


def test_a_text_that_only_one_carrier_takes_says_so(town: Town, writer: Person) -> None:
    alert_id = town.approved()
    answer = writer.press(path(alert_id), "/hand-entry", title="避難指示", body="あ" * 300)
    said = text_of(answer.get_data(as_text=True))
    assert "あと200文字" in said
    assert "＊104文字多いので、入りません（題名と合わせて200文字まで）" in said
    assert "この文面は入力できます。" in said
    too_long = writer.press(path(alert_id), "/hand-entry", title="避難指示", body="あ" * 501)
    assert "本文は500文字までです（いまは501文字）。" in text_of(too_long.get_data(as_text=True))


def test_a_drill_asks_for_the_word_and_is_an_exercise(town: Town, writer: Person) -> None:
    alert_id = town.approved(mode=Mode.DRILL)
    assert "【訓練】ほかの組織の画面には入力しないでください。" in text_of(writer.open(path(alert_id)))
    answer = writer.press(path(alert_id), "/hand-entry", title="避難指示", body="逃げてください。")
    assert "訓練の文面です。題名に「訓練」か「テスト」と書いてください。" in text_of(answer.get_data(as_text=True))
    document = writer.client.get(path(alert_id, "lalert.xml"))
    assert document.headers["Content-Disposition"].startswith('attachment; filename="kunren-evacuation_order-')
    assert b"<edxlde:distributionStatus>Exercise<" in document.data


def test_the_document_is_a_file_of_the_described_form_and_always_the_same(town: Town, writer: Person) -> None:
    alert_id = town.approved()
    first, again = (writer.client.get(path(alert_id, "lalert.xml")) for _ in range(2))
    assert first.mimetype == "application/xml"
    assert first.data == again.data
    assert schema.problems(first.data) == []
    assert etree.fromstring(first.data).tag.endswith("EDXLDistribution")


def test_what_was_not_sent_has_no_document(town: Town, writer: Person) -> None:
    alert_id = town.composed()
    assert writer.client.get(path(alert_id, "lalert.xml")).status_code == 404
    assert writer.client.get(path(alert_id)).status_code == 404
