"""The words for Canaries: what did not reach one of them."""

from collections.abc import Mapping

from bot.i18n import Texts, mark
from storage.words import CanaryFault

FAULTS: Mapping[CanaryFault, str] = {
    CanaryFault.MISSING: mark("{name}: push {number} has not come."),
    CanaryFault.REFUSED: mark("{name}: Telegram refused push {number}."),
    CanaryFault.LATE: mark("{name}: push {number} should have come in a digest by now."),
    CanaryFault.SHUT: mark("{name}: this chat has stopped or blocked the bot, so nothing reaches it."),
}


def alarm(fault: CanaryFault, name: str, push: int | None, texts: Texts) -> str:
    """Return what is wrong. `name`: of the Canary; `push`: which one, None for `CanaryFault.SHUT`."""
    return texts.say(FAULTS[fault], name=name, number=push)
