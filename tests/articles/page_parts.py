# HTML as sites write it
"""Parts of pages for the templates of sites: the document, paragraphs, a menu, teasers of other stories."""

from collections.abc import Callable, Iterable, Sequence

from tests.articles.invented import InventedStory

Template = Callable[[InventedStory], str]


def page(story: InventedStory, body: str, head: str = "", site: str = "Valley Times") -> str:
    """Return a whole document."""
    return (
        f'<!doctype html><html lang="{story.language}"><head><meta charset="utf-8">'
        f"<title>{story.headline} - {site}</title>{head}</head><body>{body}</body></html>"
    )


def ps(paragraphs: Iterable[str], attributes: str = "") -> str:
    """Return the paragraphs as <p> elements."""
    return "\n".join(f"<p{attributes}>{each}</p>" for each in paragraphs)


def menu(*words: str) -> str:
    """Return a site's menu."""
    entries = words or ("Home", "Politics", "Sport", "Culture", "Weather", "Contact")
    return "<ul>" + "".join(f'<li><a href="/{each.lower()}">{each}</a></li>' for each in entries) + "</ul>"


def teasers(story: InventedStory, count: int, item: str) -> str:
    """Return teasers of other stories; `item` has the places {t}, {x} (prose), {n}."""
    return "".join(
        item.format(t=story.teaser(), n=n, x=story.other("teaser") if "{x}" in item else "")
        for n in range(count)
    )


def halves(items: Sequence[str], parts: int = 2) -> list[Sequence[str]]:
    """Return the items in so many runs of nearly the same length."""
    size = -(-len(items) // parts)
    return [items[at : at + size] for at in range(0, len(items), size)]
