"""The buttons that turn pages: each says which page it shows."""

from collections.abc import Callable

from bot.i18n import Texts
from bot.rendering.message import Button


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
