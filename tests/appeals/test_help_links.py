"""Which addresses may be help links, and which Appeals readers may see."""

from datetime import timedelta

import pytest

from bot.appeals.fields import checked_link
from bot.appeals.visibility import showable
from bot.errors import InvalidInputError
from storage.models import Appeal
from storage.words import AppealState
from tests.factories import NOON


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://example.org/help", "https://example.org/help"),
        ("  https://example.org/help?for=bridge#now\n", "https://example.org/help?for=bridge#now"),
        ("https://EXAMPLE.org/Help", "https://example.org/Help"),
        ("https://example.org:443/help", "https://example.org/help"),
        ("https://help.some-fund.example.org/", "https://help.some-fund.example.org/"),
        ("https://xn--80afc6ajabf.xn--j1amh/", "https://xn--80afc6ajabf.xn--j1amh/"),
    ],
)
def test_good_links_are_normalised(given: str, kept: str) -> None:
    """An https address with a public name and the usual port is normalised."""
    assert checked_link(given) == kept


@pytest.mark.parametrize(
    ("given", "host"),
    [
        ("https://допомога.укр/", "xn--80afc6ajabf.xn--j1amh"),
        ("https://\u0430pple.com/", "xn--pple-43d.com"),  # its first letter is Cyrillic
        ("https://p\u0430ypal.com/help", "xn--pypal-4ve.com"),  # its second letter is
        ("https://\uff45xample.org/", "example.org"),  # a full-width e is the same letter
        ("https://example\u3002org/", "example.org"),  # and this is a dot
    ],
)
def test_a_host_in_other_letters_gets_its_ascii_form(given: str, host: str) -> None:
    """A lookalike shows its ASCII form; letters that browsers treat alike become the same."""
    assert checked_link(given).startswith(f"https://{host}/") or checked_link(given) == f"https://{host}"


@pytest.mark.parametrize(
    "given",
    [
        "",
        "example.org/help",
        "//example.org/help",
        "http://example.org/help",
        "ftp://example.org/help",
        "javascript:alert(1)",
        "tg://resolve?domain=example",
        "data:text/html,hello",
        "https://",
        "https:///help",
        "https://ann@example.org/",
        "https://ann:secret@example.org/",
        "https://example.org:secret@evil.example/",
        "https://example.org\\@evil.example/",
        "https://evil.example\\.example.org/",
        "https://example.org%2eevil.example/",
        "https://127.0.0.1/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f.0x1/",
        "https://\uff11\uff12\uff17.0.0.1/",
        "https://[::1]/",
        "https://[2001:db8::1]/",
        "https://localhost/",
        "https://intranet/",
        "https://example.org./",
        "https://example..org/",
        "https://exa_mple.org/",
        "https://example.org:8443/",
        "https://example.org:80/",
        "https://example.org:0/",
        "https://example.org:99999/",
        "https://example.org:port/",
        "https://example.org/a b",
        "https://example.org /help",
        "https://exam\tple.org/",
        "https://exam\nple.org/",
        "https://example.org/a\u00a0b",
        "https://exam\u200bple.org/",
        "https://example.org/" + "x" * 2000,
        "https://" + "a" * 64 + ".org/",
        "https://" + "a." * 126 + "org/",
        "https://-example.org/",
    ],
)
def test_bad_links_are_refused_with_a_sentence(given: str) -> None:
    """Other schemes, names, passwords, IP addresses, ports and blanks are refused."""
    with pytest.raises(InvalidInputError) as refusal:
        checked_link(given)
    assert "https://example.org/help" in str(refusal.value)


@pytest.mark.parametrize(
    ("state", "valid_for", "visible"),
    [
        (AppealState.PROPOSED, None, False),
        (AppealState.VERIFIED, None, True),
        (AppealState.RETIRED, None, False),
        (AppealState.VERIFIED, timedelta(seconds=1), True),
        (AppealState.VERIFIED, timedelta(0), False),
        (AppealState.VERIFIED, timedelta(days=-1), False),
        (AppealState.PROPOSED, timedelta(days=1), False),
    ],
)
def test_only_a_verified_and_valid_appeal_is_shown(
    state: AppealState, valid_for: timedelta | None, visible: bool
) -> None:
    """At the second of `valid_until` an Appeal is no longer shown."""
    appeal = Appeal(state=state, valid_until=None if valid_for is None else NOON + valid_for)
    assert showable(appeal, NOON) is (appeal if visible else None)


def test_without_an_appeal_none_is_shown() -> None:
    """A Story without an Appeal shows none."""
    assert showable(None, NOON) is None
