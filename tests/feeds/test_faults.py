"""What is wrong with a Source is noted as a word, and said in the language of who reads it."""

import ast
import inspect
from types import ModuleType

import pytest

from bot.articles.fetch import errors
from bot.articles.page import reasons
from bot.errors import UserError
from bot.feeds import faults, parser
from bot.i18n import in_language
from storage.models import Source
from storage.words import SourceFault
from tests.languages import COMPLETE

HOST = {"host": "example.org", "name": "https://example.org/feed", "code": 503, "kind": "zip", "port": 81}
VALUES = HOST | {"address": "https://b.example", "limit": 5, "megabytes": 5}


def noted(error: UserError) -> Source:
    return Source(reason=str(error), fault=faults.dump(error))


@pytest.mark.parametrize("language", ["en", *COMPLETE])
@pytest.mark.parametrize("fault", SourceFault)
def test_each_fault_has_a_sentence_in_each_language(fault: SourceFault, language: str) -> None:
    """The one that its error has, as if it had just been raised."""
    texts, error = in_language(language), UserError(faults.SENTENCES[fault], **VALUES)
    said = faults.sentence(noted(error), texts)
    assert said == texts.say(error.sentence, **VALUES)
    assert (said == str(error)) == (language == "en")


@pytest.mark.parametrize("module", [errors, reasons, parser])
def test_each_error_of_a_poll_has_a_word(module: ModuleType) -> None:
    """A new sentence in a module that polling uses needs one: else editors would read English."""
    tree = ast.parse(inspect.getsource(module))
    marked = [
        ast.literal_eval(node.args[0])
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "mark"
    ]
    assert marked
    assert [one for one in marked if faults.dump(UserError(one)) is None] == []


@pytest.mark.parametrize(
    "fault",
    [
        None,
        {},
        {"fault": "a later one", "values": {}},
        {"fault": "server"},
        {"fault": "server", "values": {}},
    ],
    ids=["of an earlier version", "nothing", "of a later version", "no values", "other values"],
)
def test_what_another_version_noted_is_shown_as_it_was(fault: dict[str, object] | None) -> None:
    """In English, which is better than nothing."""
    row = Source(reason="It does not answer.", fault=fault)
    assert faults.sentence(row, in_language("de")) == "It does not answer."
    assert faults.sentence(Source(reason=None, fault=None), in_language("de")) == ""


def test_an_error_without_a_word_is_noted_in_words() -> None:
    """As of a page whose file cannot be read: rare, and never lost."""
    assert faults.sentence(noted(UserError("Something else.")), in_language("de")) == "Something else."
