"""Before a push starts: the preview, a test send that reaches nobody else, and what may be chosen."""

from datetime import timedelta
from typing import Any, cast

import pytest
from sqlalchemy import select
from telegram.error import Forbidden

from bot.broadcasts.preparation.preparation import Preparation
from bot.errors import RefusedError
from bot.i18n import in_language
from bot.runtime.app import App
from bot.sandbox.world.history import Message
from bot.services import Services
from handlers.editors.broadcasts.preparation import send_test
from handlers.editors.broadcasts.progress_cards import ProgressCards
from storage.models import Broadcast
from storage.words import BroadcastState, StoryState
from tests.chats import ANNA, EDITH, EDITORS, MARTA, OLENA, TOM, Chats, data_of, labels, says
from tests.factories import MovableClock, analysis, columns, get_story, published
from tests.handlers.editors.screens import notified
from tests.waiting import comes_true


@pytest.fixture
async def story(services: Services) -> int:
    """A published Story about a Topic."""
    return await published(services, "The bridge holds", ["Food"])


async def preview_of(chats: Chats, person: int, story: int, language: str = "en") -> Message:
    card = await chats.ask(person, f"/review {story}")
    return await chats.tap(person, card, in_language(language).say("Push …"))


@pytest.mark.parametrize(("person", "language"), EDITORS)
async def test_the_preview(chats: Chats, services: Services, story: int, person: int, language: str) -> None:
    """The preview says who gets it and when; nothing starts or is sent before it is confirmed."""
    texts = in_language(language)
    for reader in (ANNA, OLENA, TOM):
        await chats.ask(reader, "/start")
    shown = await preview_of(chats, person, story, language)
    lines = says(shown)
    assert lines[:3] == [
        texts.say("Check before sending"),
        "The bridge holds",
        texts.count("{number} subscriber will get it.", "{number} subscribers will get it.", 3),
    ]
    english, ukrainian = texts.language_name("en"), texts.language_name("uk")
    assert lines[3] in (f"· {english} 2, {ukrainian} 1", f"· {ukrainian} 1, {english} 2")
    assert texts.say("Sending starts as soon as you confirm.") in lines
    assert labels(shown)[:2] == [
        texts.say("Send to {number}", number=3),
        texts.say("Send me a test"),
    ]
    assert await services.broadcasts.listed() == []


async def test_a_test_send_reaches_the_editor_alone(
    chats: Chats, story: int, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A test send is the very message, and reaches the editor alone, even if its body named another chat."""
    for reader in (ANNA, OLENA):
        await chats.ask(reader, "/start")
    shown = await preview_of(chats, EDITH, story)
    before = {one: len(chats.said(one)) for one in (ANNA, OLENA, MARTA)}
    [got] = await chats.press_old(EDITH, shown, data_of(shown, "Send me a test"))
    assert says(got)[0] == "The bridge holds"
    assert labels(got)
    body = Preparation.body

    async def evil(*given: object) -> dict[str, object]:
        return await body(*given) | {"chat_id": ANNA}  # type: ignore[arg-type]  # as it was called

    monkeypatch.setattr(Preparation, "body", evil)
    await chats.press_old(EDITH, shown, data_of(shown, "Send me a test"))
    assert {one: len(chats.said(one)) for one in (ANNA, OLENA, MARTA)} == before
    assert await services.broadcasts.listed() == []


async def test_a_confirmed_push_is_sent_and_its_message_becomes_the_card(
    chats: Chats, app: App, clock: MovableClock, story: int
) -> None:
    """The tapped message becomes the Card, and is edited to the end without a new message."""
    await chats.ask(ANNA, "/start")
    shown = await preview_of(chats, EDITH, story)
    shown = await chats.tap(EDITH, shown, "Send to 1")
    assert says(shown)[0] == "1 · The bridge holds"
    said = len(chats.said(EDITH))
    clock.advance(seconds=2)
    await chats.world.until(lambda: says(chats.said(ANNA)[-1])[0] == "The bridge holds")

    async def the_end_is_told() -> bool:
        clock.advance(seconds=1)  # every three, the timetable tells how far it is
        return "Finished" in says(chats.now(shown))

    await comes_true(the_end_is_told)
    assert "1 sent" in says(chats.now(shown))
    assert len(chats.said(EDITH)) == said
    [listed] = await app.services.broadcasts.listed()
    assert (listed.state, listed.started_by) == (BroadcastState.FINISHED, EDITH)


async def test_a_push_that_begins_at_once_sends_no_second_card(
    chats: Chats, app: App, clock: MovableClock, story: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No further message comes, though the Card is updated before the tap was answered."""
    confirm = Preparation.confirm

    async def and_begin(*given: object, **named: object) -> None:
        await confirm(*given, **named)  # type: ignore[arg-type]  # as it was called
        await app.services.broadcasts.start_due()
        await ProgressCards(app.application.bot, app.services, clock).update()

    monkeypatch.setattr(Preparation, "confirm", and_begin)
    await chats.ask(ANNA, "/start")
    shown = await preview_of(chats, EDITH, story)
    said = len(chats.said(EDITH))
    shown = await chats.tap(EDITH, shown, "Send to 1")
    assert says(shown)[0] == "1 · The bridge holds"
    assert len(chats.said(EDITH)) == said


async def test_topics_and_languages_are_chosen(chats: Chats, story: int) -> None:
    """Each tap shows at once how many are left, and the preview names what was chosen."""
    for reader in (ANNA, OLENA, TOM):
        await chats.ask(reader, "/start")
    shown = await preview_of(chats, EDITH, story)
    screen = await chats.tap(EDITH, await chats.tap(EDITH, shown, "Languages"), "Українська")
    assert "1 subscriber will get it." in says(screen)
    screen = await chats.tap(EDITH, screen, "✓ Українська")
    assert "3 subscribers will get it." in says(screen)
    await chats.tap(EDITH, screen, "Українська")
    shown = await chats.tap(EDITH, chats.now(screen), "‹ Back")
    assert "Languages: Ukrainian" in labels(shown)
    screen = await chats.tap(EDITH, await chats.tap(EDITH, shown, "Topics"), "Food")
    shown = await chats.tap(EDITH, screen, "‹ Back")
    assert "Topics: Food" in labels(shown)
    assert labels(shown)[0] == "Send to 1"


@pytest.mark.parametrize(("person", "language"), EDITORS)
async def test_an_hour_by_words(chats: Chats, app: App, story: int, person: int, language: str) -> None:
    """A typed hour is read in the editor's language and zone; a past one is refused and asked again."""
    texts = in_language(language)
    await chats.say(person, "/start")
    await app.services.preferences.set_zone(person, "Europe/Kyiv")
    shown = await preview_of(chats, person, story, language)
    screen = await chats.tap(person, shown, texts.say("Choose the time …"))
    [question] = await chats.press_old(person, screen, data_of(screen, texts.say("Another time …")))
    city = {"en": "(Kyiv)", "uk": "(Київ)"}[language]
    assert city in str(question["text"])
    word = {"en": ("yesterday 8:00", "tomorrow 8:00"), "uk": ("вчора 8:00", "завтра о 8:00")}[language]
    refused = await chats.reply(person, question, word[0])
    assert says(refused)[0] == texts.say("That time has passed. Choose a later time.")
    shown = await chats.reply(person, question, word[1])
    written = [line.replace("\u00a08:00", "\u00a008:00") for line in says(shown)]
    assert any(city in line and "08:00" in line for line in written)
    sent = await chats.tap(person, shown, texts.say("Send at {hour}", hour="").strip())
    assert any(city in line for line in says(sent))
    [planned] = await app.services.broadcasts.listed()
    assert planned.state is BroadcastState.SCHEDULED
    assert planned.start_at is not None
    assert f"{planned.start_at:%d %H:%M}" == "23 06:00"  # noon on the 22nd; 8:00 in Kyiv


@pytest.mark.parametrize(("person", "language"), EDITORS)
async def test_three_wrong_hours(chats: Chats, app: App, story: int, person: int, language: str) -> None:
    """A wrong hour, typed without a reply, is asked again; the third brings hours, one tap each."""
    texts = in_language(language)
    await chats.say(person, "/start")
    shown = await preview_of(chats, person, story, language)
    screen = await chats.tap(person, shown, texts.say("Choose the time …"))
    await chats.press_old(person, screen, data_of(screen, texts.say("Another time …")))
    answers = [await chats.ask(person, typed) for typed in ("25:99", "soon", "🌻")]
    assert [one["reply_to_message"]["text"] for one in answers] == ["25:99", "soon", "🌻"]
    hours = labels(answers[-1])
    assert (hours[0], hours[-1]) == (texts.say("As soon as I confirm"), texts.say("Never mind"))
    shown = await chats.tap(person, answers[-1], hours[1])
    assert labels(shown)[0].startswith(texts.say("Send at {hour}", hour="").strip())
    assert says(await chats.ask(person, "soon"))[0] == texts.say("I found no matching stories.")


async def test_urgent_by_two(chats: Chats, app: App, story: int, clock: MovableClock) -> None:
    """An urgent push waits until another editor agrees, who sees all of it; the first cannot agree alone."""
    await chats.ask(MARTA, "/help")
    before = len(chats.said(MARTA))
    shown = await chats.tap(EDITH, await preview_of(chats, EDITH, story), "Urgent …")
    assert "Not urgent" in labels(shown)
    for _ in range(2):
        shown = await chats.tap(EDITH, shown, "Send to")
        assert "Another publisher or owner has to agree. They have been asked." in says(shown)
    assert await app.services.broadcasts.listed() == []
    asked = await notified(chats, clock, MARTA, before)
    assert in_language("uk").say("{name} asks you to agree to a push", name="Edith") in says(asked)
    await chats.press_old(
        MARTA, asked, data_of(asked, in_language("uk").say("Send to {number}", number="").strip())
    )
    [sent] = await app.services.broadcasts.listed()
    assert (sent.urgent, sent.asked_by) == (True, f"editor {EDITH}")


async def test_the_second_declines(chats: Chats, app: App, story: int, clock: MovableClock) -> None:
    """The one who asked gets the preview again, which says that another editor declined; nothing is sent."""
    await chats.ask(MARTA, "/help")
    before = len(chats.said(MARTA))
    shown = await chats.tap(EDITH, await preview_of(chats, EDITH, story), "Urgent …")
    await chats.tap(EDITH, shown, "Send to")
    asked = await notified(chats, clock, MARTA, before)
    mine = len(chats.said(EDITH))
    await chats.press_old(MARTA, asked, data_of(asked, in_language("uk").say("Decline")))
    [told] = chats.said(EDITH)[mine:]
    assert "Another editor declined to send this push." in says(told)
    assert await app.services.broadcasts.listed() == []


async def test_of_two_editors_at_once_one_sends(chats: Chats, app: App, story: int) -> None:
    """If two editors confirm at the same moment, it is sent once, and the other reads so."""
    previews = {person: await preview_of(chats, person, story, language) for person, language in EDITORS}
    answers = await chats.both(
        *(chats.world.press_old(person, shown, data_of(shown, "")) for person, shown in previews.items())
    )
    await chats.handled()
    assert sorted(answer["text"] is None for answer in answers) == [False, True]
    assert len(await app.services.broadcasts.listed()) == 1


async def test_a_second_push_shows_the_first(chats: Chats, app: App, story: int) -> None:
    """The preview of a second push names the first one, and its button says "again".

    A tap on an older preview shows it again and sends nothing.
    """
    await chats.ask(ANNA, "/start")
    late = await preview_of(chats, MARTA, story, "uk")
    await chats.tap(EDITH, await preview_of(chats, EDITH, story), "Send to 1")
    answer = await chats.world.press_old(MARTA, late, data_of(late, ""))
    await chats.handled()
    assert str(answer["text"]).startswith(f"Історію {story} тим часом уже надіслано")
    assert len(await app.services.broadcasts.listed()) == 1
    shown = chats.now(late)
    assert "⚠ Уже надсилали: розсилка 2, " in str(shown["text"])
    assert "надіслано:" in str(shown["text"]).partition("⚠")[2].lower()
    assert labels(shown)[0].startswith("Надіслати ще раз")


async def test_not_sent_after_all(chats: Chats, app: App) -> None:
    """The button "do not send" deletes the preparation; the Story stays a draft."""
    story_id = (await app.services.stories.add(analysis("A draft"), actor="test")).story.id
    shown = await chats.tap(EDITH, await chats.ask(EDITH, f"/review {story_id}"), "Publish and push")
    data = data_of(shown, "Publish and send")
    after = await chats.tap(EDITH, shown, "Do not send")
    assert says(after) == ["Nothing was sent."]
    assert "gone" in await chats.toast_of(EDITH, after, data)
    assert (await get_story(app.database, story_id)).state is StoryState.DRAFT
    assert says(await chats.tap(EDITH, after, "Show the story"))[0] == "A draft"


async def test_readers_cannot_use_the_buttons_of_a_push(chats: Chats, app: App, story: int) -> None:
    """No button of a preparation or a Broadcast works for readers."""
    shown = await preview_of(chats, EDITH, story)
    home = await chats.ask(ANNA, "/help")
    for data in (
        data_of(shown, "Send to"),
        data_of(shown, "Send me a test"),
        "broadcast:cancel:1",
        "draft:agree:1",
    ):
        assert "Only editors can do this." in await chats.toast_of(ANNA, home, data)
    assert await app.services.broadcasts.listed() == []


async def test_made_up_buttons(chats: Chats, app: App, story: int) -> None:
    """Data that no version sends is answered in words, and changes nothing."""
    shown = await preview_of(chats, EDITH, story)
    before = await _drafted(app)
    for data in (
        "draft:send:1",
        "draft:topic:1:uk:+",
        "draft:hour:1:12:+",
        "draft:nonsense:1",
        "draft:",
        "draft:language:1:12:+",
    ):
        word = "This button is out of date. Try again: /broadcasts"
        assert await chats.toast_of(EDITH, shown, data) == word
    assert await _drafted(app) == before


async def _drafted(app: App) -> dict[str, object]:
    """Return all columns of the only Broadcast."""
    async with app.database.read() as session:
        [broadcast] = await session.scalars(select(Broadcast))
        return columns(broadcast)


async def test_a_late_one_asks(chats: Chats, app: App, clock: MovableClock, story: int) -> None:
    """Every editor is asked once about an overdue push; after one says so, it is sent."""
    await chats.ask(EDITH, "/help")
    await chats.ask(MARTA, "/help")
    await app.services.broadcasts.schedule(story, at=clock() + timedelta(hours=1), actor="test")
    clock.advance(hours=3)
    await chats.world.until(
        lambda: (
            "did not start in time" in str(chats.said(EDITH)[-1]["text"])
            and labels(chats.said(MARTA)[-1])
            == [in_language("uk").say(one) for one in ("Send now", "Cancel")]
        )
    )
    assert (await app.services.broadcasts.status(1)).broadcast.state is BroadcastState.SCHEDULED
    await chats.tap(EDITH, chats.said(EDITH)[-1], "Send now")
    clock.advance(seconds=2)

    async def it_went_out() -> bool:
        return (await app.services.broadcasts.status(1)).broadcast.state is BroadcastState.FINISHED

    await comes_true(it_went_out)
    answer = await chats.press_old(MARTA, chats.said(MARTA)[-1], "broadcast:now:1")
    assert answer == []
    assert len(await app.services.broadcasts.listed()) == 1


async def test_a_paid_push_shows_its_price_first(chats: Chats, app: App, story: int) -> None:
    """The price is shown before it is agreed to, and on the button that sends; it can be taken back."""
    app.services.preparation._paid_rate = 10_000  # the test's SEND_RATE is 1,000
    for reader in (ANNA, OLENA):
        await chats.ask(reader, "/start")
    shown = await preview_of(chats, EDITH, story)
    price = await chats.tap(EDITH, shown, "Faster, for Stars …")
    assert "It costs up to 1 Star: 0.1 for each message above the free rate." in says(price)
    shown = await chats.tap(EDITH, price, "Pay up to 1 Star")
    assert labels(shown)[0] == "Send to 2 (for up to 1 Star)"
    shown = await chats.tap(EDITH, shown, "Do not pay")
    assert labels(shown)[0] == "Send to 2"


async def test_without_a_paid_rate_nothing_can_be_paid(chats: Chats, story: int) -> None:
    """Without PAID_SEND_RATE there is no button, and a made-up one is refused in one sentence."""
    shown = await preview_of(chats, EDITH, story)
    assert not any("Stars" in label for label in labels(shown))
    data = data_of(shown, "Send me a test").replace("test", "paid") + ":1"
    assert (await chats.toast_of(EDITH, shown, data)).startswith("Paid pushes are switched off")


async def test_who_has_no_chat_with_the_bot_is_told_what_to_do() -> None:
    """The desk can ask for a test of a person to whom the bot may not write: one sentence, no fault."""

    class Shut:
        async def send_message(self, *_: object, **__: object) -> None:
            raise Forbidden("bot can't initiate conversation with a user")

    with pytest.raises(RefusedError, match="send /start"):
        await send_test(cast("Any", Shut()), EDITH, {"text": "Hello"})
