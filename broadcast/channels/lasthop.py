"""The drill block in the last hop: a drill reaches no real channel, whatever went wrong before (DESIGN 3.7).

In 2018 a drill of a city went out to 4,600 people through a forgotten link; the block therefore sits in each channel's
own ``send``.
"""

from broadcast.cap.vocabulary import Mode
from broadcast.channels.contract import Message


def refuse_drill(message: Message) -> None:
    """Let only live texts pass.

    Raises:
        ValueError: the message belongs to a drill.
    """
    if message.extra.get("mode") == Mode.DRILL:
        raise ValueError("a drill message reached a real channel")
