"""Which channels there are, built once from the settings; a drill has adapters of its own that know no provider."""

from flask import current_app

from broadcast.cap import Mode
from broadcast.channels.contract import Channel
from broadcast.channels.drill import DrillChannel
from broadcast.channels.email import EmailChannel
from broadcast.channels.line import LineChannel
from broadcast.channels.mastodon import MastodonChannel
from broadcast.channels.radio import RadioChannel
from broadcast.channels.sms import SmsChannel
from disaster.core import municipality
from disaster.core.settings import Settings

KEY = "broadcast.channels"
LABELS = {
    "email": "メール",
    "sms": "SMS",
    "line": "LINE",
    "mastodon": "Mastodon",
    "radio": "防災行政無線",
    "web": "ホームページ・フィード",
}
STATUS_CALLBACK = "/hooks/twilio/status"


def channels(mode: Mode) -> dict[str, Channel]:
    """The channels of this mode by name; no object of one mode is ever in the other."""
    built: dict[Mode, dict[str, Channel]] | None = current_app.extensions.get(KEY)
    if built is None:
        live = build(current_app.extensions["disaster.settings"])
        drill = {name: DrillChannel(name, personal=channel.personal) for name, channel in live.items()}
        built = current_app.extensions[KEY] = {Mode.LIVE: live, Mode.DRILL: dict(drill)}
    return built[Mode(mode)]


def build(config: Settings) -> dict[str, Channel]:
    """The real channels in the order of the headquarters page."""
    found: list[Channel] = [
        EmailChannel(
            host=config.smtp_host,
            port=config.smtp_port,
            user=config.smtp_user,
            password=config.smtp_password.get_secret_value(),
            starttls=config.smtp_starttls,
            ca_file=config.smtp_ca_file,
            sender=_named(config),
            bounce=config.mail_bounce_address,
            connections=config.smtp_connections,
            link=config.link,
        ),
        SmsChannel(
            account_sid=config.twilio_account_sid,
            auth_token=config.twilio_auth_token.get_secret_value(),
            sender=config.twilio_from,
            api_url=config.twilio_api_url,
            status_callback=config.link(STATUS_CALLBACK),
            concurrency=config.twilio_concurrency,
        ),
        LineChannel(token=config.line_channel_access_token.get_secret_value(), api_url=config.line_api_url),
        MastodonChannel(
            url=config.mastodon_url,
            token=config.mastodon_access_token.get_secret_value(),
            limit=config.mastodon_max_characters,
        ),
        RadioChannel(token=config.radio_token.get_secret_value()),
    ]
    return {channel.name: channel for channel in found}


def _named(config: Settings) -> str:
    """The sender of mails as people see it: the municipality's name before the address, unless the setting has a name of its own."""
    if not config.mail_from or "<" in config.mail_from:
        return config.mail_from
    return f'"{municipality.load(config.municipality).name}" <{config.mail_from}>'
