"""Who gets a push, in words, for the chat and the desk: the parts of a sample of its Audience."""

from collections.abc import Mapping, Sequence

from bot.broadcasts.preparation.preview import Sample
from bot.i18n import Texts
from bot.rendering.words.broadcasts import CHATS

Part = tuple[str, str]
"""What a part is called, and how many that are: a number where all were counted, else per cent."""


def groups(sample: Sample, texts: Texts, *, languages: int) -> Sequence[tuple[str, Sequence[Part]]]:
    """Return by languages, chats, topics and time of arrival how many get it; nothing without a sample.

    `languages`: so many are named, the others are one part. The time is left out where all get it now.
    """
    if not sample.size:
        return []
    arrives = {
        texts.say("now"): sample.size - sample.later,
        texts.say("later (daily, weekly or after quiet hours)"): sample.later,
    }
    parted = (
        (texts.say("Languages"), _languages(sample, texts, languages)),
        (texts.say("Chats"), {texts.say(CHATS[kind]): size for kind, size in sample.kinds.items()}),
        (
            texts.say("Topics"),
            {
                texts.say("all topics"): sample.all_topics,
                texts.say("chosen topics"): sample.size - sample.all_topics,
            },
        ),
        (texts.say("Arrives"), arrives),
    )
    return [
        (label, [(name, _written(size, sample, texts)) for name, size in parts.items() if size])
        for label, parts in parted
        if sample.later or parts is not arrives
    ]


def _languages(sample: Sample, texts: Texts, most: int) -> Mapping[str, int]:
    ordered = sorted(sample.languages.items(), key=lambda one: -one[1])
    named = {texts.language_name(code): size for code, size in ordered[:most]}
    return named | {texts.say("others"): sum(size for _, size in ordered[most:])}


def _written(size: int, sample: Sample, texts: Texts) -> str:
    return texts.number(size) if sample.whole else texts.share(size / sample.size)
