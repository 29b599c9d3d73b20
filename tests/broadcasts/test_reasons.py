"""Reasons that code reads later: stored as a code with values, shown in words."""

from bot.broadcasts.reasons import RefusalsInARow, TooManyLeft, in_english, load, sentence
from bot.i18n import in_language

OLD_ROW = "25 refusals in a row, the last one: Bad Request: can't parse entities"


def test_a_stored_reason_is_read_back() -> None:
    """Telegram's words come back as they were, whatever characters they have."""
    for words in ("can't parse entities", 'a "quoted" \\ word', "Текст", ""):
        reason = RefusalsInARow(25, words)
        assert load(reason.dump()) == reason


def test_operators_and_editors_read_a_reason_in_words() -> None:
    """The command line shows English, and the Card a sentence in the editor's language."""
    stored = RefusalsInARow(25, "x").dump()
    assert in_english(stored) == "25 refusals in a row, the last one: x"
    assert "Telegram refused 25 messages" in sentence(stored, in_language("en")).translate(ISOLATES)
    assert in_english(None) is None


def test_too_many_leavers_are_read_back_and_told() -> None:
    """With all four numbers, in English for operators and in the editor's words."""
    reason = TooManyLeft(left=7, reached=250, minutes=15, most=2)
    assert load(reason.dump()) == reason
    told = "7 of 250 readers of the pilot wave left within 15 minutes, more than 2"
    assert in_english(reason.dump()) == told
    shown = "Too many left within 15 minutes after the pilot wave: 7 of 250. The usual limit: 2"
    assert sentence(reason.dump(), in_language("en")).translate(ISOLATES) == shown


def test_the_sentence_of_an_earlier_version_is_shown_as_it_is() -> None:
    """A row from before reasons had codes, or any other sentence, is no error."""
    for stored in (OLD_ROW, "the story was withdrawn", "{}", "25", "null"):
        assert load(stored) == stored
        assert in_english(stored) == stored
    assert sentence(OLD_ROW, in_language("en")) == OLD_ROW


ISOLATES = {0x2068: None, 0x2069: None}
