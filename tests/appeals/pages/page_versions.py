"""Pages of organisations as they are today, and what may become of them: by the owner, and by others.

The rules of `bot/appeals/pages/fingerprints.py` were written with these versions. Those of
`page_versions_check.py` were written afterwards, and only report how often the rules are right.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.appeals.pages import signs
from bot.appeals.pages.fingerprints import Fingerprint
from bot.articles.article import FetchedPage


@dataclass(frozen=True)
class Page:
    """A page with what varies in it."""

    organisation: str
    host: str
    title: str
    head: str = ""
    top: str = ""
    text: str = ""
    ways: str = ""
    foot: str = ""
    hosts: tuple[str, ...] = ()
    certified: str = ""

    @property
    def html(self) -> str:
        return (
            f"<!doctype html><html><head><meta charset=utf-8><title>{self.title}</title>{self.head}</head>"
            f"<body>{self.top}<main>{self.text}{self.ways}</main><footer>{self.foot}</footer></body></html>"
        )

    def fingerprint(self) -> Fingerprint:
        """Return what a check reads in it."""
        address = f"https://{self.host}/help"
        found = signs.read(FetchedPage(self.html.encode(), address, "utf-8"), self.organisation)
        return Fingerprint(address, self.hosts or (self.host,), self.certified, found)


Version = Callable[[Page], Page]

_LONG = (
    "<p>People cross the river by boat until the bridge stands. Every gift buys planks and nails.</p>" * 12
)

BRIDGE = Page(
    organisation="Bridge Friends (BRF)",
    host="www.bridge-friends.org",
    title="Donate | Bridge Friends",
    head='<script src="https://cdn.example.net/app.123.js"></script><link rel=icon href=/i.png>',
    top='<nav><a href="/">Home</a> <a href="/news">News</a></nav><h1>Help us rebuild the bridge</h1>',
    text=_LONG,
    ways=(
        '<form action="https://www.paypal.com/donate" method=post>'
        '<input type=hidden name=hosted_button_id value="ABC123DEF456"><button>Donate</button></form>'
        "<p>IBAN: DE89 3704 0044 0532 0130 00</p>"
    ),
    foot="© Bridge Friends e.V. 2026",
)

TUNE_OWN: dict[str, Version] = {
    "nothing": lambda page: page,
    "a cookie banner": lambda page: replace(
        page, top=page.top + "<div id=cookies>We use cookies. <button>Accept all cookies</button></div>"
    ),
    "another title": lambda page: replace(page, title="12,480 people have helped. Will you?"),
    "another CDN": lambda page: replace(
        page, head='<script src="https://d3abc.cloudfront.net/app.9f.js"></script>'
    ),
    "other words": lambda page: replace(page, top="<h1>Winter is near</h1>", text="<p>Blankets.</p>" * 80),
    "another language": lambda page: replace(
        page, title="Spenden | Bridge Friends", top="<h1>Helft uns</h1>", text="<p>Wir bauen.</p>" * 80
    ),
    "without www": lambda page: replace(page, host="bridge-friends.org"),
    "a host for gifts": lambda page: replace(
        page, host="give.bridge-friends.org", hosts=("www.bridge-friends.org", "give.bridge-friends.org")
    ),
    "analytics": lambda page: replace(
        page, head=page.head + '<script src="https://www.googletagmanager.com/gtm.js?id=G-1"></script>'
    ),
    "the campaign has ended": lambda page: replace(page, ways="<p>Thank you! We have what we need.</p>"),
    "a newsletter": lambda page: replace(
        page, foot=page.foot + '<form action="https://list.example.net/join"><input name=email></form>'
    ),
    "one more account": lambda page: replace(
        page, ways=page.ways + "<p>For gifts in pounds: GB29 NWBK 6016 1331 9268 19</p>"
    ),
    "one more service": lambda page: replace(
        page, ways=page.ways + '<script src="https://js.stripe.com/v3/"></script>'
    ),
    "another certificate": lambda page: replace(page, certified=""),
}
"""What the owner does: never a reason to suspend."""

TUNE_OTHERS: dict[str, Version] = {
    "the domain is for sale": lambda page: replace(
        page,
        title=f"{page.host} - This website is for sale! - bridge Resources and Information.",
        head="",
        top="",
        text="<h1>The domain bridge-friends.org is for sale</h1><a href='https://sedo.com/x'>Buy</a>",
        ways="",
        foot="",
    ),
    "a page of the new owner": lambda page: replace(
        page,
        title="Best online casinos 2026",
        head="",
        top="<h1>Play now</h1>",
        text="<p>Slots and bonuses on bridge-friends.org.</p>" * 40,
        ways="",
        foot="© 2026",
    ),
    "a redirect elsewhere": lambda page: replace(
        page, host="quick-aid.example.net", hosts=(page.host, "quick-aid.example.net")
    ),
    "a page that forwards": lambda page: replace(
        page, head='<meta http-equiv="refresh" content="0; url=https://quick-aid.example.net/">'
    ),
    "another PayPal button": lambda page: replace(
        page,
        ways=page.ways.replace("ABC123DEF456", "ZZZ999YYY888").replace("DE89 3704 0044 0532 0130 00", ""),
    ),
    "another form": lambda page: replace(
        page, ways='<form action="https://pay.quick-aid.example.net/do"><input name=amount></form>'
    ),
    "another IBAN": lambda page: replace(
        page,
        ways=page.ways.replace("DE89 3704 0044 0532 0130 00", "PL61 1090 1014 0000 0712 1981 2874").replace(
            "ABC123DEF456", "Q1Q2Q3Q4Q5Q6"
        ),
    ),
    "another PayPal button, and the same IBAN": lambda page: replace(
        page, ways=page.ways.replace("ABC123DEF456", "ZZZ999YYY888")
    ),
    "a form that takes cards": lambda page: replace(
        page, ways='<form action="/pay"><input name=cardnumber><input name=cvv><input name=amount></form>'
    ),
}
"""What others do who have the domain or the server: always a reason to suspend."""
