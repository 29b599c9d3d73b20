"""Draws the welcome of a reader who was away: three lines, and a button that shows all Stories. No I/O."""

from bot.digests.contents import Contents
from bot.digests.digest_story import DigestStory, age
from bot.digests.occasion import Occasion
from bot.digests.view import add_reasons, add_reports, digest, report_buttons, thread_title
from bot.i18n import Texts, isolated
from bot.rendering import render
from bot.rendering.autolinks import without_links
from bot.rendering.buttons import DigestPage, PreferencesButton, StoryView
from bot.rendering.message import Button, Composer, Message, shorten
from bot.rendering.render import Reader

_HEADLINE = 200  # characters
_NAME = 100
_TOO_MUCH = 15  # stories of one absence: more of them make a reader give up


def first_message(contents: Contents, page: DigestPage, reader: Reader) -> Message:
    """Draw the message of a Digest: its first page, or after an absence the welcome."""
    if contents.occasion.is_return and len(contents.entries) > 1:
        return _Welcome(contents, page, reader).draw()
    return digest(contents, page, reader)


class _Welcome:
    """The three lines on several Stories."""

    def __init__(self, contents: Contents, page: DigestPage, reader: Reader) -> None:
        self._contents = contents
        self._page = page
        self._reader = reader
        self._newest = max(contents.entries, key=age)

    def draw(self) -> Message:
        """Draw what changed, the newest Story, and one thing to do; a button shows the rest."""
        texts, is_day_off = self._reader.texts, self._contents.occasion is Occasion.DAY_OFF
        heading = texts.say("Welcome back!") if is_day_off else texts.say("In short:")
        composer = Composer().line(heading, "bold").line()
        composer.line(self._what_changed(texts))
        composer.line(self._what_is_new(texts))
        sentence, button = self._what_to_do(self._contents.appeal, texts)
        composer.line(sentence)
        add_reasons(composer, self._contents.reasons, self._reader)
        add_reports(composer, self._contents.reports, texts)
        composer.buttons(button)
        composer.rows += report_buttons(self._contents.reports, self._page, texts)
        return composer.buttons(Button(texts.say("Show everything"), self._page.data())).message()

    def _what_changed(self, texts: Texts) -> str:
        """Return how many Stories came, and how many Threads have new parts."""
        changed = texts.count(
            "{number} story arrived while you were away.",
            "{number} stories arrived while you were away.",
            len(self._contents.stories),
        )
        going_on = sum(one.thread is not None for one in self._contents.entries)
        if not going_on:
            return changed
        went_on = texts.count(
            "{number} running story has a new part.", "{number} running stories have new parts.", going_on
        )
        return f"{changed} {went_on}"

    def _what_is_new(self, texts: Texts) -> str:
        """Return the newest Story that is part of a Thread; without Threads, the newest Story."""
        parts = [one for one in self._contents.entries if one.thread is not None and one.thread[1]]
        if not parts:
            return texts.say("Latest: {headline}", headline=self._headline(self._newest))
        part = max(parts, key=age)
        thread = isolated(thread_title(part, self._reader, _NAME))
        return texts.say("Latest in “{thread}”: {headline}", thread=thread, headline=self._headline(part))

    def _what_to_do(self, appeal: DigestStory | None, texts: Texts) -> tuple[str, Button]:
        """Return one thing to do, and its button: help, get fewer messages, or read the newest Story."""
        if appeal is not None and appeal.appeal is not None:
            organisation = without_links(shorten(appeal.appeal.organisation, _NAME))
            sentence = texts.say("❤ {organisation} asks for help.", organisation=organisation)
            return sentence, Button(texts.say("How to help"), self._view(appeal, help_card=True).data())
        if len(self._contents.stories) > _TOO_MUCH:
            sentence = texts.say("Is that too much? You can get fewer messages.")
            return sentence, Button(texts.say("Fewer messages"), PreferencesButton("rhythm").data())
        sentence = texts.say("The latest story is a good place to start.")
        return sentence, Button(texts.say("Read the latest story"), self._view(self._newest).data())

    def _view(self, one: DigestStory, *, help_card: bool = False) -> StoryView:
        story = one.for_reader(self._reader.texts.language, self._contents.story_languages)
        return StoryView(story.id, self._reader.length, appeal=help_card, digest=self._page)

    def _headline(self, one: DigestStory) -> str:
        story = one.for_reader(self._reader.texts.language, self._contents.story_languages)
        return isolated(without_links(shorten(render.brief_title(story, self._reader), _HEADLINE)))
