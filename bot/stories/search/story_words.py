"""The words of a Story, by their stems: whether it has a word or a name, in whatever form it stands there."""

from collections import defaultdict

from bot.language.stemming import stemmer
from bot.stories.search.search_terms import every_word, is_unspaced, without_accents
from storage.models import Story

_LONGEST = 50_000  # characters of a text that are read, as for a search: eight thousand words, 20 ms


class StoryWords:
    """A text's words by their stems in its language. What was asked once is remembered."""

    def __init__(self, text: str, language: str) -> None:
        self._stemmer = stemmer(language)
        self._at: dict[str, set[int]] = defaultdict(set)  # where each stem stands
        self._unspaced: list[str] = []
        stems: dict[str, frozenset[str]] = {}
        for place, word in enumerate(every_word(text[:_LONGEST])):
            if is_unspaced(word):
                self._unspaced.append(word)
            if word not in stems:
                stems[word] = self._stems(word)
            for stem in stems[word]:
                self._at[stem].add(place)
        self._known: dict[str, bool] = {}

    @classmethod
    def of(cls, story: Story) -> "StoryWords":
        """Return the words of all that a reader may see of the Story: headline, text, plea and Summaries."""
        summaries = (summary.text for summary in story.summaries)
        return cls("\n".join((story.headline, story.body, story.plea or "", *summaries)), story.language)

    def have(self, phrase: str) -> bool:
        """Return whether the words of the phrase stand in the text side by side, each as a whole word.

        In scripts without spaces between words, it is enough that its characters stand there.
        """
        if phrase not in self._known:
            self._known[phrase] = self._find(every_word(phrase))
        return self._known[phrase]

    def places(self, word: str) -> frozenset[int]:
        """Return where a word in lower case stands in the text, in any form, counted in words."""
        return frozenset().union(*(self._at.get(stem, ()) for stem in self._stems(word)))

    def _find(self, words: list[str]) -> bool:
        if len(words) == 1 and is_unspaced(words[0]):
            return any(words[0] in one for one in self._unspaced)
        places = [self.places(word) for word in words]
        return bool(places) and any(
            all(first + step in found for step, found in enumerate(places)) for first in places[0]
        )

    def _stems(self, word: str) -> frozenset[str]:
        """Return the stems of a word, without accents, which a reader may leave out."""
        return frozenset(map(without_accents, self._stemmer(word)))
