"""/privacy, /mydata, /forgetme: tell what is stored about a chat, hand it over, delete it."""

from telegram import InputFile, Update

from bot.i18n import mark
from bot.rendering.buttons import ForgetMe
from bot.rendering.message import Button, Composer
from handlers.context import Context, topic_of
from handlers.keyboards import EXPIRED, read_button

_FILE = "comeback-mydata.json"
_STORED = (
    mark("the number of this chat and your preferences, such as language, topics and time zone"),
    mark("which stories you follow"),
    mark("which appeals you supported, if you told me"),
    mark("the last day you used this bot, and whether I offered you fewer messages"),
    mark("how many messages you sent to the editors on the last day you wrote to them"),
    mark("which messages you sent to the editors in the last month, but not what they say"),
    mark("what I sent you and when, so that mistakes can be corrected in your chat too"),
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
            "I keep no names and nothing you write, except the words you mute. What you write to "
            "the editors is passed on to them. I count clicks on help links, and how often /check "
            "is asked about each site, but I do not record who clicks or asks."
        )
    )
    composer.line().line(texts.say("To get all of it as a file: /mydata. To delete it: /forgetme"))
    await context.show(update, composer.message())


async def mydata(update: Update, context: Context) -> None:
    """Send all that is stored about this chat as a file."""
    chat_id = context.subscriber.chat_id
    contents = await context.services.privacy.copy(chat_id)
    caption = context.texts.say("This is everything I keep about this chat. To delete it: /forgetme")
    file, topic = InputFile(contents, _FILE), topic_of(update)
    await context.bot.send_document(chat_id, file, caption=caption, message_thread_id=topic)


async def forgetme(update: Update, context: Context) -> None:
    """Ask whether to forget this chat: there is no way back."""
    texts = context.texts
    composer = Composer().line(texts.say("Should I forget this chat?"), "bold").line()
    composer.line(
        texts.say(
            "Your preferences, the stories you follow and the record of what I sent you will be "
            "deleted for good. You will get no more stories."
        )
    )
    composer.line(
        texts.say(
            "I will keep only one scrambled number. It will let me recognise this chat and leave "
            "it out if somebody imports a list of readers. You can delete the messages here "
            "yourself."
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
    composer = Composer().line(texts.say("I have forgotten this chat."), "bold").line()
    await context.show(update, composer.line(texts.say("To start again: /start")).message())
