"""/language, and two screens: one chooses the bot's language, the other the languages of stories."""

from telegram import Update

from bot.i18n import languages, own_name
from bot.rendering.autolinks import without_links
from bot.rendering.buttons import PreferencesButton
from bot.rendering.message import Button, Composer, Message
from bot.subscribers import language_parser
from handlers.context import Context
from handlers.guards import require_admin
from handlers.preferences.screens import (
    LANGUAGES,
    Screen,
    back_button,
    choice_button,
    open_button,
    outdated,
)

_ANY = "any"
_STORY_LANGUAGES = "told"  # the screen's name in the data of buttons, whose format must stay
_SHOWN_WORDS = 40  # characters of the typed words that an answer repeats


async def language(update: Update, context: Context) -> None:
    """Ask for the bot's language; with one named by its code or name, speak that."""
    words = " ".join(context.args or [])
    code = language_parser.parse(words)
    if not words:
        await context.show(update, await _draw_language(context))
    elif code not in languages():
        asked = without_links(words[:_SHOWN_WORDS])
        unknown = context.texts.say("I do not speak “{language}” yet.", language=asked)
        await context.show(update, _language_screen(Composer().line(unknown), context))
    else:
        await require_admin(update, context)
        await context.services.preferences.set_language(context.subscriber.chat_id, code or "")
        await context.reload()
        await context.show(update, await _draw_language(context))


def sentences(context: Context) -> list[str]:
    """Say which language the bot speaks, and in which ones stories come."""
    texts, subscriber = context.texts, context.subscriber
    own, codes = texts.language_name(subscriber.language), subscriber.story_languages.split()
    if not codes:
        return [texts.say("I write to you in {language}. You read stories in any language.", language=own)]
    named = texts.listed([texts.language_name(code) for code in codes])
    return [
        texts.count(
            "I write to you in {language}. You read stories in {languages}.",
            "I write to you in {language}. You read stories in {languages}.",
            len(codes),
            language=own,
            languages=named,
        )
    ]


async def missing(context: Context) -> list[str]:
    """Say that other languages come too, if no recent story is in one of the reader's."""
    codes, of_late = _story_languages(context), await context.services.published.languages()
    if not codes or not of_late or codes.intersection(of_late):
        return []
    texts = context.texts
    named = texts.listed_languages(sorted(codes), style="or")
    return [
        texts.say(
            "There are no new stories in {languages}, so you get stories in other languages.", languages=named
        )
    ]


def buttons(context: Context) -> tuple[Button, Button]:
    """Return the buttons that open both screens."""
    texts = context.texts
    return open_button(texts.say("Language"), "language"), open_button(
        texts.say("Story languages"), _STORY_LANGUAGES
    )


async def _draw_language(context: Context) -> Message:
    composer = Composer()
    for sentence in sentences(context):
        composer.line(sentence)
    return _language_screen(composer, context)


def _language_screen(composer: Composer, context: Context) -> Message:
    """Add the question and a button for each language that the bot speaks."""
    texts = context.texts
    composer.line(texts.say("Which language should I use?"))
    for code in languages():
        chosen = code == context.subscriber.language
        composer.buttons(choice_button(own_name(code), PreferencesButton("language", code), chosen=chosen))
    return composer.buttons(back_button(texts, LANGUAGES)).message()


async def _set_language(context: Context, button: PreferencesButton) -> None:
    await context.services.preferences.set_language(context.subscriber.chat_id, button.choice or "")


async def _draw_story_languages(context: Context) -> Message:
    texts, wanted = context.texts, _story_languages(context)
    composer = Composer().line(texts.say("Which languages do you read?"), "bold").line()
    if wanted:
        composer.line(
            texts.say("You get stories in other languages only if there have been none in yours for a month.")
        ).line()
    for sentence in (*sentences(context), *await missing(context)):
        composer.line(sentence)
    for code in sorted({*languages(), *wanted}):
        chosen = code in wanted
        button = PreferencesButton(_STORY_LANGUAGES, code, wanted=not chosen)
        composer.buttons(choice_button(own_name(code), button, chosen=chosen))
    any_language = PreferencesButton(_STORY_LANGUAGES, _ANY)
    composer.buttons(choice_button(texts.say("Any language"), any_language, chosen=not wanted))
    return composer.buttons(back_button(texts, LANGUAGES)).message()


async def _set_story_languages(context: Context, button: PreferencesButton) -> None:
    """Add or remove one language, or choose any language."""
    wanted, code = _story_languages(context), button.choice or ""
    if button.wanted is None:
        if code != _ANY:
            raise outdated()
        wanted = set()
    elif code not in {*languages(), *wanted}:
        raise outdated()
    else:
        wanted = wanted | {code} if button.wanted else wanted - {code}
    await context.services.preferences.set_story_languages(context.subscriber.chat_id, wanted)


def _story_languages(context: Context) -> set[str]:
    return set(context.subscriber.story_languages.split())


SCREENS = {
    "language": Screen(_draw_language, _set_language, parent=LANGUAGES),
    _STORY_LANGUAGES: Screen(_draw_story_languages, _set_story_languages, stays=True, parent=LANGUAGES),
}
