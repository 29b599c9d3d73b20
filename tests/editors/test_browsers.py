"""Browsers by what they call themselves: the real words of each, as a whole and as they are kept."""

import pytest

from bot.editors.browsers import LONGEST, Browser, kept, known

WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("words", "name", "system"),
    [
        ("Mozilla/5.0 (Android 14; Mobile; rv:127.0) Gecko/127.0 Firefox/127.0", "Firefox", "Android"),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0",
            "Firefox",
            "Windows",
        ),
        (f"Mozilla/5.0 (X11; Linux x86_64) {WEBKIT} Chrome/126.0.0.0 Safari/537.36", "Chrome", "Linux"),
        (
            f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {WEBKIT} Chrome/126.0.0.0 Safari/537.36",
            "Chrome",
            "ChromeOS",
        ),
        (
            f"Mozilla/5.0 (Linux; Android 10; K) {WEBKIT} Chrome/126.0.0.0 Mobile Safari/537.36",
            "Chrome",
            "Android",
        ),
        (
            f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/126.0.0.0 Safari/537.36 Edg/126.0",
            "Edge",
            "Windows",
        ),
        (
            f"Mozilla/5.0 (Linux; Android 10; K) {WEBKIT} SamsungBrowser/25.0 Chrome/121.0 Mobile Safari/5",
            "Samsung Internet",
            "Android",
        ),
        (
            f"{MAC} Version/17.5 Safari/605.1.15",
            "Safari",
            "macOS",
        ),
        (f"{PHONE} Version/17.5 Mobile/15E148 Safari/604.1", "Safari", "iPhone"),
        (f"{PHONE} CriOS/126.0 Mobile/15E148 Safari/604.1", "Chrome", "iPhone"),
        (f"{PHONE} FxiOS/127.0 Mobile/15E148 Safari/605.1", "Firefox", "iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like ", "", "Linux"),
        ("Python/3.12 aiohttp/3.10", "", ""),
        ("", "", ""),
    ],
)
def test_browsers_are_known(words: str, name: str, system: str) -> None:
    """One that has only a system is what earlier versions kept of Chrome."""
    assert known(words) == known(kept(words)) == Browser(name, system)
    assert len(kept(words)) <= LONGEST


def test_what_is_kept_can_be_printed() -> None:
    """And has no more characters than the database takes."""
    assert kept("a\nb\0c" + "x" * 99) == "abc" + "x" * (LONGEST - 3)
