"""Origins: where the sentences of a Summary or a plea stand in the Story's text, for editors to check."""

from collections.abc import Sequence

_STRAIGHT = str.maketrans(dict.fromkeys("“”„«»", '"') | dict.fromkeys("‘’‚ʼ", "'"))
_CUT = " …"  # ends a sentence that was too long (bot/summaries/summarizer.py)


def paragraphs_of(summary: str, body: str) -> tuple[int | None, ...]:
    """Return for each sentence of `summary`, one a line, the number of its paragraph in `body`, from 1.

    None stands for a sentence that is not in the text word for word, such as one that an editor wrote.
    """
    paragraphs = [_bare(paragraph) for paragraph in body.split("\n\n")]
    return tuple(
        _paragraph_of(_bare(sentence.removesuffix(_CUT)), paragraphs) for sentence in summary.split("\n")
    )


def passages_of(summary: str, body: str) -> Sequence[tuple[int, int]]:
    """Return where the sentences of `summary`, one a line, stand in `body`: begin and end, in their order.

    A sentence that is not in the text word for word has none.
    """
    places = [place for place, letter in enumerate(body) if not letter.isspace()]
    bare = "".join(body[place] for place in places)
    found = set()
    for sentence in summary.split("\n"):
        wanted = _bare(sentence.removesuffix(_CUT))
        start = bare.find(wanted) if wanted else -1
        if start >= 0:
            found.add((places[start], places[start + len(wanted) - 1] + 1))
    return sorted(found)


def holds(body: str, words: str) -> bool:
    """Return whether the text has these words; white space and the shape of quotation marks do not count."""
    return _plain(words) in _plain(body)


def _paragraph_of(sentence: str, paragraphs: Sequence[str]) -> int | None:
    return next((number for number, each in enumerate(paragraphs, 1) if sentence and sentence in each), None)


def _bare(text: str) -> str:
    """Return the text without white space, which the splitting into sentences changes."""
    return "".join(text.split())


def _plain(text: str) -> str:
    """Return the text without white space, with straight quotation marks and apostrophes."""
    return _bare(text.translate(_STRAIGHT))
