"""Every setting of the service, and the only reader of the environment.

Each field is the variable ``DISASTER_<FIELD IN CAPITALS>``; ``docs/settings.md`` describes them and a test keeps the two
together. An empty variable counts as not given; keys that no variable gives are read from their files in the data folder.
A wrong value or an unknown ``DISASTER_…`` variable refuses to start with one line that names the variable and never its
value.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from flask import current_app
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from disaster.core import keyfiles

PREFIX = "DISASTER_"


class SettingsError(Exception):
    """A setting is missing or wrong; the text is one line for the person who starts the service."""


class Settings(BaseModel):
    """The settings of one installation; frozen after the start."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    # The installation
    demo: bool = False
    data_dir: Path = Path("var")
    database_url: str = ""
    broker_url: SecretStr = SecretStr("")
    public_url: str = "http://127.0.0.1:8000"
    allowed_hosts: str = ""
    behind_proxies: int = Field(default=0, ge=0, le=5)
    municipality: str = "243248"
    secret_key: SecretStr = SecretStr("")
    data_key: SecretStr = SecretStr("")
    my_number_key: SecretStr = SecretStr("")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    # The alert
    draft_hours: int = Field(default=12, ge=1, le=72)
    approval_reminder_minutes: int = Field(default=5, ge=1, le=60)
    second_factor_minutes: int = Field(default=5, ge=1, le=30)

    # E-mail (SMTP)
    smtp_host: str = ""
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_user: str = ""
    smtp_password: SecretStr = SecretStr("")
    smtp_starttls: Literal["required", "off"] = "required"
    smtp_ca_file: Path | None = None
    smtp_connections: int = Field(default=8, ge=1, le=64)
    mail_from: str = ""

    # SMS (Twilio)
    twilio_account_sid: str = ""
    twilio_auth_token: SecretStr = SecretStr("")
    twilio_from: str = ""
    twilio_api_url: str = ""
    twilio_concurrency: int = Field(default=50, ge=1, le=200)
    twilio_per_second: float = Field(default=0, ge=0, le=2000)

    # Telephone (Twilio)
    twilio_voice_from: str = ""
    twilio_calls_per_second: float = Field(default=1.0, ge=0.1, le=100)
    twilio_voice_ja: str = "Polly.Takumi-Neural"
    twilio_voice_en: str = "Polly.Joanna-Neural"
    listen_number: str = Field(default="", pattern=r"^$|^[+0-9][0-9-]{5,19}$")
    call_redials: int = Field(default=3, ge=0, le=20)
    call_redial_seconds: str = Field(default="60,180,300", pattern=r"^([1-9]\d?|[1-5]\d\d)(,([1-9]\d?|[1-5]\d\d))*$")
    call_ring_seconds: int = Field(default=30, ge=10, le=120)
    call_machine_detection: bool = True

    # LINE
    line_channel_access_token: SecretStr = SecretStr("")
    line_channel_secret: SecretStr = SecretStr("")
    line_api_url: str = "https://api.line.me"

    # Subscribing by residents
    subscribe_countries: str = "JP"
    subscribe_paid_per_hour: int = Field(default=120, ge=0, le=10000)
    subscribe_per_client_hour: int = Field(default=30, ge=1, le=10000)
    line_account: str = Field(default="", pattern=r"^(@[A-Za-z0-9_.-]{1,30})?$")

    # Web push (RFC 8030, 8292)
    vapid_private_key: SecretStr = SecretStr("")
    vapid_contact: str = ""
    webpush_hosts: str = "fcm.googleapis.com,updates.push.services.mozilla.com,*.push.apple.com,*.notify.windows.com"
    webpush_stand_in: str = ""

    # Tablets at the shelters
    intake_private_key: SecretStr = SecretStr("")

    # What comes back: bounces of mails
    mail_bounce_address: str = ""
    bounce_maildir: Path | None = None
    bounce_imap_host: str = ""
    bounce_imap_port: int = Field(default=993, ge=1, le=65535)
    bounce_imap_user: str = ""
    bounce_imap_password: SecretStr = SecretStr("")
    bounce_imap_security: Literal["tls", "starttls"] = "tls"
    bounce_imap_ca_file: Path | None = None
    bounce_imap_folder: str = "INBOX"
    bounce_imap_done_folder: str = "Processed"

    # Mastodon
    mastodon_url: str = ""
    mastodon_access_token: SecretStr = SecretStr("")
    mastodon_max_characters: int = Field(default=500, ge=100, le=10000)

    # X
    x_api_url: str = "https://api.x.com"
    x_consumer_key: str = ""
    x_consumer_secret: SecretStr = SecretStr("")
    x_access_token: SecretStr = SecretStr("")
    x_access_token_secret: SecretStr = SecretStr("")
    x_posts_per_day: int = Field(default=17, ge=1, le=10000)
    x_reserve: int = Field(default=10, ge=0, le=10000)

    # Bluesky
    bluesky_url: str = "https://bsky.social"
    bluesky_identifier: str = ""
    bluesky_app_password: SecretStr = SecretStr("")

    # 緊急速報メール, entered by hand
    cell_docomo_characters: int = Field(default=500, ge=100, le=500)
    cell_others_characters: int = Field(default=200, ge=100, le=500)

    # Certificates (罹災証明書)
    certificate_font: Path | None = None

    # Disaster radio (防災行政無線)
    radio_token: SecretStr = SecretStr("")

    # Speech
    speech: bool = True

    # Bulletins of 気象庁
    jma_feeds: bool = True
    jma_feed_url: str = "https://www.data.jma.go.jp/developer/xml/feed/"
    jma_hosts: str = "www.data.jma.go.jp"

    @field_validator("broker_url")
    @classmethod
    def _is_a_broker_of_many_workers(cls, value: SecretStr, given: ValidationInfo) -> SecretStr:
        if not value.get_secret_value():
            return value
        if not value.get_secret_value().startswith(("amqp://", "amqps://")):
            raise ValueError("must begin with amqp:// or amqps://")
        if not str(given.data.get("database_url", "")).startswith("postgresql"):
            raise ValueError("several workers need PostgreSQL; set DISASTER_DATABASE_URL as well")
        return value

    @field_validator("my_number_key")
    @classmethod
    def _is_a_key_of_its_own(cls, value: SecretStr, given: ValidationInfo) -> SecretStr:
        key = value.get_secret_value()
        if not key:
            return value
        if len(key) != 64 or not all(letter in "0123456789abcdefABCDEF" for letter in key):
            raise ValueError("must be 64 hexadecimal digits (openssl rand -hex 32)")
        data_key = given.data.get("data_key")
        if data_key is not None and key.lower() in data_key.get_secret_value().lower():
            raise ValueError("must not be the data key: numbers are kept apart from everything else")
        return value

    @field_validator("public_url", "jma_feed_url", "line_api_url", "x_api_url", "bluesky_url")
    @classmethod
    def _is_http_address(cls, value: str) -> str:
        if not value.startswith(("http://", "https://")):
            raise ValueError("must begin with http:// or https://")
        return value

    @model_validator(mode="after")
    def _stand_in_is_of_the_demonstration(self) -> Self:
        """The stand-in of the push services is on this machine, and only the demonstration sends to it."""
        host = urlsplit(self.webpush_stand_in).hostname if self.webpush_stand_in else "127.0.0.1"
        if host != "127.0.0.1" or (self.webpush_stand_in and not self.demo):
            raise ValueError("DISASTER_WEBPUSH_STAND_IN is for the demonstration on this machine only")
        return self

    @property
    def database(self) -> str:
        """The database address; SQLite in the data folder where none was set."""
        return self.database_url or f"sqlite:///{self.data_dir.resolve() / 'disaster.sqlite'}"

    def require_keys(self) -> None:
        """Refuse to serve without keys.

        Raises:
            SettingsError: naming the variables that are missing.
        """
        missing = [f"{PREFIX}{name.upper()}" for name in keyfiles.NAMES if not getattr(self, name).get_secret_value()]
        if missing:
            raise SettingsError(
                f"{', '.join(missing)}: no key is given (scripts/serve makes key files in {self.data_dir})"
            )

    def link(self, path: str) -> str:
        """An address on the public site, from the setting and never from the request's Host header."""
        return self.public_url.rstrip("/") + path


def load(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings.

    Raises:
        SettingsError: a variable is unknown or its value is wrong; the message never repeats the value.
    """
    ours = {name: value for name, value in environ.items() if name.startswith(PREFIX) and value}
    given = {name.removeprefix(PREFIX).lower(): value for name, value in ours.items()}
    folder = Path(given.get("data_dir", "var"))
    try:
        return Settings(**{**given, **keyfiles.read(folder, given)})
    except OSError as error:
        raise SettingsError(f"{PREFIX}DATA_DIR: a key file cannot be read: {error.strerror}") from None
    except ValidationError as error:
        wrong = (_named(e["loc"], _plain(e["type"], e["msg"])) for e in error.errors())
        raise SettingsError("; ".join(wrong)) from None


def _named(where: tuple[int | str, ...], reason: str) -> str:
    """The variable before the reason; a reason about several variables names them itself."""
    return f"{PREFIX}{str(where[0]).upper()}: {reason}" if where else reason


def _plain(kind: str, message: str) -> str:
    return "this setting does not exist" if kind == "extra_forbidden" else message.removeprefix("Value error, ")


def settings() -> Settings:
    """The settings of the running application."""
    found: Settings = current_app.extensions["disaster.settings"]
    return found
