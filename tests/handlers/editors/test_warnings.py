"""Content warnings on the review card: proposed by words, agreed to by a tap, chosen on a screen."""

from dataclasses import replace

from bot.runtime.app import App
from storage.words import ContentWarning
from tests.chats import ANNA, EDITH, Chats, labels, says
from tests.factories import analysis, get_story
from tests.handlers.editors.screens import add_draft, last_change, open_screen


async def _proposed(app: App) -> int:
    """A draft whose words suggest two warnings."""
    found = replace(analysis(), warnings=(ContentWarning.VIOLENCE, ContentWarning.DEATH))
    return (await app.services.stories.add(found, actor="test")).story.id


async def test_a_proposal_counts_once_an_editor_agrees(chats: Chats, app: App) -> None:
    """The card says what is proposed; readers see nothing of it before the tap, and the warning after it."""
    story_id = await _proposed(app)
    card = await chats.ask(EDITH, f"/review {story_id}")
    assert "Proposed warning: violence and death. Readers see it once you agree." in says(card)
    assert not card["text"].startswith("⚠")
    agreed = await chats.tap(EDITH, card, "Add the warning: violence and death")
    assert agreed["text"].startswith("⚠ In this story: violence and death\n")
    story = await get_story(app.database, story_id)
    assert (story.warnings, story.proposed_warnings) == ("violence death", "")
    assert (await last_change(app, story_id)).after["warnings"] == "violence death"
    card = await chats.ask(EDITH, f"/review {story_id}")
    assert not any(label.startswith("Warn:") for label in labels(card))


async def test_a_proposal_that_nobody_agreed_to_is_no_warning(chats: Chats, app: App) -> None:
    """A published story with a mere proposal is shown to readers as any other."""
    story_id = await _proposed(app)
    await app.services.review.publish(story_id, actor="test", push=False)
    assert not (await chats.ask(ANNA, f"/summary {story_id}"))["text"].startswith("⚠")


async def test_a_story_that_no_editor_sees_has_its_proposals(chats: Chats, app: App) -> None:
    """What a trusted source publishes by itself is covered by what its words suggest."""
    story_id = await _proposed(app)
    await app.services.review.publish(story_id, actor="source 1", push=False, unseen=True)
    assert (await get_story(app.database, story_id)).warnings == "violence death"
    assert (await chats.ask(ANNA, f"/summary {story_id}"))["text"].startswith("⚠")


async def test_warnings_are_chosen_on_a_screen(chats: Chats, app: App) -> None:
    """Each tap adds or removes one; “No warning” takes all away."""
    story_id = await add_draft(app.services)
    screen = await open_screen(chats, EDITH, story_id, "Warnings: none")
    screen = await chats.tap(EDITH, screen, "Death")
    screen = await chats.tap(EDITH, screen, "Violence")
    assert labels(screen)[:3] == ["✓ Violence", "Children’s suffering", "✓ Death"]
    screen = await chats.tap(EDITH, screen, "✓ Death")
    assert (await get_story(app.database, story_id)).warnings == "violence"
    screen = await chats.tap(EDITH, screen, "No warning")
    assert "Warnings: none" in labels(screen)


async def test_a_card_shows_the_story_to_who_wants_to_be_warned(chats: Chats, app: App) -> None:
    """An editor who as a reader is warned first sees the whole card, with the warning above it."""
    story_id = await add_draft(app.services)
    await app.services.editing.set_warnings(story_id, [ContentWarning.DEATH], version=None, actor="test")
    card = await chats.ask(EDITH, f"/review {story_id}")
    assert card["text"].startswith("⚠ In this story: death\n\nVolunteers reopen the bridge\n")
    body = await chats.tap(EDITH, card, "Full story")
    assert "It held." in body["text"]
