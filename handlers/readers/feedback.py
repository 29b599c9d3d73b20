"""Letters: what a reader writes or sends goes to the editors by one tap, and never unasked."""

from dataclasses import dataclass, field

from telegram import Chat, Message, Update

from bot.editors.roles import Right
from bot.errors import NotFoundError, RefusedError
from bot.i18n import mark
from bot.rendering import render
from bot.rendering.autolinks import without_links
from bot.rendering.buttons import SendLetter, the_story_in
from bot.rendering.message import Button, Composer, shorten
from bot.subscribers.feedback import LETTERS_A_DAY, LetterKey, Reception
from handlers.context import Context
from handlers.keyboards import EXPIRED, read_button

MUTED = mark("The editors do not take messages from this chat. All commands: /help")
_ALBUM = "album"  # key in the chat's data
_HEADLINE = 100  # units


async def add_offer(composer: Composer, context: Context, message: Message) -> None:
    """Add the button that sends this message to the editors, and the Story that it would be about."""
    above = message.reply_to_message
    story = await context.services.feedback.story_of(
        message.chat.id, replied=above.message_id if above else None, named=_named(above)
    )
    texts = context.texts
    if story is not None:
        headline = without_links(shorten(render.brief_title(story, context.reader), _HEADLINE))
        composer.line(
            texts.say(
                "If you send this to the editors, they will see which story it may be about: “{headline}”.",
                headline=headline,
            )
        )
    button = SendLetter(message.message_id, story.id if story else 0)
    composer.buttons(Button(texts.say("Send to the editors"), button.data()))


async def send(update: Update, context: Context) -> None:
    """Store the message of the button as a letter; `letters.notify` announces it to the editors."""
    button, chat = read_button(update, SendLetter, EXPIRED), update.effective_chat
    if chat is None or chat.type != Chat.PRIVATE:
        raise NotFoundError(EXPIRED)
    if context.subscriber.muted:
        raise RefusedError(MUTED)
    services, album = context.services, _album_of(button.message_id, context)
    for message_id in album.message_ids:
        reception = await services.feedback.accept(
            LetterKey(chat.id, message_id),
            await services.editors.with_right(Right.WRITE),
            story_id=button.story_id or None,
            album=album.id,
            counts=message_id == album.message_ids[0],  # an album is one message to its sender
        )
        _require_taken(reception)
    sent = Composer().line(
        context.texts.say("The editors have your message. If they answer, you will see it here.")
    )
    await context.show(update, sent.message())


def is_first_of_album(message: Message, context: Context) -> bool:
    """Note the message in its album, and return whether it is the first one; a single message is."""
    chat_data = context.chat_data
    if message.media_group_id is None or chat_data is None:
        return True
    if chat_data.setdefault(_ALBUM, _Album()).id != message.media_group_id:
        chat_data[_ALBUM] = _Album(message.media_group_id)
    album: _Album = chat_data[_ALBUM]
    album.message_ids.append(message.message_id)
    return len(album.message_ids) == 1


@dataclass(slots=True)
class _Album:
    """Pictures that were sent together and come one by one. A restart forgets all but the first one."""

    id: str | None = None
    message_ids: list[int] = field(default_factory=list)


def _album_of(message_id: int, context: Context) -> _Album:
    """Return the album of a message; a single message has one of its own."""
    known: _Album | None = (context.chat_data or {}).get(_ALBUM)
    if known is not None and message_id in known.message_ids:
        return known
    return _Album(message_ids=[message_id])


def _require_taken(reception: Reception) -> None:
    """Raise a UserError if a letter was not taken."""
    if reception is Reception.REFUSED:
        raise RefusedError(
            mark(
                "You have sent the editors {number} messages today. Please write again tomorrow. All "
                "commands: /help"
            ),
            number=LETTERS_A_DAY,
        )
    if reception is Reception.NOBODY_THERE:
        raise NotFoundError(
            mark("No editor can read your message right now. Please try again later. All commands: /help")
        )


def _named(above: Message | None) -> int | None:
    """Return the story that the buttons of a message name."""
    keyboard = above.reply_markup.inline_keyboard if above and above.reply_markup else ()
    data = (button.callback_data for row in keyboard for button in row)
    return the_story_in(one if isinstance(one, str) else None for one in data)
