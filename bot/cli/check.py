"""The command `comeback check`: tests settings, database, token and webhook, and reports each in one line."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from bot.clock import utc_now
from bot.config import Settings, exposed
from bot.errors import ConfigError
from bot.runtime.database.nightly_backup import newest_of
from bot.telegram.probe import probe
from bot.web.server import WEBHOOK_PATH
from storage import schema
from storage.database import Database
from storage.engine.unavailable import DatabaseUnavailableError
from storage.schema import SchemaState

_OLD = timedelta(days=2)  # of a backup that is made every night

_STATES = {
    SchemaState.CURRENT: "up to date",
    SchemaState.EMPTY: "empty; it is set up at the first start",
    SchemaState.BEHIND: "of an older version; it is brought up to date at the next start",
    SchemaState.NEWER: "of a newer version of Comeback: update Comeback",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report; `ok` is False if the operator must do something."""

    ok: bool
    sentence: str


async def examine(settings: Settings) -> AsyncIterator[Finding]:
    """Yield the findings on settings, database, backups, token and webhook, in this order."""
    for finding in _settings(settings):
        yield finding
    yield await _database(settings)
    yield _backups(settings)
    async for finding in _telegram(settings):
        yield finding


def _settings(settings: Settings) -> Iterator[Finding]:
    yield Finding(True, "Settings: every value can be read")
    if sentence := exposed():
        yield Finding(False, sentence)
    if settings.owner_ids:
        yield Finding(True, f"OWNER_IDS: {len(settings.owner_ids)} may review and publish")
    else:
        yield Finding(False, "OWNER_IDS is empty: nobody can review or publish in the chat")
    if not settings.public_url:
        yield Finding(True, "PUBLIC_URL is empty: help links are direct, and not counted")
    elif settings.public_url.startswith("https://"):
        yield Finding(True, f"PUBLIC_URL: help links go through {settings.public_url} and are counted")
    else:
        yield Finding(False, "PUBLIC_URL should begin with https://: readers would follow an open link")


async def _database(settings: Settings) -> Finding:
    database = Database(settings.database_url)
    address = database.shown_url
    try:
        state = await schema.state(database)
    except DatabaseUnavailableError as error:
        return Finding(False, f"DATABASE_URL: {address} cannot be opened ({error})")
    finally:
        await database.close()
    must_migrate = not database.is_sqlite and state in {SchemaState.EMPTY, SchemaState.BEHIND}
    if must_migrate:
        return Finding(False, f"DATABASE_URL: {address} is not up to date. Run: comeback migrate")
    return Finding(state is not SchemaState.NEWER, f"DATABASE_URL: {address} is {_STATES[state]}")


def _backups(settings: Settings) -> Finding:
    """Say whether there is a nightly backup, and whether it is made."""
    if not settings.backup_folder:
        return Finding(
            True, "BACKUP_FOLDER is empty: there is no nightly backup. By hand: comeback backup FILE"
        )
    folder = Path(settings.backup_folder)
    if not folder.absolute().parent.is_dir():
        return Finding(False, f"BACKUP_FOLDER: there is no folder {folder.absolute().parent}")
    newest = newest_of(folder)
    if newest is None:
        return Finding(True, f"BACKUP_FOLDER: {folder} has no backup yet; the bot writes one when it runs")
    is_young = utc_now() - newest < _OLD
    return Finding(
        is_young, f"BACKUP_FOLDER: the newest backup in {folder} is of {newest:%Y-%m-%d %H:%M} UTC"
    )


async def _telegram(settings: Settings) -> AsyncIterator[Finding]:
    try:
        token = settings.token()
    except ConfigError as error:
        yield Finding(False, str(error))
        return
    answer = await probe(token, settings.bot_api_url)
    if answer.problem is not None or answer.webhook is None:
        yield Finding(False, f"BOT_TOKEN: {answer.problem}")
        return
    yield Finding(True, f"BOT_TOKEN: this is @{answer.username}")
    if answer.inline:
        yield Finding(True, "Inline mode is on: people can share stories in any chat")
    else:
        yield Finding(
            True, "Inline mode is off; to let people share stories in any chat: /setinline, @BotFather"
        )
    expected = settings.webhook_url + WEBHOOK_PATH if settings.webhook_url else ""
    if not expected:
        yield Finding(True, "WEBHOOK_URL is empty: updates come by long polling")
        return
    try:
        settings.secret()
    except ConfigError as error:
        yield Finding(False, str(error))
    if answer.webhook.url != expected:
        yield Finding(True, "WEBHOOK_URL: the bot registers it with Telegram at its next start")
    elif answer.webhook.last_error_message:
        yield Finding(False, f"WEBHOOK_URL: Telegram's last try failed: {answer.webhook.last_error_message}")
    else:
        yield Finding(True, f"WEBHOOK_URL: works, {answer.webhook.pending_update_count} updates wait")
