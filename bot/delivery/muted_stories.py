"""Finds out which recipients of a push have muted its Story. A reader without muted words costs nothing."""

from collections.abc import Mapping, Sequence

from bot.broadcasts.audiences import StoryVersions
from bot.stories.search.story_words import StoryWords
from bot.subscribers.muted_words import listed
from storage.broadcasts import broadcasts
from storage.database import Database
from storage.deliveries.leases import Lease
from storage.deliveries.recipients import Recipient
from storage.models import Story
from storage.stories import stories
from storage.stories.translations import language_for


def is_muted(words: StoryWords, muted_words: str) -> bool:
    """Return whether a text has one of the words and names in a column `muted_words`."""
    return any(map(words.have, listed(muted_words)))


class MutedStories:
    """Reads the Story of a Broadcast once, and looks up each muted word in it once."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._stories: dict[tuple[int, int], Mapping[str, Story]] = {}  # by Broadcast and version
        self._words: dict[str, StoryWords] = {}  # by language, of the Broadcast above

    async def of(self, lease: Lease, recipients: Sequence[Recipient]) -> set[int]:
        """Return the ids of the recipients who have muted a word of the Story, in the language they get."""
        with_words = [one for one in recipients if one.muted_words]
        if not with_words:
            return set()
        by_language = await self._by_language(lease)
        available = tuple(by_language)
        muted: set[int] = set()
        for one in with_words:
            language = language_for(available, one.language, one.story_languages)
            if language and language not in self._words:
                self._words[language] = StoryWords.of(by_language[language])
            if language and is_muted(self._words[language], one.muted_words):
                muted.add(one.subscriber_id)
        return muted

    async def _by_language(self, lease: Lease) -> Mapping[str, Story]:
        key = (lease.broadcast_id, lease.body_version)
        if key not in self._stories:  # only the last one stays here: few Broadcasts run at once
            found = await self._read(lease.broadcast_id)
            self._stories, self._words = {key: found}, {}
        return self._stories[key]

    async def _read(self, broadcast_id: int) -> Mapping[str, Story]:
        """Return the Story of a Broadcast in each of its languages; nothing where it is gone."""
        async with self._database.read() as session:
            broadcast = await broadcasts.get(session, broadcast_id)
            story_id = broadcast.story_id if broadcast else None
            story = await stories.get(session, story_id) if story_id else None
            if story is None:
                return {}
            return StoryVersions(story, await stories.group(session, story), has_past=False).by_language
