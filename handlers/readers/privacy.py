"""/privacy, /mydata, /forgetme: tell what is stored about a chat, hand it over, delete it."""

from telegram import InputFile, Update

from bot.i18n import mark
from bot.rendering.buttons import ForgetMe
from bot.rendering.message import Button, Composer
from handlers.context import Context, topic_of
from handlers.keyboards import EXPIRED, read_button

_FILE = "comeback-mydata.json"
_STORED = (
    mark("the number of this chat, and what you prefer: language, length, topics, hours;"),
    mark("which stories you follow;"),
    mark("the last day on which you used me, and whether I asked you about fewer messages;"),
    mark("how many messages you sent the editors on the last day that you did;"),
    mark("which messages you sent the editors in the last month, without their words;"),
    mark("what you were sent and when, so that a mistake can be mended in your chat too."),
)


async def privacy(update: Update, context: Context) -> None:
    """Tell what is stored and why, in few words."""
    texts = context.texts
    composer = Composer().line(texts.say("Your privacy"), "bold").line()
    composer.line(texts.say("I keep:"))
    for sentence in _STORED:
        composer.line(f"• {texts.say(sentence)}")
    composer.line().line(
        texts.say(
            "I keep no names and nothing that you write: what is for the editors is passed on to them. "
            "Links to help are counted, and never who follows them."
        )
    )
    composer.line().line(texts.say("All of it as a file: /mydata. To have it deleted: /forgetme"))
    await context.show(update, composer.message())


async def mydata(update: Update, context: Context) -> None:
    """Send all that is stored about this chat as a file."""
    chat_id = context.subscriber.chat_id
    contents = await context.services.privacy.copy(chat_id)
    caption = context.texts.say("This is all that I keep about this chat. To have it deleted: /forgetme")
    file, topic = InputFile(contents, _FILE), topic_of(update)
    await context.bot.send_document(chat_id, file, caption=caption, message_thread_id=topic)


async def forgetme(update: Update, context: Context) -> None:
    """Ask whether to forget this chat: there is no way back."""
    texts = context.texts
    composer = Composer().line(texts.say("Shall I forget this chat?"), "bold").line()
    composer.line(
        texts.say(
            "What you prefer, what you follow and the record of what you were sent are deleted for good, "
            "and no more stories come."
        )
    )
    composer.line(
        texts.say(
            "One scrambled number stays: by it I know this chat if somebody hands me a list of readers "
            "with it, and leave it out. The messages here are yours to delete."
        )
    )
    composer.buttons(Button(texts.say("Yes, forget this chat"), ForgetMe(confirmed=True).data()))
    composer.buttons(Button(texts.say("No, keep my data"), ForgetMe(confirmed=False).data()))
    await context.show(update, composer.message())


async def forget(update: Update, context: Context) -> None:
    """Act on the answer to that question."""
    texts = context.texts
    if not read_button(update, ForgetMe, EXPIRED).confirmed:
        await context.show(update, Composer().text(texts.say("Nothing was deleted.")).message())
        return
    await context.services.privacy.forget(context.subscriber.chat_id)
    composer = Composer().line(texts.say("This chat is forgotten."), "bold").line()
    await context.show(update, composer.line(texts.say("To begin again: /start")).message())
