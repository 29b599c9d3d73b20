"""Draw a Report: what became of an Appeal. It asks for nothing. No I/O."""

from typing import Any

from bot.i18n import Texts, isolated
from bot.rendering.autolinks import without_links
from bot.rendering.message import Button, Composer, Message, shorten, units
from bot.rendering.render import host
from storage.models import Appeal, Report
from storage.words import AppealState

CAPTION_LIMIT = 1024  # units below a picture (Bot API, sendPhoto)
LONGEST_TEXT = 600  # units; the rest of a caption is for the lines around the text
_ORGANISATION = 80
_HOST = 60


def report(sent: Report, texts: Texts, *, back: Button | None = None) -> Message:
    """Return the message: the Report's own words, and around them the reader's language."""
    composer = Composer().line(texts.say("What became of this appeal"), "bold")
    organisation = without_links(shorten(sent.organisation, _ORGANISATION))
    composer.line(isolated(organisation), "bold").line()
    note = _language_note(sent, texts)
    if note:
        composer.line(note, "italic")
    footer = texts.say("You get this because you helped, or follow the story. /helped")
    room = CAPTION_LIMIT - composer.used - units(footer) - _HOST - units(texts.say("Read on {host}", host=""))
    composer.line(isolated(shorten(without_links(sent.text), min(LONGEST_TEXT, room)))).line()
    if sent.link and _may_be_opened(sent.link, sent.appeal):
        address = shorten(host(sent.link), _HOST)
        composer.line(without_links(texts.say("Read on {host}", host=address)))
        composer.buttons(Button(texts.say("Read on {host}", host=address), url=sent.link))
    return composer.line(footer, "italic").buttons(back).message()


def _may_be_opened(link: str, appeal: Appeal) -> bool:
    """Return whether a link leads elsewhere than to the Appeal's own site, or that is still verified."""
    return appeal.state is AppealState.VERIFIED or host(link) != host(appeal.url)


def payload(sent: Report, texts: Texts) -> dict[str, Any]:
    """Return the parameters of sendMessage, or those of sendPhoto for a Report with a picture."""
    drawn = report(sent, texts).payload()
    if sent.picture is None:
        return drawn
    keyboard = {"reply_markup": drawn["reply_markup"]} if "reply_markup" in drawn else {}
    caption = {"caption": drawn["text"], "caption_entities": drawn["entities"]}
    return {"photo": sent.picture, **caption, **keyboard}


def _language_note(sent: Report, texts: Texts) -> str:
    """Return the language of the text, where that is not the reader's."""
    language = texts.known_language(sent.language) if sent.language != texts.language else None
    return texts.say("Language: {language}", language=language) if language else ""
