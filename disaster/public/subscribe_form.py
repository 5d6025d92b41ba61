"""What a resident typed on the page of subscribing, read once: the choice, the address, and a word of ours for each wrong field.

Nothing of what was typed is lost: the page is shown again with it.
"""

from dataclasses import dataclass, field

from flask import current_app
from werkzeug.datastructures import MultiDict

from broadcast.cap.vocabulary import Language, Mode
from broadcast.channels import registry
from broadcast.subscribers import addresses
from broadcast.subscribers.addresses import BadAddress, Fault
from broadcast.subscribers.enrolment import Choice
from disaster.core.municipality import municipality
from disaster.core.settings import settings

ASKED_BY_MESSAGE = ("email", "sms", "voice")
CHANNELS = (*ASKED_BY_MESSAGE, "line")
_LONGEST = 320  # letters of a typed address


@dataclass(slots=True)
class Given:
    """The form as it was sent. ``address`` is canonical once it is right; ``errors`` is ``{field: key of the words}``."""

    channel: str = ""
    email: str = ""
    phone: str = ""
    standby: bool = False
    areas: tuple[str, ...] = ()
    all_areas: bool = False
    language: str = ""
    shelters: bool = True
    notices: bool = True
    support: bool = False
    address: str = ""
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def choice(self) -> Choice:
        """What the person wants."""
        return Choice(
            language=Language(self.language),
            areas=() if self.all_areas else self.areas,
            all_areas=self.all_areas,
            wants_shelters=self.shelters,
            wants_notices=self.notices,
            support_needed=self.support,
        )


def offered(*, by_message_only: bool = False) -> tuple[str, ...]:
    """The channels that a person can subscribe here: set up, and for LINE with an account that people can find."""
    ready = {name for name, channel in registry.channels(Mode.LIVE).items() if not channel.problems()}
    names = ASKED_BY_MESSAGE if by_message_only else CHANNELS
    return tuple(name for name in names if name in ready and (name != "line" or settings().line_account))


def fresh(language: Language) -> Given:
    """The form as it is first shown: nothing chosen but the language of the page and both kinds of messages."""
    return Given(language=str(language))


def standing(choice: Choice, channel: str = "", address: str = "") -> Given:
    """The form with what was chosen before."""
    telephone = channel in addresses.TELEPHONE
    return Given(
        channel=channel,
        email=address if channel == "email" else "",
        phone=address if telephone else "",
        areas=choice.areas,
        all_areas=choice.all_areas,
        language=str(choice.language),
        shelters=choice.wants_shelters,
        notices=choice.wants_notices,
        support=choice.support_needed,
    )


def read(form: "MultiDict[str, str]", channels: tuple[str, ...], *, with_choice: bool, with_address: bool) -> Given:
    """Read what was sent: the choice, the address, or both."""
    given = Given(
        channel=form.get("channel", "")[:16],
        email=form.get("email", "")[:_LONGEST],
        phone=form.get("phone", "")[:_LONGEST],
        standby="standby" in form,
        areas=tuple(code for code in municipality().area_by_code if code in form.getlist("areas")),
        all_areas="all_areas" in form,
        language=form.get("language", "")[:16],
        shelters="shelters" in form,
        notices="notices" in form,
        support="support" in form,
    )
    if with_address:
        _check_address(given, channels)
    if with_choice:
        _check_choice(given)
    return given


def _check_choice(given: Given) -> None:
    if not (given.all_areas or given.areas):
        given.errors["areas"] = "need_areas"
    if given.language not in set(Language):
        given.errors["language"] = "need_language"


def _check_address(given: Given, channels: tuple[str, ...]) -> None:
    if given.channel not in channels:
        given.errors["channel"] = "need_channel"
        return
    if given.channel == "line":
        return
    where = "email" if given.channel == "email" else "phone"
    try:
        given.address = addresses.subscribable(
            given.channel, getattr(given, where), addresses.countries(settings().subscribe_countries)
        )
    except BadAddress as error:
        empty = error.fault == Fault.EMPTY
        given.errors[where] = f"empty_{where}" if empty else f"fault_{error.fault.value}"


def sender() -> str:
    """The address from which confirmation mails come, for those who must let it through."""
    found: str = settings().mail_from.rpartition("<")[2].strip(" >")
    return found or current_app.extensions["disaster.municipality"].name


def sms_number() -> str:
    """The number from which SMS come, to which START can be sent; empty where they come from a name or a service."""
    number = settings().twilio_from
    return addresses.readable("sms", number) if number.startswith("+") and number[1:].isdigit() else ""
