"""Draws the welcome of a reader who was away: three lines first, and all of it behind a button. No I/O."""

from collections.abc import Sequence

from bot.digests.digest_story import DigestStory, Reason, told_as_one
from bot.digests.occasion import Occasion
from bot.digests.view import add_reasons, digest, thread_title
from bot.i18n import Texts, isolated
from bot.rendering import render
from bot.rendering.autolinks import without_links
from bot.rendering.buttons import DigestPage, PreferencesButton, StoryView
from bot.rendering.message import Button, Composer, Message, shorten
from bot.rendering.render import Reader

_HEADLINE = 200  # characters
_NAME = 100
_TOO_MUCH = 15  # stories of one absence: more of them make a reader give up


def first_message(
    stories: Sequence[DigestStory],
    page: DigestPage,
    reader: Reader,
    *,
    story_languages: str = "",
    occasion: Occasion = Occasion.GATHERED,
    appeal: DigestStory | None = None,
    reasons: Sequence[Reason] = (),
) -> Message:
    """Draw the message with these ranked Stories: the first page of them, or the welcome after an absence.

    `appeal` is the Story whose Appeal comes with it; `reasons` say why Stories that were here were withdrawn.
    """
    told = told_as_one(stories) if occasion.is_return else ()
    if len(told) > 1:
        shown = _Welcome(told, len(stories), page, reader, story_languages)
        return shown.draw(occasion, appeal, reasons)
    return digest(
        stories,
        page,
        reader,
        story_languages=story_languages,
        occasion=occasion,
        appeal=appeal,
        reasons=reasons,
    )


class _Welcome:
    """The three lines on `told`, each Thread as one, that stand for `number` Stories."""

    def __init__(
        self,
        told: Sequence[DigestStory],
        number: int,
        page: DigestPage,
        reader: Reader,
        story_languages: str,
    ) -> None:
        self._told = told
        self._number = number
        self._page = page
        self._reader = reader
        self._story_languages = story_languages
        self._newest = max(told, key=lambda one: (one.came_at, one.original_id))

    def draw(self, occasion: Occasion, appeal: DigestStory | None, reasons: Sequence[Reason]) -> Message:
        """Draw what changed, the newest of it, and one thing to do; the reader opens the rest."""
        texts = self._reader.texts
        heading = texts.say("Welcome back!") if occasion is Occasion.DAY_OFF else texts.say("In short:")
        composer = Composer().line(heading, "bold").line()
        composer.line(self._what_changed(texts))
        composer.line(self._what_is_new(texts))
        sentence, button = self._what_to_do(appeal, texts)
        composer.line(sentence)
        add_reasons(composer, reasons, self._reader)
        composer.buttons(button)
        return composer.buttons(Button(texts.say("Show everything"), self._page.data())).message()

    def _what_changed(self, texts: Texts) -> str:
        """Return how many Stories came, and how many Threads went on."""
        changed = texts.count(
            "{number} story came while you were away.",
            "{number} stories came while you were away.",
            self._number,
        )
        going_on = sum(one.thread is not None for one in self._told)
        if not going_on:
            return changed
        went_on = texts.count(
            "{number} running story has a new part.", "{number} running stories have new parts.", going_on
        )
        return f"{changed} {went_on}"

    def _what_is_new(self, texts: Texts) -> str:
        """Return the newest part of the Thread that moved last; without Threads, the newest Story."""
        parts = [one for one in self._told if one.thread is not None and one.thread[1]]
        if not parts:
            return texts.say("Latest: {headline}", headline=self._headline(self._newest))
        part = max(parts, key=lambda one: (one.came_at, one.original_id))
        thread = isolated(without_links(thread_title(part, self._reader, _NAME)))
        return texts.say("Latest in “{thread}”: {headline}", thread=thread, headline=self._headline(part))

    def _what_to_do(self, appeal: DigestStory | None, texts: Texts) -> tuple[str, Button]:
        """Return one thing to do, and its button: help, have less of it, or read the newest Story."""
        if appeal is not None and appeal.appeal is not None:
            organisation = without_links(shorten(appeal.appeal.organisation, _NAME))
            sentence = texts.say("❤ {organisation} asks for help.", organisation=organisation)
            return sentence, Button(texts.say("How to help"), self._view(appeal, help_card=True).data())
        if self._number > _TOO_MUCH:
            sentence = texts.say("Is that too much? You can get fewer messages.")
            return sentence, Button(texts.say("Fewer messages"), PreferencesButton("rhythm").data())
        sentence = texts.say("The latest story is a good place to start.")
        return sentence, Button(texts.say("Read the latest story"), self._view(self._newest).data())

    def _view(self, one: DigestStory, *, help_card: bool = False) -> StoryView:
        story = one.for_reader(self._reader.texts.language, self._story_languages)
        return StoryView(story.id, self._reader.length, appeal=help_card, digest=self._page)

    def _headline(self, one: DigestStory) -> str:
        story = one.for_reader(self._reader.texts.language, self._story_languages)
        return isolated(without_links(shorten(render.brief_title(story, self._reader), _HEADLINE)))
