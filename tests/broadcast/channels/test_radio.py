"""The disaster radio: publishing is the acceptance."""

import uuid

import pytest

from broadcast.channels.contract import Accepted, ChannelDown, Message, SilentWire, Target
from broadcast.channels.radio import RadioChannel

MESSAGE = Message("radio", "ja", "こちらは、ぼうさいとういんです。", extra={"mode": "live"})
PUBLIC = Target(1, str(uuid.uuid4()))


def test_the_text_counts_as_published_at_once() -> None:
    channel = RadioChannel("station-token")
    assert channel.problems() == []
    assert list(channel.send(MESSAGE, [PUBLIC], SilentWire())) == [(PUBLIC, Accepted("published"))]
    assert channel.settle(MESSAGE, PUBLIC) == Accepted("published")
    channel.close()


def test_without_a_token_no_station_can_read_it() -> None:
    channel = RadioChannel("")
    assert "DISASTER_RADIO_TOKEN" in channel.problems()[0]
    with pytest.raises(ChannelDown):
        channel.send(MESSAGE, [PUBLIC], SilentWire())


def test_a_drill_is_not_published() -> None:
    with pytest.raises(ValueError, match="drill"):
        RadioChannel("t").send(Message("radio", "ja", "【訓練】", extra={"mode": "drill"}), [PUBLIC], SilentWire())
