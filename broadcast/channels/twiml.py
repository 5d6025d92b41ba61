"""TwiML: what Twilio says and asks for in a call (https://www.twilio.com/docs/voice/twiml).

Every text goes through Twilio's own library, which escapes it; nothing that an officer wrote can become markup.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from twilio.twiml.voice_response import Gather, Say, VoiceResponse

LIMIT = 4000  # characters of the parameter Twiml (CreateCall, https://www.twilio.com/docs/voice/api/call-resource)
PAUSE = "600ms"  # between sentences: people write down, or think
WAIT_SECONDS = 6  # for a key after the last word
TIMES = 2  # that a text is said by itself, before nobody pressed anything


@dataclass(frozen=True, slots=True)
class Voice:
    """Who speaks: Twilio's language and voice (``ja-JP``, ``Polly.Takumi-Neural``)."""

    language: str
    name: str


def announcement(
    words: Sequence[str], closing: Sequence[str], voice: Voice, action: str, *, first: Sequence[str] = ()
) -> str:
    """Say ``first`` once, then ``words`` twice while listening for one key, which is posted to ``action``; then ``closing``, and hang up.

    Whoever presses nothing has still heard everything: the text is in the document, and no server of ours is asked for it.
    """
    response = VoiceResponse()
    if first:
        response.append(_say(first, voice))
    gather = Gather(num_digits=1, action=action, method="POST", timeout=WAIT_SECONDS)
    gather.append(_say(words, voice, loop=TIMES))
    response.append(gather)
    response.append(_say(closing, voice))
    response.hangup()
    return str(response)


def menu(
    parts: Sequence[tuple[Sequence[str], Voice]],
    action: str,
    *,
    then: str = "",
    closing: tuple[Sequence[str], Voice] | None = None,
) -> str:
    """Say every part in its voice while listening for one key, which is posted to ``action``; where none came, go on at ``then``, or close."""
    response = VoiceResponse()
    gather = Gather(num_digits=1, action=action, method="POST", timeout=WAIT_SECONDS)
    for words, voice in parts:
        gather.append(_say(words, voice))
    response.append(gather)
    if then:
        response.redirect(then, method="POST")
    elif closing:
        response.append(_say(*closing))
        response.hangup()
    return str(response)


def farewell(words: Sequence[str], voice: Voice) -> str:
    """Say it and hang up."""
    response = VoiceResponse()
    response.append(_say(words, voice))
    response.hangup()
    return str(response)


def _say(words: Sequence[str], voice: Voice, loop: int | None = None) -> Say:
    """One sentence after another, with a pause between."""
    say = Say(language=voice.language, voice=voice.name, loop=loop)
    for number, sentence in enumerate(words):
        if number:
            say.break_(time=PAUSE)
        say.s(sentence)
    return say
