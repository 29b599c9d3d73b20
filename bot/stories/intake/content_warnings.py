"""Proposes content warnings for a story by its words. They count once an editor agrees."""

from collections.abc import Iterable

from bot.language import rule_tables
from bot.stories.search.search_terms import every_word
from bot.stories.search.story_words import StoryWords
from storage.words import ContentWarning

_LEAST = 2  # words of a kind in a text: one alone is often a figure of speech
_NEAR = 10  # words between a child and what it suffers: about a sentence


def propose(headline: str, body: str, language: str) -> tuple[ContentWarning, ...]:
    """Return the warnings that the words suggest; none in a language without a table.

    Violence and death: one word in the headline or two in the text. Children: a child near violence, death or
    suffering.
    """
    table = rule_tables.table("warnings").get(language)
    if table is None:
        return ()
    words = StoryWords(f"{headline}\n{body}", language)
    places = {kind: _places(words, listed) for kind, listed in table.items()}
    in_headline = range(len(every_word(headline)))
    found = {
        kind: len(places[kind]) >= _LEAST or any(place in in_headline for place in places[kind])
        for kind in (ContentWarning.VIOLENCE, ContentWarning.DEATH)
    }
    harm = places["violence"] | places["death"] | places["suffering"]
    found[ContentWarning.CHILDREN] = _are_near(places["children"], harm)
    return tuple(kind for kind in ContentWarning if found[kind])


def _places(words: StoryWords, listed: Iterable[str]) -> frozenset[int]:
    return frozenset().union(*map(words.places, listed))


def _are_near(children: frozenset[int], harm: frozenset[int]) -> bool:
    return any(place + step in harm for place in children for step in range(-_NEAR, _NEAR + 1) if step)
