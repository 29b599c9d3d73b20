"""Attempts to bring an unverified link before a reader that need no chat: words, and help links over HTTP."""

from datetime import UTC

import pytest

from bot.appeals.appeals import Appeals
from bot.appeals.clicks import Clicks
from bot.appeals.fields import AppealField
from bot.appeals.help_links import HelpLinks
from bot.editors.rights import Rights
from bot.errors import UserError
from bot.i18n import in_language
from bot.rendering import lists, render
from bot.rendering.buttons import StoryView
from bot.rendering.message import Message
from bot.rendering.render import Reader
from storage.database import Database
from storage.models import Appeal, Story, Summary
from storage.words import AppealState, Length, StoryState, SuspensionReason
from tests.factories import NOON, MovableClock
from tests.tappable import BOT, tappable

GOOD, EVIL = "https://example.org/help", "https://evil-relief.net/give"
# What Telegram makes a link of, in the words of a story, an appeal or a name.
HOSTILE = {
    "a bare domain": "evil-relief.net",
    "a whole address": EVIL,
    "an IP address": "http://203.0.113.7/give or 203.0.113.7",
    "Punycode": "xn--80afc6ajabf.xn--j1amh/give",
    "a domain in other letters": "допомога.укр",
    "an ending with a vowel sign": "evil.भारत",
    "a host that ends with a vowel sign": "हिन्दी.com",
    "a host with an accent of its own": "e\u0301vile\u0301.com",
    "a zero-width joiner before the dot": "evil-relief\u200d.net",
    "a zero-width non-joiner before the dot": "evil-relief\u200c.net/give",
    "a host of emoji": "💸.la/give",
    "a hyphen before the dot": "evil-.net",
    "right-to-left marks": "\u202eten.feiler-live\u202c evil\u202e.net",
    "Markdown": "[example.org](https://evil-relief.net)",
    "HTML": '<a href="https://evil-relief.net">example.org</a>',
    "user-info": "https://example.org@evil-relief.net/",
    "a query with an address": "https://example.org/help?to=https://evil-relief.net",
    "a scheme of Telegram": "tg://resolve?domain=evil_relief",
    "a mention": "@evil_relief",
    "an e-mail address": "give@evil-relief.net",
    "another page of the verified host": "https://example.org/~evil/give",
    "a host below the verified one": "https://evil.example.org/help",
    "another query of the verified page": "https://example.org/help?account=evil",
    "another port of the verified host": "https://example.org:8443/help",
}


def _messages(words: str) -> list[Message]:
    """Every message of a Story and its verified Appeal with these words wherever words can stand."""
    appeal = Appeal(
        id=1, organisation=words, purpose=words, registration=words, url=GOOD, state=AppealState.VERIFIED
    )
    story = Story(
        id=1, state=StoryState.PUBLISHED, headline=words, byline=words, language="de", body=words,
        plea=words, plea_speaker=words, notice=words, published=NOON,
        summaries=[Summary(length=length, text=words) for length in Length],
    )  # fmt: skip
    reader = Reader(in_language("en"), UTC)
    views = [StoryView(1, appeal=True), StoryView(1, page=1), StoryView(1, page=1, appeal=True)]
    drawn = [render.story(story, view, appeal, reader, exact) for view in views for exact in ("", "Note.")]
    listed = [lists.latest([story], 0, 1, reader), lists.matches([story], reader)]
    listed += [lists.found([story], [words], 0, 1, reader), lists.appeals([appeal], reader)]
    thread = lists.thread(words, [story], reader, view=views[0], page=0, total=1)
    return [
        *drawn,
        *listed,
        thread,
        render.shared(story, appeal, reader, BOT),
        render.withdrawn(reader.texts, words),
    ]


@pytest.mark.parametrize("words", HOSTILE.values(), ids=HOSTILE)
def test_in_words(words: str) -> None:
    """Hidden in any words, it cannot be tapped; the watch would see it if it could."""
    assert list(tappable({"text": f"Give at {words} now."}))
    for message in _messages(f"Give at {words} now."):
        assert set(tappable(message.payload())) <= {GOOD, BOT}


@pytest.fixture
def service(database: Database) -> Appeals:
    return Appeals(database, MovableClock(), Rights())


LINKS = HelpLinks("https://bot.example", b"a key")
OTHER_KEY = HelpLinks("https://bot.example", b"another key")


@pytest.fixture
def counting(database: Database) -> Clicks:
    return Clicks(database, MovableClock())


async def _appeal(service: Appeals, state: AppealState) -> Appeal:
    made = await service.propose(organisation="Fund", url=EVIL, actor="one")
    if state is not AppealState.PROPOSED:
        await service.verify(made.id, actor="two")
    if state is AppealState.SUSPENDED:
        await service.suspend(made.id, reason=SuspensionReason.CHANGED, actor="check")
    if state is AppealState.RETIRED:
        await service.retire(made.id, actor="two")
    return (await service.details(made.id)).appeal


def _name(appeal: Appeal, links: HelpLinks = LINKS) -> str:
    return links.address(appeal).rpartition("/")[2]


@pytest.mark.parametrize("state", [AppealState.PROPOSED, AppealState.SUSPENDED, AppealState.RETIRED])
@pytest.mark.parametrize("counted", [True, False])
async def test_a_signed_link_of_what_is_not_shown(
    service: Appeals, counting: Clicks, state: AppealState, *, counted: bool
) -> None:
    """The signature is right, the Appeal is not verified (any more)."""
    number = LINKS.read(_name(await _appeal(service, state)))
    with pytest.raises(UserError):
        await counting.follow(number, counted=counted)


async def test_a_signed_link_after_a_change(service: Appeals, counting: Clicks) -> None:
    """The link that was verified leads nowhere once another one stands in its place."""
    appeal = await _appeal(service, AppealState.VERIFIED)
    await service.change(appeal.id, {AppealField.URL: GOOD}, actor="one", hides=True)
    with pytest.raises(UserError):
        await counting.follow(LINKS.read(_name(appeal)), counted=True)


_RIGHT, _OTHER = _name(Appeal(id=1, url=EVIL)), _name(Appeal(id=2, url=GOOD))
_SIGNATURE = _RIGHT.partition("-")[2]
FORGED = {
    "another key": _name(Appeal(id=1, url=EVIL), OTHER_KEY),
    "the signature of another appeal": f"1-{_OTHER.partition('-')[2]}",
    "the number of another appeal": f"2-{_SIGNATURE}",
    "a leading zero": f"0{_RIGHT}",
    "other digits": f"\u0661-{_SIGNATURE}",
    "no signature": "1-",
    "capital letters": f"1-{'A' * 12}",
    "more behind it": f"{_RIGHT}/evil",
    "an address": EVIL,
    "a new line": f"{_RIGHT}\n",
}


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED)
def test_a_forged_help_link(forged: str) -> None:
    """A name that this bot did not sign is no Appeal's."""
    assert LINKS.read(_RIGHT) == 1
    with pytest.raises(UserError):
        LINKS.read(forged)
