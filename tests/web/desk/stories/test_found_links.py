"""The link that was found in a Story becomes an Appeal, or is one already."""

from dataclasses import replace

from bot.pleas.findings import Help
from bot.services import Services
from tests.factories import analysis
from tests.web.desk.conftest import SignIn
from tests.web.desk.stories.test_story import form_of, now

LINK = "https://dogs.example/help"


async def with_link(services: Services, url: str = LINK) -> int:
    """A draft in which this link was found, by its number."""
    found = Help(sentence="Give here.", organisation="Happy Dogs", url=url, rule="test")
    return (await services.stories.add(replace(analysis(), help=found), actor="test")).story.id


async def test_a_link_that_was_found_is_proposed(sign_in: SignIn, services: Services) -> None:
    """The form of a new appeal has the link and the organisation; sent, the story names the appeal."""
    story = await with_link(services)
    browser = await sign_in()
    [address] = (await browser.get(f"/stories/{story}")).page.xpath(
        "//a[contains(@href, '/appeals/new')]/@href"
    )
    [form] = (await browser.get(address)).page.xpath("//form[@action='/desk/appeals']")
    fields = {name: value for name, value in form.form_values() if name != "token"}
    assert (fields["url"], fields["organisation"]) == (LINK, "Happy Dogs")
    await browser.post("/appeals", fields)
    named = (await now(services, story)).appeal
    assert named is not None
    assert (named.organisation, named.url) == ("Happy Dogs", LINK)


async def test_the_appeal_of_a_link_that_was_found_is_used(sign_in: SignIn, services: Services) -> None:
    """It is there already: one button saves the story with it, and what else was typed."""
    appeal = await services.appeals.propose(organisation="Happy Dogs e.V.", url=LINK, actor="test")
    story, browser = await with_link(services), await sign_in()
    page = await browser.get(f"/stories/{story}")
    assert page.page.xpath("//a[contains(@href, '/appeals/new')]") == []
    [value] = page.page.xpath("//button[@name='found_appeal']/@value")
    fields = form_of(page) | {"headline": ["New"], "found_appeal": [value]}
    saved = await browser.post(f"/stories/{story}/edit", fields)
    assert "Saved." in saved.text
    assert (await now(services, story)).appeal_id == appeal.id
    assert (await now(services, story)).headline == "New"
    assert saved.page.xpath("//button[@name='found_appeal']") == []


async def test_a_link_that_cannot_be_one_is_not_proposed(sign_in: SignIn, services: Services) -> None:
    """Such as one without https; it is shown all the same."""
    story = await with_link(services, "http://dogs.example/help")
    answer = await (await sign_in()).get(f"/stories/{story}")
    assert "http://dogs.example/help" in answer.text
    assert answer.page.xpath("//a[contains(@href, '/appeals/new')] | //button[@name='found_appeal']") == []
