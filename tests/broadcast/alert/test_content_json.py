"""What is frozen comes back as it was."""

import json

from broadcast.alert import content_json
from broadcast.alert.compose import Origin, get
from broadcast.alert.preview import preview
from broadcast.cap.vocabulary import Kind, MsgType
from tests.broadcast.town import Town


def test_a_frozen_alert_and_its_texts_come_back_unchanged(town: Town) -> None:
    first = town.approved()
    shown = preview(get(town.composed(origin=Origin(MsgType.UPDATE, references_id=first), kind=Kind.EMERGENCY)))
    plain = json.loads(json.dumps(content_json.dump(shown.content), ensure_ascii=False))
    assert content_json.load(plain) == shown.content
    texts = json.loads(json.dumps(content_json.dump_texts(shown.texts), ensure_ascii=False))
    assert content_json.load_message(texts["sms"]["ja"]) == shown.texts["sms"]["ja"]


def test_the_digest_changes_with_text_and_audience(town: Town) -> None:
    one = preview(get(town.composed()))
    same = content_json.digest(one.content, one.texts, "rule")
    assert same == content_json.digest(one.content, one.texts, "rule")
    assert same != content_json.digest(one.content, one.texts, "other rule")
