"""The bot is blocked and unblocked, added to groups and channels, removed and moved."""

import pytest

from bot.i18n import in_language
from bot.runtime.app import App
from bot.sandbox.world.history import Message
from bot.sandbox.world.world import buttons
from bot.services import Services
from storage.subscribers import subscribers
from storage.words import ChatKind, Length, SubscriberState
from tests.chats import ANNA, EDITH, NEIGHBOURS, OLENA, READERS, TOM, Chats
from tests.factories import analysis, get_subscriber, published


async def _state(app: App, chat_id: int) -> SubscriberState:
    return (await get_subscriber(app.database, chat_id)).state


@pytest.mark.parametrize(("person", "language"), READERS)
async def test_a_block_keeps_preferences_for_the_return(
    chats: Chats, app: App, person: int, language: str
) -> None:
    """Blocking ends the pushes, unblocking resumes them, and the preferences stay."""
    await chats.ask(person, "/start")
    await app.services.preferences.set_length(person, Length.LONG)
    chats.world.block(person)
    await chats.handled()
    assert await _state(app, person) is SubscriberState.BLOCKED
    chats.world.block(person, blocked=False)
    await chats.handled()
    kept = await get_subscriber(app.database, person)
    assert (kept.state, kept.length, kept.language) == (SubscriberState.ACTIVE, Length.LONG, language)


@pytest.mark.parametrize(
    ("said", "state"), [("/stop", SubscriberState.STOPPED), (None, SubscriberState.PAUSED)]
)
async def test_a_stop_stays_a_stop(chats: Chats, app: App, said: str | None, state: SubscriberState) -> None:
    """A reader who had stopped or paused the pushes before blocking gets none after unblocking."""
    await chats.ask(ANNA, "/start")
    if said:
        await chats.ask(ANNA, said)
    else:
        await app.services.subscribers.set_state(ANNA, SubscriberState.PAUSED)
    chats.world.block(ANNA)
    chats.world.block(ANNA, blocked=False)
    await chats.handled()
    assert await _state(app, ANNA) is state


async def test_a_return_by_start(chats: Chats, app: App) -> None:
    """/start on a blocked chat unblocks it and welcomes the reader back."""
    await chats.ask(ANNA, "/start")
    chats.world.block(ANNA)
    await chats.handled()
    chats.world.start(ANNA)
    await chats.handled()
    assert chats.said(ANNA)[-1]["text"].startswith(in_language("en").say("Welcome back!"))
    assert await _state(app, ANNA) is SubscriberState.ACTIVE


async def test_a_block_by_a_stranger_makes_no_subscriber(chats: Chats, app: App) -> None:
    """A person who never wrote to the bot and blocks it is not stored."""
    chats.world.block(TOM)
    await chats.handled()
    async with app.database.read() as session:
        assert await subscribers.by_chat(session, TOM) is None


async def test_a_group_subscribes_and_is_left(chats: Chats, app: App) -> None:
    """A group starts, shuts the bot out, and lets it in again with its preferences as before."""
    answer = await chats.ask(OLENA, f"/start@{chats.world.bot.username}", chat=NEIGHBOURS)
    assert answer["chat"]["id"] == NEIGHBOURS
    assert (await get_subscriber(app.database, NEIGHBOURS)).kind is ChatKind.GROUP
    await app.services.preferences.set_length(NEIGHBOURS, Length.BRIEF)
    chats.world.set_member(NEIGHBOURS, "bot", present=False)
    await chats.handled()
    assert await _state(app, NEIGHBOURS) is SubscriberState.BLOCKED
    chats.world.set_member(NEIGHBOURS, "bot", present=True)
    await chats.handled()
    kept = await get_subscriber(app.database, NEIGHBOURS)
    assert (kept.state, kept.length) == (SubscriberState.ACTIVE, Length.BRIEF)


async def test_only_admins_change_what_a_group_gets(chats: Chats, app: App) -> None:
    """A member who is no admin may ask for stories, and changes nothing by command or button."""
    refusal = "Only admins of this group can change what it gets."
    await chats.ask(ANNA, "/help", chat=NEIGHBOURS)
    for command in ("/start", "/subscribe", "/unsubscribe", "/stop"):
        assert (await chats.ask(ANNA, command, chat=NEIGHBOURS))["text"] == refusal
    assert await _state(app, NEIGHBOURS) is SubscriberState.STOPPED
    preferences = await chats.ask(ANNA, "/preferences", chat=NEIGHBOURS)
    assert await chats.toast(ANNA, preferences, "Timing") == refusal
    assert await _state(app, NEIGHBOURS) is SubscriberState.STOPPED


async def test_drafts_are_not_shown_to_a_group(chats: Chats, services: Services) -> None:
    """An editor's /review in a group shows no draft, and says where to ask."""
    await services.stories.add(analysis("A draft"), actor="test")
    group = chats.world.add_group("Editors and friends", [EDITH, ANNA])
    await chats.handled()
    answer = await chats.ask(EDITH, "/review", chat=group.id)
    assert "in a private chat" in answer["text"]
    assert "A draft" not in str(chats.said(group.id))


@pytest.mark.parametrize(("person", "language"), READERS)
async def test_a_new_group_is_greeted_once(chats: Chats, app: App, person: int, language: str) -> None:
    """A new group gets one greeting in the language of the person who added the bot, and nothing else."""
    say = in_language(language).say
    group = chats.world.add_group("Street", [person, TOM])
    await chats.handled()
    [hello] = chats.said(group.id)
    assert hello["text"].startswith(say("Hello!"))
    async with app.database.read() as session:
        assert await subscribers.by_chat(session, group.id) is None
    refusal = in_language("en").say("Only admins of this group can change what it gets.")
    assert await chats.toast(TOM, hello, say("Turn new stories on")) == refusal
    await chats.tap(person, hello, say("Turn new stories on"))
    assert await _state(app, group.id) is SubscriberState.ACTIVE


async def test_a_group_that_was_left_hears_that_stories_come_again(chats: Chats, app: App) -> None:
    """A group that was left hears that stories come again; one that had said /stop is greeted as new."""
    await chats.ask(OLENA, "/start", chat=NEIGHBOURS)
    for expected in ("I am back.", "Hello!"):
        chats.world.set_member(NEIGHBOURS, "bot", present=False)
        chats.world.set_member(NEIGHBOURS, "bot", present=True)
        await chats.handled()
        last = chats.said(NEIGHBOURS)[-1]["text"]
        sentence = {"I am back.": "I am back. This group gets new stories as before."}
        assert last.startswith(in_language("uk").say(sentence.get(expected, expected)))
        await app.services.subscribers.set_state(NEIGHBOURS, SubscriberState.STOPPED)
    assert await _state(app, NEIGHBOURS) is SubscriberState.STOPPED


async def test_no_chatter_in_a_group(chats: Chats) -> None:
    """Talk, unknown commands, commands for other bots and replies to the bot get no answer in a group."""
    await chats.ask(OLENA, "/start", chat=NEIGHBOURS)
    last = chats.said(NEIGHBOURS)[-1]
    for words in ("hello", "/unknown", "/help@another_bot", f"/unknown@{chats.world.bot.username}"):
        assert await chats.say(ANNA, words, chat=NEIGHBOURS) == []
    chats.world.say(ANNA, NEIGHBOURS, "thank you", reply_to=last["message_id"])
    await chats.handled()
    assert chats.said(NEIGHBOURS)[-1] == last
    assert await chats.ask(ANNA, f"/help@{chats.world.bot.username.upper()}", chat=NEIGHBOURS)


async def _forum(chats: Chats) -> tuple[int, int]:
    """Make a forum of Anna's, and one of its topics."""
    group = chats.world.add_group("Street", [ANNA, TOM], forum=True)
    topic = chats.world.add_topic(group.id, "Help")
    await chats.handled()
    return group.id, topic.id


async def test_an_answer_stands_where_it_was_asked(chats: Chats, services: Services) -> None:
    """Answers, files and refusals come in the forum's topic in which they were asked for."""
    await published(services, "The bridge holds")
    forum, topic = await _forum(chats)
    for words in ("/latest", "/help", "/summary 999", "/mydata"):
        answer = await chats.ask(ANNA, words, chat=forum, topic=topic)
        assert (answer["message_thread_id"], answer["is_topic_message"]) == (topic, True)
        assert "message_thread_id" not in await chats.ask(ANNA, words, chat=forum)


async def _push(chats: Chats, app: App, headline: str, chat: int) -> Message:
    """Return the message that a push of this story is in a chat."""
    services, worker = app.services, app.worker
    assert worker is not None
    added = await services.stories.add(analysis(headline), actor="test")
    await services.review.publish(added.story.id, actor="test", push=True)
    await services.broadcasts.start_due(worker.wake)
    await chats.world.until(lambda: any(one["text"].startswith(headline) for one in chats.said(chat)))
    return chats.said(chat)[-1]


async def test_pushes_go_to_the_topic_where_start_was_said(chats: Chats, app: App) -> None:
    """Pushes go to the topic of the latest /start; if it is closed or deleted, to the general topic."""
    forum, topic = await _forum(chats)
    await chats.ask(ANNA, "/start", chat=forum, topic=topic)
    assert (await get_subscriber(app.database, forum)).forum_topic == topic
    assert (await _push(chats, app, "One", forum))["message_thread_id"] == topic
    chats.world.close_topic(forum, topic)
    assert "message_thread_id" not in await _push(chats, app, "Two", forum)
    chats.world.close_topic(forum, topic, closed=False)
    assert (await _push(chats, app, "Three", forum))["message_thread_id"] == topic
    chats.world.delete_topic(forum, topic)
    assert "message_thread_id" not in await _push(chats, app, "Four", forum)
    other = chats.world.add_topic(forum, "News").id
    await chats.ask(ANNA, "/start", chat=forum, topic=other)
    assert (await _push(chats, app, "Five", forum))["message_thread_id"] == other
    await chats.ask(ANNA, "/start", chat=forum)
    assert "message_thread_id" not in await _push(chats, app, "Six", forum)


async def test_a_channel_is_subscribed_by_making_us_its_admin(chats: Chats, app: App) -> None:
    """A channel with the bot as admin gets stories; removing the bot blocks it until the bot is let in."""
    channel = chats.world.add_group("The Bridge", [OLENA, ANNA], kind="channel")
    await chats.handled()
    assert chats.said(channel.id) == []
    kept = await get_subscriber(app.database, channel.id)
    assert (kept.kind, kept.state, kept.language) == (ChatKind.CHANNEL, SubscriberState.ACTIVE, "uk")
    post = await _push(chats, app, "The bridge holds", channel.id)
    assert (post["sender_chat"]["id"], "from" in post) == (channel.id, False)
    await app.services.preferences.set_length(channel.id, Length.BRIEF)
    for present, state in ((False, SubscriberState.BLOCKED), (True, SubscriberState.ACTIVE)):
        chats.world.set_member(channel.id, "bot", present=present)
        await chats.handled()
        assert await _state(app, channel.id) is state
    assert (await get_subscriber(app.database, channel.id)).length is Length.BRIEF


@pytest.mark.parametrize("language", ["en", "uk"])
async def test_twenty_taps_change_nothing_for_the_others(chats: Chats, app: App, language: str) -> None:
    """A person who reads on in a group does so in their own chat; the message stays as it is for all."""
    for number in range(7):
        await published(app.services, f"Story {number}")
    people = [chats.world.add_person(f"Neighbour {number}", language).id for number in range(20)]
    group = chats.world.add_group("Street", people).id
    await chats.handled()
    shown = [await chats.ask(people[0], words, chat=group) for words in ("/summary 1", "/latest")]
    before, opened = chats.said(group), set[str]()
    for number, person in enumerate(people):
        message = shown[number % 2]
        button = buttons(message)[number % len(buttons(message))]
        answer = await chats.world.press(person, group, message["message_id"], button["callback_data"])
        opened.add(answer["url"].partition("?")[2])
    await chats.handled()
    assert chats.said(group) == before
    assert opened >= {"start=story_1", "start=latest"}


async def test_an_answer_takes_the_place_of_the_last_one(chats: Chats, app: App) -> None:
    """In a group one answer to each command stands, the newest; refusals too. A private chat keeps all."""
    await published(app.services, "The bridge holds")
    for _ in range(3):
        for words in ("/latest", "/help", "/summary 999"):
            await chats.ask(TOM, words, chat=NEIGHBOURS)
            await chats.ask(TOM, words)
    answers = chats.said(NEIGHBOURS)
    assert len(answers) == 3
    assert [one["text"].split("\n")[0] for one in answers] == [
        "Latest stories",
        "Read and help",
        "There is no story 999. See the latest stories: /latest",
    ]
    assert len(chats.said(TOM)) == 9


async def test_a_push_in_a_group_is_never_replaced(chats: Chats, app: App) -> None:
    """Only answers go; what was pushed stays, and so does an answer that somebody deleted before."""
    await chats.ask(OLENA, "/start", chat=NEIGHBOURS)
    push = await _push(chats, app, "The bridge holds", NEIGHBOURS)
    first = await chats.ask(TOM, "/latest", chat=NEIGHBOURS)
    chats.world.remove(NEIGHBOURS, [first["message_id"]])
    await chats.ask(TOM, "/latest", chat=NEIGHBOURS)
    second = await chats.ask(TOM, "/latest", chat=NEIGHBOURS)
    said = chats.said(NEIGHBOURS)
    assert push in said
    assert said[-1] == second
    latest = in_language("uk").say("Latest stories")
    assert [one["text"].split("\n")[0] for one in said].count(latest) == 1


async def test_a_forum_has_an_answer_in_each_topic(chats: Chats, app: App) -> None:
    """What was answered in one topic stays when the same is asked in another."""
    await published(app.services, "The bridge holds")
    forum, topic = await _forum(chats)
    for where in (topic, None, topic, None):
        await chats.ask(ANNA, "/latest", chat=forum, topic=where)
    answers = [one for one in chats.said(forum) if one["text"].startswith("Latest")]
    assert sorted(one.get("message_thread_id", 0) for one in answers) == [0, topic]


async def test_a_menu_in_a_group_is_for_its_admins(chats: Chats) -> None:
    """A member's tap opens no screen of the preferences, which all would see."""
    refusal = "Only admins of this group can change what it gets."
    menu = await chats.ask(OLENA, "/preferences", chat=NEIGHBOURS)
    for button in buttons(menu):
        assert await chats.toast_of(TOM, menu, button["callback_data"]) == in_language("uk").say(refusal)


async def test_a_tap_in_a_channel_opens_ones_own_chat(chats: Chats, app: App) -> None:
    """A tap in a channel leaves the post as it is, and opens the story in the own chat of the reader."""
    channel = chats.world.add_group("The Bridge", [OLENA, ANNA], kind="channel")
    await chats.handled()
    post = await _push(chats, app, "The bridge holds", channel.id)
    for button in buttons(post):
        answer = await chats.world.press(ANNA, channel.id, post["message_id"], button["callback_data"])
        assert answer["url"] == f"https://t.me/{chats.world.bot.username}?start=story_1"
    await chats.handled()
    assert chats.said(channel.id) == [post]


async def test_a_channel_is_set_up_by_its_admins_alone(chats: Chats, app: App) -> None:
    """A command posted in a channel is answered there; its readers cannot press buttons that change it."""
    channel = chats.world.add_group("The Bridge", [OLENA, ANNA], kind="channel")
    await chats.handled()
    menu = await chats.ask(OLENA, "/language", chat=channel.id)
    refusal = in_language("uk").say("Only admins of this group can change what it gets.")
    assert await chats.toast(ANNA, menu, "English") == refusal
    await chats.tap(OLENA, menu, "English")
    assert (await get_subscriber(app.database, channel.id)).language == "en"
    assert await chats.say(OLENA, "We rebuilt the bridge.", chat=channel.id) == []
    assert await chats.say(OLENA, "/unknown", chat=channel.id) == []
    await chats.ask(OLENA, "/stop", chat=channel.id)
    assert await _state(app, channel.id) is SubscriberState.STOPPED


@pytest.mark.parametrize("known", [True, False])
async def test_a_moved_group_is_followed(chats: Chats, app: App, known: bool) -> None:
    """A group that becomes a supergroup keeps its preferences under its new id, in one row."""
    group = chats.world.add_group("Street", [ANNA, TOM], kind="group")
    await chats.handled()
    if known:
        await chats.ask(ANNA, "/start", chat=group.id)
        await app.services.preferences.set_length(group.id, Length.LONG)
    new = chats.world.migrate(group.id)
    await chats.handled()
    async with app.database.read() as session:
        assert await subscribers.by_chat(session, group.id) is None
        moved = await subscribers.by_chat(session, new.id)
    assert (moved is not None) is known
    if moved is not None:
        assert (moved.state, moved.length) == (SubscriberState.ACTIVE, Length.LONG)
    assert (await chats.ask(TOM, "/help", chat=new.id))["chat"]["id"] == new.id


async def test_a_group_speaks_its_own_language(chats: Chats, app: App) -> None:
    """A group's preferences are its own, and do not change those of its members."""
    menu = await chats.ask(ANNA, "/language", chat=NEIGHBOURS)
    await chats.tap(OLENA, menu, "Українська")
    assert (await get_subscriber(app.database, NEIGHBOURS)).language == "uk"
    assert (await chats.ask(ANNA, "/preferences"))["text"].startswith("Your preferences")
