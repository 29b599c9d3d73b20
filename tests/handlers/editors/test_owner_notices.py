"""Owners hear of a restore and of a backup that failed, and editors are asked about what waits since then."""

from datetime import UTC, datetime
from typing import cast

import pytest
from telegram.error import NetworkError
from telegram.ext import ExtBot

from bot.broadcasts.reasons import RESTORED
from bot.delivery.rate.pacer import Lane
from bot.editors.roles import Right
from bot.i18n import in_language
from bot.runtime.app import App
from handlers.editors.broadcasts.progress import drawn, restored
from handlers.editors.broadcasts.progress_cards import ProgressCards
from handlers.editors.owner_notices import OwnerMessages
from handlers.editors.owner_notices import drawn as notice_drawn
from storage.broadcasts import broadcasts
from storage.editors import owner_notices
from storage.models import OwnerNotice
from storage.words import BroadcastKind, BroadcastState, CanaryFault, OwnerNews
from tests.chats import EDITH, Chats
from tests.factories import NOON, MovableClock, add_subscribers, running_broadcast
from tests.fakes import FakeBot
from tests.languages import TRANSLATED
from tests.running import without_duties

MADE_AT = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
async def _nobody_else_tells(app: App) -> None:
    """The scheduler would tell them first."""
    await without_duties(app, "tell owners", "tell editors what waits")


async def _leave(app: App, news: OwnerNews, **details: str) -> None:
    async with app.database.transaction() as session:
        await owner_notices.add(session, news, details, now=NOON)


async def test_owners_hear_of_a_failed_backup(app: App, chats: Chats) -> None:
    """The reason is in the message, which comes once; nobody else gets it."""
    await chats.say(EDITH, "/start")
    owners = await app.services.editors.with_right(Right.MANAGE)
    assert EDITH in owners
    await _leave(app, OwnerNews.BACKUP_FAILED, reason="The file cannot be written: no space left on device.")
    messages = OwnerMessages(app.application.bot, app.services)
    for _ in range(2):
        await messages.tell()
    told = [one["text"] for one in chats.said(EDITH) if "backup" in one["text"]]
    assert len(told) == 1
    assert told[0].startswith(
        "The nightly backup failed\nThe file cannot be written: no space left on device."
    )


async def test_owners_hear_of_a_restore(app: App, chats: Chats) -> None:
    """Of which moment the backup was, what is lost, and where to decide."""
    await chats.say(EDITH, "/start")
    await _leave(app, OwnerNews.RESTORED, made_at=MADE_AT.isoformat())
    await OwnerMessages(app.application.bot, app.services).tell()
    [told] = [one for one in chats.said(EDITH) if "restored" in one["text"]]
    assert "It is as it was in a backup: Sun,\xa0Nov\xa022" in told["text"]
    assert "/stop" in told["text"]
    assert await app.services.owner_notices.untold() == []


async def test_a_notice_waits_for_an_outage(app: App) -> None:
    """An owner who could not be reached gets it later, and the others get it once."""
    await _leave(app, OwnerNews.BACKUP_FAILED, reason="full")
    bot = FakeBot()
    bot.errors = {EDITH: NetworkError("Bad Gateway")}
    messages = OwnerMessages(cast("ExtBot[Lane]", bot), app.services)
    await messages.tell()
    assert len(await app.services.owner_notices.untold()) == 1
    bot.errors.clear()
    await messages.tell()
    assert bot.notified.count(EDITH) == 1
    assert len(bot.notified) == len(set(bot.notified))
    assert await app.services.owner_notices.untold() == []


@pytest.mark.parametrize("language", ["en", "uk", "pl", "de", "es", "fr"])
def test_a_notice_is_read_in_every_language(language: str) -> None:
    """Both kinds, without a word of English in another language."""
    texts = in_language(language)
    for news, details in (
        (OwnerNews.RESTORED, {"made_at": MADE_AT.isoformat()}),
        (OwnerNews.BACKUP_FAILED, {"reason": "…"}),
    ):
        notice = OwnerNotice(id=1, news=news, at=NOON, details=details)
        text = notice_drawn(notice, texts, UTC).text
        assert ("backup" in text) == (language == "en")


async def _restored_broadcast(app: App, **values: object) -> int:
    """A Broadcast as a restore leaves it: for three readers."""
    await add_subscribers(app.database, 3)
    broadcast_id = await running_broadcast(app.database)
    async with app.database.transaction() as session:
        given = {"state": BroadcastState.PAUSED, "reason": RESTORED, "untold": True, "expected": 3} | values
        await broadcasts.change(session, broadcast_id, **given)  # type: ignore[arg-type]  # by column
    return broadcast_id


async def test_editors_are_asked_about_what_was_running(app: App, chats: Chats, clock: MovableClock) -> None:
    """The question says to how many it would go at most, and has the buttons that answer it."""
    await chats.say(EDITH, "/start")
    await _restored_broadcast(app)
    await ProgressCards(app.application.bot, app.services, clock).notify_waiting()
    [asked] = [one for one in chats.said(EDITH) if "restored from a backup" in one["text"]]
    assert "If you resume, 3 readers get it, some perhaps a second time." in asked["text"]
    labels = [button["text"] for row in asked["reply_markup"]["inline_keyboard"] for button in row]
    assert labels == ["Resume", "Cancel", "Show progress"]


async def test_a_digest_says_what_a_cancellation_drops(app: App) -> None:
    """Its stories would not come with a later one."""
    broadcast_id = await _restored_broadcast(app, kind=BroadcastKind.DIGEST)
    status = await app.services.broadcasts.status(broadcast_id)
    assert (
        "If you cancel, these stories do not come to them any more."
        in restored(status, in_language("en")).text
    )


async def test_a_digest_has_its_name_in_the_editors_language(app: App) -> None:
    """In the question about it, and on its card."""
    broadcast_id = await _restored_broadcast(app, kind=BroadcastKind.DIGEST)
    status, texts = await app.services.broadcasts.status(broadcast_id), in_language("uk")
    for message in (restored(status, texts), drawn(status, texts, UTC)):
        assert message.text.splitlines()[0] == f"{broadcast_id} · {texts.say('Digest')}"


async def test_what_was_scheduled_shows_its_hour(app: App) -> None:
    """The card has the hour that it had, why it waits, and the buttons to send or move it."""
    broadcast_id = await _restored_broadcast(app, state=BroadcastState.SCHEDULED, start_at=NOON)
    message = drawn(await app.services.broadcasts.status(broadcast_id), in_language("en"), UTC)
    assert "It was scheduled for Sun,\xa0Nov\xa022" in message.text
    assert RESTORED in message.text
    labels = [button.text for row in message.rows for button in row]
    assert "Send now" in labels
    assert "Choose the time …" in labels


@pytest.mark.parametrize("gone", [False, True])
@pytest.mark.parametrize("language", ["en", *TRANSLATED])
def test_a_webhook_that_takes_nothing_is_named(language: str, *, gone: bool) -> None:
    """By its number and host, which is no link, with what became of what it should have got."""
    alarms = [{"number": 3, "host": "https://hooks.example.org", "gone": gone}]
    notice = OwnerNotice(id=1, news=OwnerNews.WEBHOOK, at=NOON, details={"alarms": alarms})
    message = notice_drawn(notice, in_language(language), UTC)
    [line] = [one for one in message.text.split("\n") if one.startswith("•")]
    assert "3" in line
    assert "hooks.example" in line.replace("\u2060", "")
    assert "hooks.example.org" not in line
    if language == "en":
        assert ("gone" in line, "given up" in line) == (gone, not gone)


@pytest.mark.parametrize("fault", CanaryFault)
@pytest.mark.parametrize("language", ["en", *TRANSLATED])
def test_each_alarm_names_the_chat_and_its_push(fault: CanaryFault, language: str) -> None:
    """A name that looks like an address is no link."""
    push = None if fault is CanaryFault.SHUT else 77
    alarms = [{"name": "Polish, evil.example", "push": push, "fault": fault}]
    notice = OwnerNotice(id=1, news=OwnerNews.CANARY, at=NOON, details={"alarms": alarms})
    [_, line, *_] = notice_drawn(notice, in_language(language), UTC).text.splitlines()
    assert line.startswith("• Polish, ")
    assert "evil.example" not in line
    assert ("77" in line) == (push is not None)
