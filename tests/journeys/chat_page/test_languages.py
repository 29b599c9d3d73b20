"""The chat page marks the language of each text, so that a screen reader speaks it."""

import re

import pytest
from babel.messages.pofile import read_po
from playwright.async_api import Page, expect

from bot import i18n
from bot.sandbox.server import Sandbox
from tests.chat_page import ANNA, OLENA, PlayedBot, look
from tests.chromium import MARKS
from tests.languages import COMPLETE

pytestmark = MARKS

BUTTONS = {"inline_keyboard": [[{"text": "Shorter", "callback_data": "s"}]]}
SENTENCE = 40  # characters; shorter texts are labels
FERRY = {
    "uk": "Село знову має свій пором. Старий човен згорів навесні.",
    "de": "Das Dorf hat seine Fähre wieder. Das alte Boot ist im Frühling verbrannt.",
    "pl": "Wieś znów ma swój prom. Stara łódź spłonęła na wiosnę.",
    "fr": "Le village a de nouveau son bac. Le vieux bateau a brûlé au printemps.",
    "es": "El pueblo vuelve a tener su barca. La vieja se quemó en primavera.",
    "he": "לכפר יש שוב מעבורת.",
}


@pytest.mark.parametrize("language", sorted(FERRY))
async def test_a_message_has_its_language(
    page: Page, sandbox: Sandbox, bot: PlayedBot, language: str
) -> None:
    """Message, list of chats, quotation and announcement are marked with the language of the text."""
    sandbox.world.start(ANNA)
    text = FERRY[language]
    sent = await bot.call("sendMessage", chat_id=ANNA, text=text)
    sandbox.world.say(ANNA, ANNA, "Thanks", reply_to=sent["message_id"])
    await bot.call("sendMessage", chat_id=ANNA, text=text)
    await look(page, sandbox, ANNA)
    await expect(page.locator(".message.in").first).to_have_attribute("lang", language)
    for part in (".quoted", ".chat-last"):
        await expect(page.locator(f"{part} [lang={language}]").first).to_have_text(text)
    await expect(page.locator(".meta").first).to_have_attribute("lang", "en")


@pytest.mark.parametrize("language", COMPLETE)
async def test_the_languages_of_the_bots_texts_are_told_apart(
    page: Page, sandbox: Sandbox, language: str
) -> None:
    """At least 97 of 100 whole sentences of a catalogue are recognised, in the language of any reader."""
    with (i18n.LOCALES / language / i18n.CATALOGUE).open("rb") as file:
        told = [one.string for one in read_po(file) if one.id and isinstance(one.string, str)]
    bare = [re.sub(r"\{.*?\}|<.*?>", " ", text).strip() for text in told]
    sentences = [text for text in bare if len(text) >= SENTENCE]
    await look(page, sandbox, ANNA)
    found = await page.evaluate(
        """async (texts) => {
            const { languageOf } = await import("/static/js/language.js");
            return texts.map((text) => languageOf(text));
        }""",
        sentences,
    )
    assert len(sentences) > 100
    assert found.count(language) / len(sentences) >= 0.97


async def test_lines_in_another_language_are_marked(page: Page, sandbox: Sandbox, bot: PlayedBot) -> None:
    """A German story between English sentences is marked as German, also where a quotation begins or ends."""
    sandbox.world.start(ANNA)
    text = (
        "This story waits for your review. It is not published.\n"
        f"<b>Die Fähre ist zurück</b>\n{FERRY['de']}\n"
        "<blockquote>„Kommt zu uns zurück, wir brauchen euch“, sagt der Fährmann.</blockquote>\n"
        "You can publish it now, or you can change it with the buttons."
    )
    await bot.call("sendMessage", chat_id=ANNA, text=text, parse_mode="HTML", reply_markup=BUTTONS)
    await look(page, sandbox, ANNA)
    message = page.locator(".message.in")
    await expect(message).to_have_attribute("lang", "en")
    german = message.locator(".text [lang=de]")
    await expect(german.nth(0)).to_have_text(f"Die Fähre ist zurück\n{FERRY['de']}")
    await expect(message.locator("blockquote [lang=de]")).to_contain_text("Kommt zu uns zurück")
    lines = await message.locator(".text").evaluate("node => node.innerText.split('\\n')")
    assert "" not in lines[:4]


@pytest.mark.parametrize(("person", "language"), [(ANNA, "en"), (OLENA, None)])
async def test_without_evidence_it_is_the_readers_language(
    page: Page, sandbox: Sandbox, bot: PlayedBot, person: int, language: str | None
) -> None:
    """A name alone is taken to be in the reader's language, unless that has another script."""
    sandbox.world.start(person)
    await bot.call("sendMessage", chat_id=person, text="Baranova 27")
    await look(page, sandbox, person)
    lang = await page.locator(".message.in").get_attribute("lang")
    assert lang == language
