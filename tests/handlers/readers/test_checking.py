"""/check and links that people send: what readers see of them, in private chats, groups and inline."""

from collections.abc import AsyncIterator

import pytest

from bot.i18n import in_language
from bot.runtime.app import App
from bot.sandbox.world.history import Message
from bot.services import Services
from tests.chats import ANNA, EDITH, NEIGHBOURS, OLENA, READERS, SEND, TOM, Chats, labels, links, says
from tests.factories import analysis
from tests.sites import Site, opened

JOINER = "\u2060"
VERIFIED = "Our editors checked this site."
LOOKALIKE = "Careful: this site is not what it looks like."
UNKNOWN = "We do not know this link."


@pytest.fixture(autouse=True)
async def site(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    """The site that the bot may ask; a link may have its port."""
    async with opened(Site()) as made:
        monkeypatch.setattr("bot.runtime.build.fetcher_of", lambda _: made.fetcher())
        monkeypatch.setattr("bot.appeals.asked_links.WEB_PORTS", {80, 443, made.port})
        yield made


async def _verified(services: Services, url: str = "https://bridge-friends.org/help") -> None:
    appeal = await services.appeals.propose(organisation="Bridge Friends", url=url, actor="test")
    await services.appeals.verify(appeal.id, actor="test")


def _text(message: Message) -> str:
    return str(message["text"]).replace(JOINER, "")


def _tappable(message: Message) -> list[str]:
    """What can be tapped in the words of a message, but for commands."""
    return [
        one["type"] for one in message.get("entities", []) if one["type"] in {"url", "text_link", "mention"}
    ]


@pytest.mark.parametrize(("person", "language"), READERS)
async def test_a_verified_site_is_shown_with_its_card(
    chats: Chats, services: Services, person: int, language: str
) -> None:
    """The organisation, since when, and the button, which opens the link that was verified."""
    say = in_language(language).say
    await _verified(services)
    answer = await chats.ask(person, "/check https://www.bridge-friends.org/other")
    assert says(answer)[0] == say(VERIFIED)
    assert "Bridge Friends" in _text(answer)
    assert labels(answer) == ["❤ " + say("Help {organisation}", organisation="Bridge Friends")]
    assert set(links(answer)) == {"https://bridge-friends.org/help"}


@pytest.mark.parametrize(("person", "language"), READERS)
async def test_a_lookalike_is_named_with_both_hosts(chats: Chats, person: int, language: str) -> None:
    """Both hosts are shown whole and why it is one; neither can be tapped, and no button leads anywhere."""
    say = in_language(language).say
    answer = await chats.ask(person, "/check https://unicef.org.evil.net/help")
    assert says(answer)[0] == say(LOOKALIKE)
    assert all(host in _text(answer) for host in ("unicef.org.evil.net", "unicef.org (UNICEF)", " evil.net"))
    assert (_tappable(answer), labels(answer)) == ([], [])


@pytest.mark.parametrize(("person", "language"), READERS)
async def test_an_unknown_link_is_never_called_safe(chats: Chats, person: int, language: str) -> None:
    """Readers see that nobody has checked it, and three things that they can look at."""
    say = in_language(language).say
    answer = await chats.ask(person, "/check https://small-fund.example.net/")
    assert says(answer)[0] == say(UNKNOWN)
    assert sum(line.startswith("• ") for line in says(answer)) == 3
    assert say("Our editors have not checked {host}.", host="small-fund.example.net") in _text(answer)
    assert _tappable(answer) == []


async def test_well_known_sites_are_named_but_not_vouched_for(chats: Chats) -> None:
    """The list of the package gives a name; where anybody can open a page, the answer says so."""
    known = await chats.ask(ANNA, "/check www.unicef.org")
    assert says(known)[0] == UNKNOWN
    assert "Our list of well-known sites names it as that of UNICEF." in _text(known)
    assert "Anybody can open a page on gofundme.com" in _text(
        await chats.ask(ANNA, "/check gofundme.com/f/x")
    )


async def test_a_short_link_is_followed_and_its_end_shown(
    chats: Chats, services: Services, site: Site
) -> None:
    """The answer names both hosts; asked again within a minute it tells its age."""
    await _verified(services)
    for host in ("bit.ly", "bridge-friends.org"):
        site.names.table[host] = [["127.0.0.1"]]
    target = site.address("/help", host="bridge-friends.org")
    site.replies["/x"] = f"HTTP/1.1 301 Moved\r\nLocation: {target}\r\n\r\n".encode()
    site.replies["/help"] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    answer = await chats.ask(ANNA, f"/check {site.address('/x', host='bit.ly')}")
    assert says(answer)[0] == VERIFIED
    assert "bit.ly leads to bridge-friends.org." in _text(answer)
    assert "ago" not in _text(answer)
    other = await chats.ask(ANNA, f"/check {site.address('/y', host='bit.ly')}")
    assert "I did not open bit.ly: I did so less than a minute ago." in _text(other)
    assert len(site.requests) == 2


@pytest.mark.parametrize(("person", "language"), READERS)
async def test_a_link_alone_is_checked(chats: Chats, person: int, language: str) -> None:
    """What is nothing but a link is checked, not searched; the button to the editors stays."""
    say = in_language(language).say
    await chats.ask(EDITH, "/start")
    answer = await chats.ask(person, "https://unicef-ukraine.org/donate")
    assert says(answer)[0] == say(LOOKALIKE)
    assert labels(answer) == [say(SEND)]
    assert say("I found no matching stories.") not in _text(answer)


async def test_a_link_of_a_published_story_opens_the_story(chats: Chats, services: Services) -> None:
    """A link under which a story is published finds that story."""
    added = await services.stories.add(
        analysis("The bridge holds", address="https://news.example.org/bridge"), actor="test"
    )
    link = "https://news.example.org/bridge?utm_source=x"
    assert says(await chats.ask(ANNA, link))[0] == UNKNOWN
    await services.review.publish(added.story.id, actor="test", push=False)
    answer = await chats.ask(ANNA, link)
    assert labels(answer)[0] == "1 · The bridge holds"
    assert _tappable(answer) == []


async def test_a_forwarded_plea_is_checked(chats: Chats) -> None:
    """Each link of a forwarded message is checked, also one behind words, and editors get nothing of it."""
    await chats.ask(EDITH, "/start")
    before = len(chats.said(EDITH))
    origin = {"type": "hidden_user", "date": 1, "sender_user_name": "X"}
    text = "Children need help: unicef-ukraine.org or here"
    behind = {
        "type": "text_link",
        "offset": text.index("here"),
        "length": 4,
        "url": "https://gofundrne.com/f/x",
    }
    chats.world.send_as(ANNA, ANNA, {"text": text, "entities": [behind], "forward_origin": origin})
    await chats.told()
    answer = chats.said(ANNA)[-1]
    assert _text(answer).count(LOOKALIKE) == 2
    assert "gofundme.com (GoFundMe)" in _text(answer)
    assert labels(answer) == [SEND]
    assert len(chats.said(EDITH)) == before


async def test_words_with_a_link_in_them_are_no_question_about_it(chats: Chats) -> None:
    """A letter to the editors that has a link is not checked unasked."""
    answer = await chats.ask(ANNA, "Is unicef-ukraine.org any good?")
    assert LOOKALIKE not in _text(answer)


async def test_check_as_a_reply(chats: Chats) -> None:
    """/check as a reply checks the links of the message above it."""
    await chats.ask(ANNA, "Is unicef-ukraine.org any good?")
    own = next(one for one in chats.world.messages(ANNA) if "unicef-ukraine" in one.get("text", ""))
    assert says(await chats.reply(ANNA, own, "/check"))[0] == LOOKALIKE


async def test_check_without_a_link(chats: Chats) -> None:
    """The command alone, or with words, says how it is used."""
    for typed in ("/check", "/check please"):
        assert "Add the link, or reply with /check" in str((await chats.ask(ANNA, typed))["text"])


@pytest.mark.parametrize(
    "link", ["https://unicef.org@evil.net/", "data:text/html,hi", "tg://resolve?domain=x", "http://10.0.0.1/"]
)
async def test_a_bad_link_gets_a_sentence(chats: Chats, link: str) -> None:
    """Typed alone or behind the command, it is answered in one sentence, and nothing in it can be tapped."""
    for typed in (f"/check {link}", link):
        answer = await chats.ask(OLENA, typed)
        assert len(says(answer)) == 1
        assert _tappable(answer) == []


async def test_of_many_links_the_first_are_checked(chats: Chats) -> None:
    """Three links of a message are checked, and the answer says so."""
    answer = await chats.ask(
        ANNA, "/check " + " ".join(f"https://fund{number}.example.net" for number in range(40))
    )
    assert _text(answer).count(UNKNOWN) == 3
    assert says(answer)[-1] == "I looked at the first 3 links."


async def test_in_a_group_the_answer_replaces_the_last_one(chats: Chats) -> None:
    """Anybody in a group may ask; its answers do not pile up, and a link alone is not for the bot."""
    first = await chats.ask(TOM, "/check unicef-ukraine.org", chat=NEIGHBOURS)
    second = await chats.ask(ANNA, "/check unicef.org", chat=NEIGHBOURS)
    assert (says(first)[0], says(second)[0]) == (LOOKALIKE, UNKNOWN)
    assert [one["message_id"] for one in chats.said(NEIGHBOURS)] == [second["message_id"]]
    assert await chats.say(TOM, "unicef-ukraine.org", chat=NEIGHBOURS) == []


@pytest.mark.parametrize(("person", "language"), READERS)
@pytest.mark.parametrize("query", ["check https://unicef-ukraine.org/x", "unicef-ukraine.org"])
async def test_inline_a_link_is_looked_at(  # noqa: PLR0917
    chats: Chats, app: App, site: Site, person: int, language: str, query: str
) -> None:
    """Inline mode says what the name of the host tells; nobody is asked and nothing counted meanwhile."""
    say = in_language(language).say
    answer = await chats.world.inline_query(person, query)
    assert [one["title"] for one in answer["results"]] == [say(LOOKALIKE)]
    sent = chats.world.choose(person, NEIGHBOURS, "check")
    assert say(LOOKALIKE) in _text(sent)
    assert labels(sent) == [say("Open in the bot")]
    assert _tappable(sent) == []
    assert (site.requests, await app.services.checks.most_asked()) == ([], [])


async def test_inline_a_verified_link_brings_its_card(chats: Chats, services: Services) -> None:
    """The card has the help button; a bad link has its sentence; words are searched as ever."""
    await _verified(services)
    await chats.world.inline_query(ANNA, "check bridge-friends.org")
    sent = chats.world.choose(ANNA, NEIGHBOURS, "check")
    assert labels(sent) == ["❤ Help Bridge Friends", "Open in the bot"]
    answer = await chats.world.inline_query(ANNA, "check tg://resolve?domain=x")
    assert answer["results"][0]["title"].startswith("A link with tg:")
    assert (await chats.world.inline_query(ANNA, "check the bridge"))["results"] == []


async def test_what_is_asked_is_counted_without_a_name(chats: Chats, services: Services) -> None:
    """Editors see how often a host was asked about; who asked is nowhere."""
    for person in (ANNA, OLENA):
        await chats.ask(person, "/check unicef-ukraine.org")
    assert [(one.host, one.count) for one in await services.checks.most_asked()] == [
        ("unicef-ukraine.org", 2)
    ]
