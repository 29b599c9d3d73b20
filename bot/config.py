"""The settings, from the environment or `.env`. `.env.example` explains each one."""

from datetime import tzinfo
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.errors import ConfigError
from bot.i18n import languages
from storage.engine.address import driver_url
from storage.private_files import is_open_to_others

_ENV = ".env"
_LARGEST_ID = 2**52  # Bot API, User.id: at most 52 significant bits
_LONGEST_ID = 16  # digits of it
_LONGEST_SECRET = 256  # Bot API, setWebhook: secret_token
TELEGRAM = "https://api.telegram.org"


class Role(StrEnum):
    """What one of many processes does: answer readers (web), push (worker), or all of it."""

    ALL = "all"
    WEB = "web"
    WORKER = "worker"


def _user_id(text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise ValueError("must be Telegram user ids (whole numbers), parted by commas")
    if len(text) > _LONGEST_ID or not 0 < int(text) < _LARGEST_ID:
        raise ValueError("must be Telegram user ids: from 1 to 16 digits each")
    return int(text)


class Settings(BaseSettings):
    """The settings. A wrong value ends the start with a line that names it."""

    model_config = SettingsConfigDict(env_file=_ENV, extra="ignore", frozen=True, hide_input_in_errors=True)

    bot_token: SecretStr = SecretStr("")
    bot_api_url: str = TELEGRAM
    database_url: str = "sqlite:///comeback.db"
    owner_ids: Annotated[frozenset[int], NoDecode] = frozenset()
    webhook_url: str = ""
    webhook_secret: SecretStr = SecretStr("")
    http_host: str = "127.0.0.1"
    http_port: int = Field(8080, ge=0, le=65535)
    public_url: str = ""
    public_page: bool = False
    desk: bool = True
    metrics_token: SecretStr = SecretStr("")
    contact: str = ""
    send_rate: float = Field(30, gt=0, le=1000)
    paid_send_rate: float = Field(0, ge=0, le=1000)
    pushes_need_two: bool = False
    backup_folder: str = ""
    backup_keep: int = Field(7, ge=1, le=10_000)
    backup_hour: int = Field(3, ge=0, le=23)
    source_pushes_per_hour: int = Field(4, ge=0, le=1000)
    default_language: str = "en"
    default_timezone: str = "UTC"
    keep_receipts_days: int = Field(180, ge=30, le=3650)
    keep_letters_days: int = Field(30, ge=1, le=30)  # /privacy says: no longer than a month
    keep_left_readers_days: int = Field(730, ge=0, le=3650)  # 0: for ever
    keep_audit_days: int = Field(1095, ge=0, le=36500)  # 0: for ever
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["text", "json"] = "text"

    @field_validator("owner_ids", mode="before")
    @classmethod
    def _read_ids(cls, value: object) -> object:
        """Read Telegram user ids with commas between."""
        if not isinstance(value, str):
            return value
        return frozenset(_user_id(part.strip()) for part in value.split(",") if part.strip())

    @field_validator("bot_api_url")
    @classmethod
    def _is_given(cls, value: str) -> str:
        return value or TELEGRAM

    @field_validator("bot_api_url", "webhook_url", "public_url")
    @classmethod
    def _is_web_address(cls, value: str) -> str:
        if value and not value.startswith(("https://", "http://")):
            raise ValueError("must be an address that begins with https:// or http://")
        return value.rstrip("/")

    @field_validator("public_page")
    @classmethod
    def _has_address(cls, value: bool, info: ValidationInfo) -> bool:
        if value and not info.data.get("public_url"):
            raise ValueError("the public page needs PUBLIC_URL, the address under which people reach it")
        return value

    @field_validator("contact")
    @classmethod
    def _fits_a_header(cls, value: str) -> str:
        if not (value.isascii() and value.isprintable()) or set(value) & set("()"):
            raise ValueError("must be an address of mail or web, without brackets")
        return value.strip()

    @field_validator("database_url")
    @classmethod
    def _is_database(cls, value: str) -> str:
        return driver_url(value)

    @field_validator("default_language")
    @classmethod
    def _has_texts(cls, value: str) -> str:
        if value not in languages():
            raise ValueError(f"must be one of {', '.join(languages())}")
        return value

    @field_validator("default_timezone")
    @classmethod
    def _is_zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError("must be a time zone's name such as Europe/Kyiv")
        return value

    @field_validator("log_level", "log_format", mode="before")
    @classmethod
    def _any_case(cls, value: object, info: object) -> object:
        if not isinstance(value, str):
            return value
        return value.upper() if getattr(info, "field_name", "") == "log_level" else value.lower()

    @property
    def zone(self) -> tzinfo:
        """The time zone of readers that have not chosen one."""
        return ZoneInfo(self.default_timezone)

    def token(self) -> str:
        """Return the bot's token. Raises ConfigError if it is missing or does not look like one."""
        token = self.bot_token.get_secret_value().strip()
        number, colon, secret = token.partition(":")
        if not (number.isdecimal() and colon and secret):
            raise ConfigError(
                "BOT_TOKEN is missing or wrong: get one from @BotFather and put it into .env, "
                "or try Comeback without one: make demo"
            )
        return token

    def secret(self) -> str:
        """Return the webhook's secret. Raises ConfigError if it is missing or Telegram would refuse it."""
        secret = self.webhook_secret.get_secret_value()
        allowed = secret.isascii() and all(letter.isalnum() or letter in "_-" for letter in secret)
        if not (secret and allowed and len(secret) <= _LONGEST_SECRET):
            raise ConfigError(
                "WEBHOOK_SECRET is missing or wrong: with WEBHOOK_URL set it must be "
                "1 to 256 letters, digits, _ or -"
            )
        return secret


def exposed() -> str | None:
    """Return a warning if other users of this machine can read `.env` with its token; otherwise None."""
    if not is_open_to_others(Path(_ENV)):
        return None
    return f"{_ENV} can be read by others on this machine, with the token in it: chmod 600 {_ENV}"


_MUST_BE = {
    "bool_parsing": "must be true or false",
    "float_parsing": "must be a number",
    "int_parsing": "must be a whole number",
}
"""Our words for pydantic's faults of values, by their type."""


def load(**overrides: object) -> Settings:
    """Read the settings; `overrides` win. Raises ConfigError, which has a line for each wrong setting."""
    try:
        return Settings(**overrides)  # type: ignore[arg-type]  # pydantic checks them
    except UnicodeDecodeError as error:
        raise ConfigError("{file} cannot be read: save it as text in UTF-8.", file=_ENV) from error
    except OSError as error:
        reason = (error.strerror or "unknown").lower()
        raise ConfigError("{file} cannot be read: {reason}.", file=_ENV, reason=reason) from error
    except ValidationError as error:
        raise ConfigError("{faults}", faults="\n".join(map(_fault, error.errors()))) from error


def _fault(details: ErrorDetails) -> str:
    """Return what is wrong with a setting, as pydantic found it."""
    reason = _MUST_BE.get(details["type"]) or details["msg"].removeprefix("Value error, ").rstrip(".")
    return f"{str(details['loc'][0]).upper()} is wrong: {reason}"
