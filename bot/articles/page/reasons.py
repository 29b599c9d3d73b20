"""Reasons why a page shows no story, as sentences with the place {host}."""

from bot.i18n import mark

NO_STORY = mark("No story was found at {host}: paste the story’s text instead.")
EMPTY = mark("The page at {host} is empty: check the address.")
ROBOT = mark(
    "{host} first checks that visitors are not robots: open the page in your browser and paste the "
    "story’s text."
)
MISSING = mark("{host} has no page at this address: check it in your browser.")
CONSENT = mark(
    "{host} asks for consent to cookies before it shows a story: open the page in your browser and "
    "paste the story’s text."
)
PAYWALL = mark("{host} shows the full story only to people who pay: paste the story’s text instead.")
VIDEO = mark("The page at {host} is a video without a written story: paste a written version instead.")
LOGIN = mark("{host} shows this page only to people who log in: paste the story’s text instead.")
JAVASCRIPT = mark(
    "{host} shows its stories only in a browser (it needs JavaScript): open the page there and "
    "paste the story’s text."
)
LIST = mark("The page at {host} is a list of stories: give the address of the one you mean.")
