"""The original of a Translation is picked by its title, and nothing that was typed gets lost meanwhile."""

from bot.services import Services
from tests.factories import published
from tests.web.desk.browser import Answer
from tests.web.desk.conftest import SignIn
from tests.web.desk.stories.test_stories import draft
from tests.web.desk.stories.test_story import form_of, now


def offered(answer: Answer) -> dict[str, str]:
    """The choices of the field, by value."""
    options = answer.page.xpath("//select[@id='translation']/option")
    return {one.get("value"): one.text_content() for one in options}


async def test_the_original_is_found_by_words(sign_in: SignIn, services: Services) -> None:
    """Whatever its state is, but not the story itself; then it is saved with all that was typed."""
    original = await published(services, "Der Leuchtturm brennt wieder", language="de")
    other = await draft(services, "Leuchtturm im Nebel")
    story, browser = await draft(services, "The lighthouse: Leuchtturm"), await sign_in()
    fields = form_of(await browser.get(f"/stories/{story}"))
    fields |= {"headline": ["Another headline"], "original": ["leuchtturm"], "find": ["1"]}
    found = await browser.post(f"/stories/{story}/edit", fields)
    assert found.status == 200
    assert "2 stories were found." in found.text
    assert offered(found) == {
        "": "None: it is an original",
        str(original): f"Der Leuchtturm brennt wieder ({original}, German)",
        str(other): f"Leuchtturm im Nebel ({other}, English)",
    }
    assert (await now(services, story)).headline == "The lighthouse: Leuchtturm"
    chosen = form_of(found) | {"translation": [str(original)]}
    chosen.pop("enter", None)
    saved = await browser.post(f"/stories/{story}/edit", chosen | {"original": [""]})
    assert "Saved." in saved.text
    assert (await now(services, story)).translation_of == original
    assert (await now(services, story)).headline == "Another headline"
    shown = offered(await browser.get(f"/stories/{story}"))
    assert shown[str(original)] == f"Der Leuchtturm brennt wieder ({original}, German)"


async def test_the_original_is_found_by_its_number(sign_in: SignIn, services: Services) -> None:
    """A draft too; without a match the choice stays as it was."""
    original, story = await draft(services), await draft(services)
    browser = await sign_in()
    fields = form_of(await browser.get(f"/stories/{story}"))
    for words, number in ((f"#{original}", 1), (str(story), 0), ("xylophone", 0), ("!", 0)):
        found = await browser.post(f"/stories/{story}/edit", fields | {"original": [words], "find": ["1"]})
        assert (str(original) in offered(found)) == bool(number)
        assert f"{number} stor" in found.text


async def test_the_key_enter_finds_or_saves(sign_in: SignIn, services: Services) -> None:
    """It sends a form by its first button: that finds where words stand in the field, else it saves."""
    original, story = await published(services, "The bridge is back"), await draft(services)
    browser = await sign_in()
    page = (await browser.get(f"/stories/{story}")).page
    first = page.xpath("(//form[contains(@action, '/edit')]//button)[1]")[0]
    assert (first.get("name"), first.get("formaction")) == ("enter", None)
    fields = form_of(await browser.get(f"/stories/{story}")) | {"headline": ["New"], "enter": ["1"]}
    found = await browser.post(f"/stories/{story}/edit", fields | {"original": ["bridge back"]})
    assert str(original) in offered(found)
    assert (await now(services, story)).headline != "New"
    await browser.post(f"/stories/{story}/edit", fields)
    assert (await now(services, story)).headline == "New"
