"""The code behaves the same on every Python from 3.11 on."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import bot
from bot.articles.page.blocks import clean
from bot.language.words import vocabulary_of
from tests.project.test_catalogues import KEYWORDS

ROOT = Path(bot.__file__).parents[1]
# A possessive quantifier (`x++`, `x*+`, `x?+`, `x{2}+`) or an atomic group (`(?>…)`).
POSSESSIVE = re.compile(r"(?<![\\+])[*+?}][+](?![+])|\(\?[>]")


def modules() -> Iterator[tuple[Path, ast.Module]]:
    for folder in ("bot", "handlers", "storage"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path, ast.parse(path.read_text("utf-8"))


def strings() -> Iterator[tuple[str, str]]:
    """Yield every string of our code and its rules, which may be a pattern, with where it is."""
    for path, module in modules():
        for node in ast.walk(module):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield f"{path.relative_to(ROOT)}:{node.lineno}", node.value
    for path in sorted((ROOT / "bot").rglob("*.toml")):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            yield f"{path.relative_to(ROOT)}:{number}", line


@pytest.mark.parametrize("pattern", [r"\w{}+", "(?:ab){}+c", "a{{2}}{}", "[ab]{}+x"])
def test_possessive_quantifiers_are_seen(pattern: str) -> None:
    """Each kind of them, also in the middle of a pattern; the usual quantifiers are not reported."""
    quantifiers = "+" if "{{" in pattern else "*+?"
    assert all(POSSESSIVE.search(pattern.format(one)) for one in quantifiers)
    assert POSSESSIVE.search("(?" + ">ab)c")
    assert not any(POSSESSIVE.search(usual) for usual in (r"\++", r"a+?b*?c??", "[+-]+", "(?:a+)+", "a{2}"))


def test_no_pattern_is_possessive() -> None:
    """CPython before 3.11.5 matches them wrongly around groups: it found other words than later versions."""
    assert [place for place, text in strings() if POSSESSIVE.search(text)] == []


def hidden_sentences(module: ast.Module) -> Iterator[int]:
    """Yield the lines on which a sentence for the catalogues is inside an f-string."""
    for string in ast.walk(module):
        if isinstance(string, ast.JoinedStr):
            for call in ast.walk(string):
                if isinstance(call, ast.Call) and _is_for_the_catalogues(call):
                    yield call.lineno


def _is_for_the_catalogues(call: ast.Call) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    return name in KEYWORDS and bool(call.args) and isinstance(call.args[0], ast.Constant)


def test_a_sentence_in_an_f_string_is_seen() -> None:
    """By the name of the function, as `make texts` finds it; a sentence in a variable is not reported."""
    hidden = """f"{rate}, {texts.say('{span} left')}" """
    assert list(hidden_sentences(ast.parse(hidden))) == [1]
    assert list(hidden_sentences(ast.parse("""f"{rate}, {texts.say(sentence)}" """))) == []


def test_no_sentence_hides_in_an_f_string() -> None:
    """Before Python 3.12, `make texts` does not look into f-strings, and the sentence stays untranslated."""
    found = [f"{path}:{line}" for path, module in modules() for line in hidden_sentences(module)]
    assert found == []


def test_words_end_where_letters_end() -> None:
    """A comma belongs to a word only between letters or digits."""
    assert vocabulary_of("en").to_words("Some 1.2 million, it's said, left Jean-Luc's.") == (
        *("some", "1.2", "million", "it's", "said", "left", "jean-luc's"),
    )


def test_young_emoji_stay_and_noncharacters_go() -> None:
    """The face with bags under its eyes came with Unicode 16; Python 3.13 does not know it."""
    assert clean("So tired \U0001fae9\ufdd0\uffff\U0010fffe.") == "So tired \U0001fae9."
