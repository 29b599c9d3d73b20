"""Pages of a list: how many there are, and the buttons that turn them."""

from collections.abc import Callable

from bot.i18n import Texts
from bot.rendering.message import Button


def pages_of(total: int, size: int) -> int:
    """Return how many pages `total` items take, with at most `size` on each."""
    return -(-total // size)


def page_buttons(
    page: int, pages: int, data: Callable[[int], str], texts: Texts
) -> tuple[Button | None, Button | None]:
    """Return the buttons to the pages before and after this one, which say where they lead.

    `page` counts from 0, and `data` gives the callback data of a page.
    """
    return (
        Button(f"‹ {texts.page(page, pages)}", data(page - 1)) if page > 0 else None,
        Button(f"{texts.page(page + 2, pages)} ›", data(page + 1)) if page + 1 < pages else None,
    )
