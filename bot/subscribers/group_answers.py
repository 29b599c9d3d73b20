"""Answers in groups: each replaces the last one of its kind, so that they do not fill the chat."""

from storage.database import Database
from storage.subscribers import group_answers, subscribers
from storage.subscribers.group_answers import AnswerPlace

_LONGEST_KIND = 32  # characters, the width of the column


class GroupAnswers:
    """Knows the newest answer of each kind in every group."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def replace(self, chat_id: int, kind: str, topic: int | None, message_id: int) -> int | None:
        """Note the newest answer of a kind, in a forum in this topic. Return the one that is to be deleted.

        Return None where there is none, or the chat is unknown.
        """
        async with self._database.transaction() as session:
            found = await subscribers.by_chat(session, chat_id)
            if found is None:
                return None
            place = AnswerPlace(found.id, kind[:_LONGEST_KIND], topic or 0)
            return await group_answers.replace(session, place, message_id=message_id)
