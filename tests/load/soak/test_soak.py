"""A morning of the soak: real processes, feeds, a push that is killed, and the oracle's word on it."""

from pathlib import Path

import pytest

from tests.load.soak import soak
from tests.load.soak.diary import Diary
from tests.load.soak.oracle import Oracle
from tests.load.soak.soak import Wanted


@pytest.fixture(autouse=True)
def _no_network() -> None:
    """The product, the feeds and the sandbox talk on 127.0.0.1."""


async def test_a_morning_is_lived_through_and_judged(tmp_path: Path) -> None:
    """Forty readers, until a day begins: nothing is wrong, and what is taken from a chat is missed."""
    said: list[str] = []
    wanted = Wanted("sqlite", readers=40, days=1, moments=3)
    judged = await soak.run(wanted, tmp_path, said.append)
    assert judged.wrong == 0, judged.text
    assert [one.kind for one in judged.diary.accidents] == ["kill"]
    assert len(judged.diary.pushes) == 8
    assert {one.kind for one in judged.diary.deeds} == {"away", "stop", "block"}
    assert said
    _take_one(judged.diary)
    assert [one.promise for one in Oracle(judged.diary).verdicts() if one.wrong] == ["nobody is missed"]


def _take_one(diary: Diary) -> None:
    """Take the only message with some story out of its chat."""
    alone = next(one for one in diary.received if len(one.stories) == 1 and not one.gathered)
    diary.received = [
        one for one in diary.received if one.chat != alone.chat or not one.stories & alone.stories
    ]
