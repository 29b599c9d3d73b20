"""Where money goes: the services, forms and accounts that a page names. It is part of the page's signs."""

import re
from collections.abc import Iterator
from functools import cache
from urllib.parse import urlsplit

from lxml import html
from stdnum import iban, luhn

from bot.appeals.hosts.sites import site_of
from bot.articles.page.blocks import joined
from bot.language.rule_tables import alternatives, table

_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
_CARD = re.compile(r"(?<![\d-])\d{4}([ -]?)\d{4}\1\d{4}\1\d{4}(?![\d-])")
_CARDS = "23456"  # with which numbers of payment cards begin (ISO/IEC 7812)
_WRITTEN_HOST = re.compile(r"(?:https?:)?\\?/\\?/([a-z0-9][a-z0-9.-]{3,80}\.[a-z]{2,12})\b", re.IGNORECASE)


class Links:
    """The addresses to which a page leads, from which it loads, and to which its forms send."""

    def __init__(self, root: html.HtmlElement, address: str) -> None:
        self._root = root
        self._address = address
        self._loaded = [joined(address, one) for one in _addresses(root, ("script", "iframe"), "src")]
        self._linked = [joined(address, one) for one in _addresses(root, ("a",), "href")]
        self._inline = [script.text for script in root.iter("script") if script.text]

    @property
    def found(self) -> list[str]:
        """All addresses, and what hidden fields say."""
        fields = (one.get("value") or "" for one in self._root.iter("input"))
        return [*self._loaded, *self._linked, *self._forms(), *self._hidden(), *fields]

    def payments(self) -> set[str]:
        """Return the services that take the money, and the sites of forms that ask for it."""
        in_scripts = {host for text in self._inline for host in _WRITTEN_HOST.findall(text)}
        hosts = {*map(host_of, [*self._loaded, *self._linked, *self._forms()]), *in_scripts}
        services = {service for host in hosts if (service := _services().get(site_of(host)))}
        return services | {
            site
            for form in self._root.iter("form")
            if (site := self._target(form)) not in _services()
            and (asks_for(form, "card") or asks_for(form, "money"))
        }

    def leads_to_parking(self) -> bool:
        """Return whether the page loads from, or links to, those who sell and park domains."""
        sellers = set(table("parked")["hosts"])
        return any(site_of(host_of(one)) in sellers for one in (*self._loaded, *self._linked))

    def _target(self, form: html.HtmlElement) -> str:
        """Return the site to which a form sends; a form without an address sends to its own page."""
        return site_of(host_of(joined(self._address, form.get("action") or "")))

    def _forms(self) -> list[str]:
        return [joined(self._address, one) for one in _addresses(self._root, ("form",), "action")]

    def _hidden(self) -> Iterator[str]:
        """Yield the receiver of each PayPal form as an address would name it."""
        for form in self._root.iter("form"):
            fields = {one.get("name"): one.get("value") or "" for one in form.iter("input")}
            account = fields.get("business") or fields.get("hosted_button_id")
            if account and _services().get(site_of(host_of(form.get("action") or ""))) == "PayPal":
                yield f"paypal.me/{account.replace('@', '.at.')}"


def _addresses(root: html.HtmlElement, tags: tuple[str, ...], attribute: str) -> Iterator[str]:
    return (value for element in root.iter(*tags) if (value := element.get(attribute)))


@cache
def _services() -> dict[str, str]:
    """Return the services by the registered names of their hosts."""
    services = table("payments")["services"].items()
    return {host: service for service, hosts in services for host in hosts}


def asks_for(form: html.HtmlElement, what: str) -> bool:
    """Return whether a field of the form is named as one for "money" or a "card"."""
    pattern = re.compile(alternatives(table("payments")["forms"][what]), re.IGNORECASE)
    return any(
        pattern.search(field.get(name) or "")
        for field in form.iter("input", "select")
        for name in ("name", "id", "autocomplete")
    )


def accounts(text: str) -> set[str]:
    """Return the accounts that a text or an address names; of a card only its ends."""
    ibans = (one.replace(" ", "") for one in _IBAN.findall(text))
    found = {f"IBAN {one}" for one in ibans if iban.is_valid(one, check_country=False)}
    for match in _CARD.finditer(text):
        number = re.sub(r"\D", "", match[0])
        if number[0] in _CARDS and luhn.is_valid(number):
            found.add(f"card {number[:4]}…{number[-4:]}")
    for service, pattern in table("payments")["accounts"].items():
        for match in re.finditer(pattern, text, re.IGNORECASE):
            account = next(group for group in match.groups() if group)
            found.add(f"{service} {account}")
    return found


def host_of(address: str) -> str:
    """Return the host of an address; "" if it has none."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""
