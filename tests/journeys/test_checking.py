"""A reader asks about links, by polling and by webhook, while an editor verifies and retires an Appeal."""

import pytest

from bot.appeals.appeals import LookalikeError
from bot.config import Settings
from bot.i18n import in_language
from bot.sandbox.server import Sandbox
from tests.chats import READERS, Chats, labels, links, says
from tests.running import running
from tests.sites import Site, opened

FUND = "https://bridge-friends.org/help"


@pytest.mark.parametrize(("person", "language"), READERS)
async def test_from_an_unknown_link_to_a_verified_one_and_back(
    either: Settings, telegram: Sandbox, monkeypatch: pytest.MonkeyPatch, person: int, language: str
) -> None:
    """Unknown, then verified with its card, then unknown again; what imitates it is named meanwhile."""
    chats, say = Chats(telegram.world), in_language(language).say
    unknown, lookalike = (
        say("We do not know this link."),
        say("Careful: this site is not what it looks like."),
    )
    async with opened(Site()) as site:
        monkeypatch.setattr("bot.runtime.build.fetcher_of", lambda _: site.fetcher())
        async with running(either) as app:
            appeals = app.services.appeals
            assert says(await chats.ask(person, FUND))[0] == unknown
            appeal = await appeals.propose(organisation="Bridge Friends", url=FUND, actor="test")
            assert says(await chats.ask(person, f"/check {FUND}"))[0] == unknown
            await appeals.verify(appeal.id, actor="test")
            answer = await chats.ask(person, f"/check {FUND}")
            assert says(answer)[0] == say("Our editors checked this site.")
            assert labels(answer) == ["❤ " + say("Help {organisation}", organisation="Bridge Friends")]
            assert set(links(answer)) == {FUND}
            for fake in ("bridge-frlends.org", "bridgefriends.com", "bridge-friends.org.evil.net"):
                answer = await chats.ask(person, f"https://{fake}/help")
                assert (says(answer)[0], links(answer)) == (lookalike, [])
            copy = await appeals.propose(organisation="B", url="https://bridge-frlends.org/", actor="test")
            with pytest.raises(LookalikeError):
                await appeals.verify(copy.id, actor="test")
            await appeals.retire(appeal.id, actor="test")
            assert says(await chats.ask(person, f"/check {FUND}"))[0] == unknown
    async with running(either) as app:  # what was asked is still known after a restart
        asked = {one.host: one.count for one in await app.services.checks.most_asked()}
        assert asked["bridge-friends.org"] == 4
