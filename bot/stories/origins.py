"""Origins: where the sentences of a Summary stand in the Story's text, so that an editor can check them."""

from collections.abc import Sequence

_CUT = " …"  # ends a sentence that was too long (bot/summaries/summarizer.py)


def paragraphs_of(summary: str, body: str) -> tuple[int | None, ...]:
    """Return for each sentence of `summary`, one a line, the number of its paragraph in `body`, from 1.

    None stands for a sentence that is not in the text word for word, such as one that an editor wrote.
    """
    paragraphs = [_bare(paragraph) for paragraph in body.split("\n\n")]
    return tuple(
        _paragraph_of(_bare(sentence.removesuffix(_CUT)), paragraphs) for sentence in summary.split("\n")
    )


def _paragraph_of(sentence: str, paragraphs: Sequence[str]) -> int | None:
    return next((number for number, each in enumerate(paragraphs, 1) if sentence and sentence in each), None)


def _bare(text: str) -> str:
    """Return the text without white space, which the splitting into sentences changes."""
    return "".join(text.split())
