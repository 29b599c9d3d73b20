"""Content warnings in messages: the line above a Story, and the cover that hides the Story. No I/O."""

from collections.abc import Sequence
from dataclasses import replace

from bot.i18n import Texts
from bot.rendering.buttons import StoryView
from bot.rendering.message import Button, Composer, Message
from storage.models import Story
from storage.stories.translations import warnings_of
from storage.words import ContentWarning


def of(story: Story) -> Sequence[ContentWarning]:
    """Return the content warnings that readers see: the Story's own and those of its original."""
    return warnings_of(story)


def name(warning: ContentWarning, texts: Texts) -> str:
    """Return what a warning warns of, as part of a list."""
    match warning:
        case ContentWarning.VIOLENCE:
            return texts.say("violence")
        case ContentWarning.CHILDREN:
            return texts.say("children’s suffering")
        case ContentWarning.DEATH:
            return texts.say("death")


def names(warnings: Sequence[ContentWarning], texts: Texts) -> str:
    """Return what these warnings warn of, as a list in words."""
    return texts.listed([name(one, texts) for one in warnings])


def line(story: Story, texts: Texts) -> str:
    """Return the line that stands before everything else of the Story; empty if it has no warning."""
    found = of(story)
    return texts.say("⚠ In this story: {warnings}", warnings=names(found, texts)) if found else ""


def label(story: Story, texts: Texts) -> str:
    """Return the warnings of a Story as briefly as a button needs them; empty if it has none."""
    found = of(story)
    return f"⚠ {names(found, texts)}" if found else ""


def cover(view: StoryView, warning: str, texts: Texts) -> Message:
    """Return the message that shows the warning of a Story, nothing of the Story, and the button to it."""
    composer = Composer().line(warning, "bold").line()
    composer.line(texts.say("Open it when you are ready. To change how you get such stories: /preferences"))
    return composer.buttons(Button(texts.say("Show the story"), replace(view, warned=True).data())).message()
