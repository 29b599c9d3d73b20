"""Readers who were away get three lines first, then all Stories: one entry a Thread, no Story twice."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.digests.digest_story import DigestStory, newest_parts
from bot.digests.occasion import Occasion, is_silent, occasion_of
from bot.i18n import in_language
from bot.rendering.buttons import DigestPage, StoryView
from bot.subscribers.days_off import DaysOff
from storage.database import Database
from storage.stories import threads
from storage.subscribers import subscribers
from storage.words import ChatKind, Rhythm
from tests.digests.worlds import MORNING, NIGHT, CorrectionWorld, DigestWorld
from tests.factories import add_subscribers, get_subscriber

BACK = MORNING + timedelta(days=3)


def _stories(parts: list[tuple[int, int]]) -> list[DigestStory]:
    """Stories, each with the number of its Thread (0: none) and the minute at which it came."""
    return [
        DigestStory(
            original_id=number,
            by_language={},
            came_at=NIGHT + timedelta(minutes=minute),
            thread=(thread, f"Thread {thread}") if thread else None,
            has_warned_thread=False,
            appeal=None,
            items={},
            bodies={},
            words={},
        )
        for number, (thread, minute) in enumerate(parts, 1)
    ]


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 30)), max_size=30))
def test_no_story_is_told_twice_and_none_is_left_out(parts: list[tuple[int, int]]) -> None:
    """Each Thread has one entry, its newest part, which counts the others; what began first is first."""
    stories = _stories(parts)
    told = newest_parts([*stories, *stories])
    assert sum(1 + one.earlier for one in told) == len(stories)
    assert len({one.group for one in told}) == len(told)
    begins = []
    for one in told:
        group = [each for each in stories if each.group == one.group]
        assert one.original_id == max(group, key=lambda each: (each.came_at, each.original_id)).original_id
        begins.append(min((each.came_at, each.original_id) for each in group))
    assert begins == sorted(begins)


def test_a_silence_of_thirty_days_is_long() -> None:
    """A day off comes before it; an unknown day is no silence."""
    today = NIGHT.date()
    assert occasion_of(None, today - timedelta(days=29), NIGHT) is Occasion.GATHERED
    assert occasion_of(None, today - timedelta(days=30), NIGHT) is Occasion.SILENCE
    assert occasion_of(NIGHT, today - timedelta(days=30), NIGHT) is Occasion.DAY_OFF
    assert not is_silent(None, NIGHT, timedelta(0))


async def _thread(database: Database, title: str = "The bridge") -> int:
    async with database.transaction() as session:
        return await threads.make(session, title=title, now=NIGHT)


async def _away(world: DigestWorld, language: str) -> int:
    """A reader with a day off, for whom three parts of a Thread and another Story are held."""
    (chat,) = await add_subscribers(world.database, 1, language=language)
    await DaysOff(world.database, world.clock, "UTC").start(chat, BACK.replace(hour=0))
    bridge = await _thread(world.database)
    await world.push("The bridge fell", thread_id=bridge, language=language)
    world.clock.advance(minutes=1)
    await world.push("The school opens", language=language)
    for headline in ("The bridge is mended", "The bridge holds"):
        world.clock.advance(minutes=1)
        await world.push(headline, thread_id=bridge, language=language)
    world.clock.now = BACK
    return chat


@pytest.mark.parametrize("language", ["en", "uk"])
async def test_a_return_is_three_lines_and_then_all_of_it(digest_world: DigestWorld, language: str) -> None:
    """How much came, its newest part, and one thing to do; behind the button, each Thread is one entry."""
    chat = await _away(digest_world, language)
    texts = in_language(language)
    assert await digest_world.gather() == 1
    ((_, text),) = digest_world.telegram.got
    came = texts.count(
        "{number} story arrived while you were away.", "{number} stories arrived while you were away.", 4
    )
    went_on = texts.count(
        "{number} running story has a new part.", "{number} running stories have new parts.", 1
    )
    newest = texts.say("Latest in “{thread}”: {headline}", thread="The bridge", headline="The bridge holds")
    assert text.splitlines() == [
        texts.say("Welcome back!"),
        "",
        f"{came} {went_on}",
        newest,
        texts.say("The latest story is a good place to start."),
    ]
    (read, view), (all_of_it, page) = digest_world.telegram.buttons[chat]
    assert (read, all_of_it) == (texts.say("Read the latest story"), texts.say("Show everything"))
    assert StoryView.parse(view) is not None
    shown = DigestPage.parse(page)
    assert shown is not None
    reader = await get_subscriber(digest_world.database, chat)
    whole = (await digest_world.digests.page(reader, shown)).text
    lines = [line for line in whole.splitlines() if line and "in short" not in line]
    earlier = texts.count("… and {number} earlier part", "… and {number} earlier parts", 2)
    assert lines[1:] == ["The bridge", "1 · The bridge holds", earlier, "2 · The school opens"]


async def test_help_is_the_one_thing_to_do(digest_world: DigestWorld) -> None:
    """Where an Appeal may come, the third line names it; where much came, it offers fewer messages."""
    helps, full = await add_subscribers(digest_world.database, 2)
    days_off = DaysOff(digest_world.database, digest_world.clock, "UTC")
    for chat in (helps, full):
        await days_off.start(chat, BACK.replace(hour=0))
    async with digest_world.database.transaction() as session:
        await subscribers.change(session, full, appealed_at=BACK)
    await digest_world.push("Supper for all", appeal=True)
    for number in range(15):
        await digest_world.push(f"Story {number:02}")
    digest_world.clock.now = BACK
    assert await digest_world.gather() == 2
    texts = dict(digest_world.telegram.got)
    assert texts[helps].splitlines()[-1] == "❤ Lindenau Supper Circle asks for help."
    assert digest_world.telegram.buttons[helps][0][0] == "How to help"
    assert texts[full].splitlines()[-1] == "Is that too much? You can get fewer messages."
    assert digest_world.telegram.buttons[full][0] == ("Fewer messages", "prefs:rhythm")


async def test_a_long_silence_is_a_return_too(digest_world: DigestWorld) -> None:
    """A reader of daily messages who was not seen for 30 days gets three lines; one who was, the list."""
    gone, here = await add_subscribers(
        digest_world.database, 2, rhythm=Rhythm.DAILY, hour=8, seen_on=NIGHT.date()
    )
    async with digest_world.database.transaction() as session:
        await subscribers.change(session, gone, seen_on=MORNING.date() - timedelta(days=30))
    await digest_world.push("The bridge holds")
    await digest_world.push("The school opens")
    digest_world.clock.now = MORNING
    assert await digest_world.gather() == 2
    texts = dict(digest_world.telegram.got)
    assert texts[gone].splitlines()[:3] == ["In short:", "", "2 stories arrived while you were away."]
    assert texts[here].startswith("Your new stories:")


async def test_a_group_gets_the_list_after_a_day_off(digest_world: DigestWorld) -> None:
    """Its members could not open “All of it” for themselves, and it is no person to be welcomed."""
    await add_subscribers(digest_world.database, 1, chat_id=-100_500, kind=ChatKind.GROUP)
    await DaysOff(digest_world.database, digest_world.clock, "UTC").start(-100_500, MORNING)
    await digest_world.push("The bridge holds")
    await digest_world.push("The school opens")
    digest_world.clock.now = MORNING
    assert await digest_world.gather() == 1
    assert digest_world.telegram.got[0][1].startswith("Your new stories:")


async def test_a_corrected_return_stays_one(correction_world: CorrectionWorld) -> None:
    """A withdrawal draws the three lines again without the Story, and says why it was withdrawn."""
    (chat,) = await add_subscribers(correction_world.database, 1)
    days_off = DaysOff(correction_world.database, correction_world.clock, "UTC")
    await days_off.start(chat, MORNING)
    wrong = await correction_world.push("The bridge fell")
    await correction_world.push("The school opens")
    await correction_world.push("The market is back")
    correction_world.clock.now = MORNING
    assert await correction_world.gather() == 1
    await correction_world.send_all(
        await correction_world.corrections.withdraw(wrong, actor="editor 1", reason="It stands.")
    )
    assert str(correction_world.telegram.texts(chat)[-1]).splitlines() == [
        "Welcome back!",
        "",
        "2 stories arrived while you were away.",
        "Latest: The market is back",
        "The latest story is a good place to start.",
        "",
        "A story was withdrawn.",
        "The reason: It stands.",
    ]


async def test_a_corrected_story_in_a_list_says_what_was_wrong(correction_world: CorrectionWorld) -> None:
    """The sentence of the editor stands under its headline, in the message and on its pages."""
    (chat,) = await add_subscribers(correction_world.database, 1)
    wrong = await correction_world.push("The bridge fell")
    await correction_world.push("The school opens")
    correction_world.clock.now = MORNING
    assert await correction_world.gather() == 1
    await correction_world.rename(wrong, "The bridge holds")
    await correction_world.send_all(
        await correction_world.corrections.correct(wrong, actor="editor 1", note="It never fell.")
    )
    lines = str(correction_world.telegram.texts(chat)[-1]).splitlines()
    assert lines[lines.index("2 · The bridge holds") + 1] == "Corrected: It never fell."
    reader = await get_subscriber(correction_world.database, chat)
    page = await correction_world.digests.page(reader, DigestPage(MORNING))
    assert "Corrected: It never fell." in page.text
