"""Which channels there are, built once from the settings; a drill has adapters of its own that know no provider."""

from email.utils import parseaddr

from flask import current_app

from broadcast.cap.vocabulary import Mode
from broadcast.channels.bluesky import BlueskyChannel
from broadcast.channels.contract import Channel
from broadcast.channels.daily_budget import DailyBudget
from broadcast.channels.drill import DrillChannel
from broadcast.channels.email import EmailChannel
from broadcast.channels.line import LineChannel
from broadcast.channels.mastodon import MastodonChannel
from broadcast.channels.push_services import PushServices
from broadcast.channels.radio import RadioChannel
from broadcast.channels.sms import SmsChannel
from broadcast.channels.voice import VoiceChannel
from broadcast.channels.webpush import WebPushChannel
from broadcast.channels.x import Keys, XChannel
from disaster.core import municipality
from disaster.core.settings import Settings

KEY = "broadcast.channels"
SLOW_EMAIL = "broadcast.channels.slow"
LABELS = {
    "email": "メール",
    "sms": "SMS",
    "voice": "電話（音声）",
    "line": "LINE",
    "webpush": "プッシュ通知",
    "mastodon": "Mastodon",
    "x": "X",
    "bluesky": "Bluesky",
    "radio": "防災行政無線",
    "web": "ホームページ・フィード",
}
STATUS_CALLBACK = "/hooks/twilio/status"
CALLS = "/hooks/twilio/call"  # below it: status, machine, key


def channels(mode: Mode) -> dict[str, Channel]:
    """The channels of this mode by name; no object of one mode is ever in the other."""
    built: dict[Mode, dict[str, Channel]] | None = current_app.extensions.get(KEY)
    if built is None:
        live = build(current_app.extensions["disaster.settings"])
        drill = {name: DrillChannel(name, personal=channel.personal) for name, channel in live.items()}
        built = current_app.extensions[KEY] = {Mode.LIVE: live, Mode.DRILL: dict(drill)}
    return built[Mode(mode)]


def slow(mode: Mode) -> dict[str, Channel]:
    """The channels as the slow lane uses them: e-mail over a few connections of its own, so that what a mail server defers or stalls
    never takes one from the first tries. Elsewhere the provider's limit is one for all, and the channel keeps to it."""
    usual = channels(mode)
    if not isinstance(usual.get("email"), EmailChannel):
        return usual
    own: Channel | None = current_app.extensions.get(SLOW_EMAIL)
    if own is None:
        config: Settings = current_app.extensions["disaster.settings"]
        few = max(2, config.smtp_connections // 4)
        own = current_app.extensions[SLOW_EMAIL] = build(config.model_copy(update={"smtp_connections": few}))["email"]
    return {**usual, "email": own}


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
            per_second=config.twilio_per_second,
        ),
        VoiceChannel(
            account_sid=config.twilio_account_sid,
            auth_token=config.twilio_auth_token.get_secret_value(),
            sender=config.twilio_voice_from or (config.twilio_from if config.twilio_from.startswith("+") else ""),
            api_url=config.twilio_api_url,
            hooks=config.link(CALLS),
            voices={"ja-JP": config.twilio_voice_ja, "en-US": config.twilio_voice_en},
            per_second=config.twilio_calls_per_second,
            redials=config.call_redials,
            retry_seconds=tuple(int(seconds) for seconds in config.call_redial_seconds.split(",")),
            ring_seconds=config.call_ring_seconds,
            detect_machines=config.call_machine_detection,
        ),
        LineChannel(token=config.line_channel_access_token.get_secret_value(), api_url=config.line_api_url),
        WebPushChannel(
            private_key=config.vapid_private_key.get_secret_value(),
            contact=_contact(config),
            services=PushServices(config.webpush_hosts, config.webpush_stand_in),
        ),
        MastodonChannel(
            url=config.mastodon_url,
            token=config.mastodon_access_token.get_secret_value(),
            limit=config.mastodon_max_characters,
        ),
        _x(config),
        BlueskyChannel(
            url=config.bluesky_url,
            identifier=config.bluesky_identifier,
            app_password=config.bluesky_app_password.get_secret_value(),
        ),
        RadioChannel(token=config.radio_token.get_secret_value()),
    ]
    return {channel.name: channel for channel in found}


def _x(config: Settings) -> XChannel:
    keys = Keys(
        config.x_consumer_key,
        config.x_consumer_secret.get_secret_value(),
        config.x_access_token.get_secret_value(),
        config.x_access_token_secret.get_secret_value(),
    )
    budget = DailyBudget(config.data_dir / "x-posts.json", config.x_posts_per_day, config.x_reserve)
    return XChannel(keys, config.x_api_url, budget)


def _named(config: Settings) -> str:
    """The sender of mails as people see it: the municipality's name before the address, unless the setting has a name of its own."""
    if not config.mail_from or "<" in config.mail_from:
        return config.mail_from
    return f'"{municipality.load(config.municipality).name}" <{config.mail_from}>'


def _contact(config: Settings) -> str:
    """Whom a push service may write to about this service."""
    if config.vapid_contact:
        return config.vapid_contact
    if config.public_url.startswith("https://"):
        return config.public_url
    return f"mailto:{parseaddr(config.mail_from)[1] or 'webmaster@localhost'}"
