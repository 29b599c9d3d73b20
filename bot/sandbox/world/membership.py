"""Membership: adding people, groups and topics, joining, leaving and blocking the bot."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from bot.sandbox.world.chats import ChatBook
from bot.sandbox.world.history import in_topic, thread_of
from bot.sandbox.world.people import ForumTopic, Group, GroupKind, Member, Person, WorldError

# Characters; longer titles of groups and names of people are cut.
MAX_TITLE, MAX_NAME = 128, 64
TOPIC_COLOUR = 0x6FB9F0  # one of the six of core.telegram.org/bots/api#createforumtopic
# The bot's rights as an administrator of a channel (core.telegram.org/bots/api#chatmemberadministrator).
ADMINISTRATOR = {
    **dict.fromkeys(
        (
            "can_be_edited",
            "is_anonymous",
            "can_manage_video_chats",
            "can_restrict_members",
            "can_promote_members",
            "can_change_info",
            "can_invite_users",
            "can_post_stories",
            "can_edit_stories",
            "can_delete_stories",
        ),
        False,
    ),
    **dict.fromkeys(
        ("can_manage_chat", "can_delete_messages", "can_post_messages", "can_edit_messages"), True
    ),
}


class Membership(ChatBook):
    """The chat book with the methods that change who is in a chat."""

    def add_person(
        self, name: str, language: str | None = None, *, username: str | None = None, editor: bool = False
    ) -> Person:
        """Add a person."""
        if not name.strip():
            raise WorldError("A person needs a name.")
        name = name.strip()[:MAX_NAME]
        added = self.people.add(Person(self.people.next_id(), name, username, language or None, editor))
        self.publish("people")
        return added

    def rename(self, person: int, *, name: str | None = None, language: str | None = None) -> Person:
        """Change a person's name or the language of their app."""
        old = self.people.get(person)
        renamed = self.people.add(replace(old, name=name or old.name, language=language or old.language))
        self.publish("people")
        return renamed

    def add_readers(self, count: int, first: int = 10_000_000) -> range:
        """Add a crowd of readers who have started the bot; return their ids."""
        readers = self.people.add_crowd(first, count)
        self.touch()
        return readers

    def block(self, person: int, *, blocked: bool = True) -> None:
        """Block or unblock the bot as a person; do nothing if it is so already."""
        actor = self.people.get(person)
        if (person in self.people.blocked) == blocked:
            return
        if blocked:
            self.people.blocked.add(person)
        else:
            self.people.blocked.discard(person)
        old, new = ("member", "kicked") if blocked else ("kicked", "member")
        self._put_bot_status(actor, actor.as_chat(), old, new)
        self.publish("people")

    def add_group(
        self,
        title: str,
        members: Iterable[int],
        *,
        kind: GroupKind = "supergroup",
        forum: bool = False,
        bot_member: bool = True,
    ) -> Group:
        """Add a group or channel with these members and the bot; the first member is its owner."""
        ids = list(dict.fromkeys(self.people.get(person).id for person in members))
        if not title.strip() or not ids:
            raise WorldError("A group needs a title and a member.")
        if forum and kind != "supergroup":
            raise WorldError("Only a supergroup can have topics.")
        group = Group(
            self.next_group_id(kind), title.strip()[:MAX_TITLE], kind, ids, bot_member=bot_member, forum=forum
        )
        self.groups[group.id] = group
        if bot_member:
            self._put_bot_status(self.people.get(ids[0]), group.as_chat(), "left", self._bot_status(group))
        self.publish("chats", group.id)
        return group

    def set_member(self, chat: int, member: Member, *, present: bool) -> None:
        """Add a person or the bot to a group, or remove them; in updates the group's owner does it."""
        group = self.group(chat)
        if member == "bot":
            self._set_bot_member(group, present=present)
        elif present != (member in group.members):
            self._set_person_member(group, self.people.get(member), present=present)
        self.publish("chats", chat)

    def add_topic(self, chat: int, name: str) -> ForumTopic:
        """Add a topic to a forum; its id is that of its service message, as in Telegram."""
        group = self.group(chat)
        if not group.forum or not name.strip():
            raise WorldError("A topic needs a forum and a name.")
        topic = ForumTopic(self.history(chat).last_id + 1, name.strip()[:MAX_TITLE])
        group.topics.append(topic)
        created = {"forum_topic_created": {"name": topic.name, "icon_color": TOPIC_COLOUR}}
        self._post_service(group, self._owner(group), {**in_topic(topic.id), **created})
        self.publish("chats", chat)
        return topic

    def close_topic(self, chat: int, topic: int, *, closed: bool = True) -> None:
        """Close or reopen a topic as the group's owner."""
        group = self.group(chat)
        found = group.topic(topic)
        if found is None:
            raise WorldError("There is no such topic here.")
        if found.closed != closed:
            found.closed = closed
            fact = "forum_topic_closed" if closed else "forum_topic_reopened"
            self._post_service(group, self._owner(group), {**in_topic(topic), fact: {}})
        self.publish("chats", chat)

    def delete_topic(self, chat: int, topic: int) -> None:
        """Delete a topic with its messages as the group's owner; the bot gets no update, as in Telegram."""
        group = self.group(chat)
        group.topics = [one for one in group.topics if one.id != topic]
        sent = [e.message["message_id"] for e in self.history(chat) if thread_of(e.message) == topic]
        self.remove(chat, sent)
        self.publish("chats", chat)

    def remove_bot(self, group: Group) -> None:
        """Let the bot leave a group by itself (leaveChat)."""
        group.bot_member = False
        if not group.is_channel:
            self.post(group.id, self.bot.as_user(), {"left_chat_member": self.bot.as_user()})
        self.publish("chats", group.id)

    def migrate(self, chat: int) -> Group:
        """Make a basic group a supergroup, with a new id; service messages name the old and the new one."""
        group = self.group(chat)
        if group.kind != "group":
            raise WorldError("Only a basic group can become a supergroup.")
        new = replace(group, id=self.next_group_id("supergroup"), kind="supergroup", members=[*group.members])
        self.groups[new.id] = new
        owner = self._owner(group)
        self._post_service(group, owner, {"migrate_to_chat_id": new.id})
        self._post_service(new, owner, {"migrate_from_chat_id": chat})
        group.moved_to = new.id
        self.publish("chats", chat)
        return new

    def group(self, chat: int) -> Group:
        """Return a group. Raises WorldError if it does not exist or has become another one."""
        group = self.groups.get(chat)
        if group is None or group.moved_to is not None:
            raise WorldError("There is no such chat here.")
        return group

    def membership(self, status: str, user: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the Bot API's ChatMember with this status, of the bot unless another user is given."""
        extras: dict[str, dict[str, Any]] = {
            "administrator": ADMINISTRATOR,
            "kicked": {"until_date": 0},
            "creator": {"is_anonymous": False},
        }
        return {"user": user or self.bot.as_user(), "status": status, **extras.get(status, {})}

    def _owner(self, group: Group) -> Person:
        if not group.members:
            raise WorldError("There is nobody in this group.")
        return self.people.get(group.members[0])

    def _set_person_member(self, group: Group, member: Person, *, present: bool) -> None:
        if group.is_channel:  # without service messages
            others = [person for person in group.members if person != member.id]
            group.members = [*others, member.id] if present else others
        elif present:
            group.members.append(member.id)
            self._post_service(group, member, {"new_chat_members": [member.as_user()]})
        else:
            self._post_service(group, member, {"left_chat_member": member.as_user()})
            group.members.remove(member.id)

    def _set_bot_member(self, group: Group, *, present: bool) -> None:
        if group.bot_member == present:
            return
        group.bot_member, owner, bot = present, self._owner(group), self.bot.as_user()
        status = self._bot_status(group)
        old, new = ("left", status) if present else (status, "kicked")
        self._put_bot_status(owner, group.as_chat(), old, new)
        if not group.is_channel:
            self._post_service(
                group, owner, {"new_chat_members": [bot]} if present else {"left_chat_member": bot}
            )

    def _bot_status(self, group: Group) -> str:
        """Return the bot's status in a group; in a channel it can only be an administrator."""
        return "administrator" if group.is_channel else "member"

    def _post_service(self, group: Group, actor: Person, fact: dict[str, Any]) -> None:
        message = self.post(group.id, actor.as_user(), fact)
        if group.bot_member:
            self.updates.put("message", message, chat=group.id)

    def _put_bot_status(self, actor: Person, chat: dict[str, Any], old: str, new: str) -> None:
        payload = {
            "chat": chat,
            "from": actor.as_user(),
            "date": int(self.clock().timestamp()),
            "old_chat_member": self.membership(old),
            "new_chat_member": self.membership(new),
        }
        self.updates.put("my_chat_member", payload, chat=chat["id"])
