"""What is wrong with a Source or an entry: stored as a word, and said to each editor in their language."""

from typing import Any

from bot.articles.fetch import errors
from bot.articles.page import reasons
from bot.errors import UserError
from bot.feeds import parser
from bot.i18n import Texts, mark
from bot.stories.intake.analysis import TOO_SLOW
from storage.models import Source, SourceEntry
from storage.words import SourceFault

SLOW_FEED = mark("{name} takes too long to read: give another feed of the site.")
NO_FEED = mark("There is no feed at {host}: give the address of a feed, or of a page that links to one.")
GONE = mark("{host} has removed this feed for good: add its new address if it has one, or remove it.")

SENTENCES: dict[SourceFault, str] = {
    SourceFault.EMPTY: errors.EMPTY,
    SourceFault.LOGIN: errors.LOGIN,
    SourceFault.PAYMENT: errors.PAYMENT,
    SourceFault.FORBIDDEN: errors.FORBIDDEN,
    SourceFault.MISSING: errors.MISSING,
    SourceFault.REMOVED: errors.REMOVED,
    SourceFault.TOO_OFTEN: errors.TOO_OFTEN,
    SourceFault.LEGAL: errors.LEGAL,
    SourceFault.SERVER: errors.SERVER,
    SourceFault.STATUS: errors.STATUS,
    SourceFault.PDF: errors.PDF,
    SourceFault.VIDEO: errors.VIDEO,
    SourceFault.AUDIO: errors.AUDIO,
    SourceFault.PICTURE: errors.PICTURE,
    SourceFault.FILE: errors.FILE,
    SourceFault.UNREACHED: errors.UNREACHED,
    SourceFault.LATE: errors.LATE,
    SourceFault.NO_SITE: errors.NO_SITE,
    SourceFault.CERTIFICATE: errors.CERTIFICATE,
    SourceFault.INSECURE: errors.INSECURE,
    SourceFault.GARBLED: errors.GARBLED,
    SourceFault.NOT_PUBLIC: errors.NOT_PUBLIC,
    SourceFault.PORT: errors.PORT,
    SourceFault.REDIRECT: errors.REDIRECT,
    SourceFault.DOWNGRADE: errors.DOWNGRADE,
    SourceFault.REDIRECTS: errors.REDIRECTS,
    SourceFault.LARGE: errors.LARGE,
    SourceFault.NO_STORY: reasons.NO_STORY,
    SourceFault.ROBOT: reasons.ROBOT,
    SourceFault.CONSENT: reasons.CONSENT,
    SourceFault.PAYWALL: reasons.PAYWALL,
    SourceFault.JAVASCRIPT: reasons.JAVASCRIPT,
    SourceFault.LIST: reasons.LIST,
    SourceFault.NO_TEXT: reasons.VIDEO,
    SourceFault.SLOW_PAGE: TOO_SLOW,
    SourceFault.SLOW_FEED: SLOW_FEED,
    SourceFault.NO_FEED: NO_FEED,
    SourceFault.GONE: GONE,
    SourceFault.DOCTYPE: parser.DOCTYPE,
    SourceFault.DAMAGED: parser.DAMAGED,
}
_WORDS = {sentence: fault for fault, sentence in reversed(SENTENCES.items())}


def dump(error: UserError) -> dict[str, Any] | None:
    """Return an error as plain values; None for one that has no word: it is shown as it was noted."""
    fault = _WORDS.get(error.sentence)
    values = {name: one if isinstance(one, int) else str(one) for name, one in error.values.items()}
    return {"fault": fault.value, "values": values} if fault else None


def sentence(noted: Source | SourceEntry, texts: Texts) -> str:
    """Return what is wrong in the language of `texts`; "" if nothing is.

    What an earlier version noted, or a later one with a word that we do not know, is in English.
    """
    match noted.fault or {}:
        case {"fault": str(word), "values": dict(values)} if word in set(SourceFault):
            try:
                return texts.say(SENTENCES[SourceFault(word)], **values)
            except KeyError:  # a version whose sentence has other places
                return noted.reason or ""
    return noted.reason or ""
