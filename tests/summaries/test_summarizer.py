"""Summaries: their length and content, what they never contain, and their cost."""

import os
import socket
import subprocess
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.articles.article import Article
from bot.errors import InvalidInputError
from bot.language import sentences
from bot.summaries.readability import RULES
from bot.summaries.scoring import WEIGHTS
from bot.summaries.summarizer import Summaries, explain, summarize
from storage.words import SENTENCES, Length
from tests.paths import REPOSITORY

ORIGINAL = REPOSITORY.parent / "shared" / "data" / "original-story.txt"

STORY = """LVIV, March 3 (Example Press) - The children's hospital in Lviv has asked for generators.

Photo: Example Press

"We have power for two hours a day," director Olena Koval said. "The rest we do by candle."

She added that the oldest generator dates from 1987. However, it still works.

The hospital treats 400 children from the east of the country, and most of them cannot be moved.

Engineers from Poland brought three generators to the hospital on Monday.

Follow us on Twitter @example for more."""


def everything(summaries: Summaries) -> list[str]:
    return [sentence for length in Length for sentence in summaries[length]]


def test_lengths_are_kept() -> None:
    """Each Length has its number of sentences, in the story's order and unchanged."""
    summaries = summarize(STORY, language="en")
    for length, count in SENTENCES.items():
        assert len(summaries[length]) <= count
        places = [STORY.index(sentence) for sentence in summaries[length]]
        assert places == sorted(places)
    assert len(summaries[Length.BRIEF]) == 1
    assert len(summaries[Length.SHORT]) == 3


def test_boilerplate_never_appears() -> None:
    """Dateline, credit, handle, call, half a quote and a leading "However" are never in a Summary."""
    shown = " ".join(everything(summarize(STORY, language="en")))
    for unwanted in ("LVIV, March", "Photo", "@example", "candle"):
        assert unwanted not in shown


def test_pronoun_comes_with_its_antecedent() -> None:
    """A sentence that depends on the one before appears only right after it."""
    text = (
        "Marta Nowak opened a kitchen for refugees in Kraków on Friday. "
        "She cooks for refugees in the Kraków kitchen every day with forty volunteers. "
        "Prices of bread rose in the region."
    )
    summaries = summarize(text, language="en")
    leaning = [summaries[length] for length in Length if any("She cooks" in one for one in summaries[length])]
    assert leaning
    for summary in leaning:
        place = next(place for place, sentence in enumerate(summary) if sentence.startswith("She"))
        assert place
        assert summary[place - 1].startswith("Marta")


SPEAKER = (
    "The bridge over the river in Lviv was destroyed by the flood on Friday. "
    "Trains to the east of the country are late by several hours. "
    "Engineer Olena Koval looked at the pillars with a diver in the morning. "
    "Schools and shops in the old town stay closed until further notice. "
    "A new bridge would cost forty million, and the city of Lviv has no money for a bridge, Koval said. "
    "The mayor of the city has written to the government about the flood. "
)


def test_a_name_comes_with_its_introduction() -> None:
    """A surname alone appears only in a Summary that gives the full name before it."""
    summaries = summarize(SPEAKER, language="en")
    shown = [summaries[length] for length in (Length.SHORT, Length.LONG)]
    speaking = [summary for summary in shown if any("Koval said" in sentence for sentence in summary)]
    assert speaking
    for summary in speaking:
        assert any("Olena Koval" in sentence for sentence in summary)


def test_the_headline_introduces_too() -> None:
    """A name that stands in the headline needs no sentence that introduces it."""
    explanation = explain(Article("Koval: no money for a bridge", SPEAKER), language="en")
    speaking = next(each for each in explanation.sentences if "Koval said" in each.text)
    assert "Koval" not in speaking.introduced
    explained = explain(Article("No money for a bridge", SPEAKER), language="en").sentences
    assert next(each for each in explained if "Koval said" in each.text).introduced["Koval"] == 2


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.sampled_from([*sentences.split(STORY, "en"), *sentences.split(SPEAKER, "en")]), min_size=1)
)
def test_each_length_contains_the_shorter_one(parts: list[str]) -> None:
    """For any story, `brief` is part of `short`, and `short` of `long`."""
    try:
        summaries = summarize(" ".join(parts), language="en")
    except InvalidInputError:
        return
    assert set(summaries[Length.BRIEF]) <= set(summaries[Length.SHORT]) <= set(summaries[Length.LONG])


def test_brief_of_a_short_story_is_its_lead(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the lead is worth more counts in a short story, and in a long one not."""
    lead = "Nobody slept that night in Nova."
    other = (
        "Water destroyed forty houses in the village of Nova and a bridge over the river, so that"
        " most farmers of Nova cannot leave."
    )
    story = f"{lead} {other} Engineers reached the village of Nova by boat."
    assert summarize(story, language="en")[Length.BRIEF] == (lead,)
    monkeypatch.setattr("bot.summaries.summarizer._LEAD", -0.5)
    assert summarize(story, language="en")[Length.BRIEF] == (other,)
    monkeypatch.setattr("bot.summaries.summarizer._SHORT_STORY", 2)
    assert summarize(story, language="en")[Length.BRIEF] == (lead,)


def test_a_caption_never_appears() -> None:
    """A sentence with a credit behind it in its paragraph is a caption."""
    caption = "Children of Lviv cross the new bridge over the river in Lviv on Monday."
    text = f"{caption} Photo: Example Press\n\nThe mayor opened the new bridge in Lviv on Monday."
    assert caption not in everything(summarize(text, language="en"))
    assert caption in everything(summarize(text.replace("Photo: Example Press", ""), language="en"))


def test_tokenized_text_is_summarized() -> None:
    """A stop that stands apart marks a heading only where most sentences have none such."""
    text = (
        "The mayor opened the bridge on Monday . People cheered for hours at the river . Rain fell at night ."
    )
    assert len(summarize(text, language="en")[Length.LONG]) == 3


def test_repeats_appear_once() -> None:
    """A repeated sentence appears once."""
    line = "The bridge over the river was opened by the mayor on Monday."
    text = f"{line}\n\n{line}\n\nTraffic had been sent through the old town for three years."
    assert summarize(text, language="en")[Length.LONG].count(line) == 1


def test_headline_is_not_repeated() -> None:
    """A copy of the headline in the body is left out."""
    headline = "The bridge is open."
    text = f"{headline}\n\nThe mayor opened the bridge over the river on Monday morning."
    assert headline not in everything(summarize(text, language="en", headline=headline))


@pytest.mark.parametrize(
    ("last", "is_told"),
    [
        ("The farmers begged their neighbours in the valley to support the village with donations.", True),
        ("The farmers met their neighbours in the valley to celebrate the village with dances.", False),
    ],
)
def test_a_request_for_help_is_preferred(last: str, is_told: bool) -> None:
    """A sentence that asks for help enters the short Summary from a position where another would not."""
    story = (
        "The flood destroyed forty houses in the village in the valley on Friday night. "
        "Farmers lost their cows, their horses and all of the hay for the winter. "
        "The road to the village is closed until engineers have looked at the bridge. "
        "Schools in the valley stay closed until the end of the week at least. "
        "The mayor said that the river had never risen so high before. "
    )
    assert (last in summarize(story + last, language="en")[Length.SHORT]) is is_told


@pytest.mark.skipif(not ORIGINAL.exists(), reason="../shared is not there")
def test_original_story() -> None:
    """The original story's Summaries say who, what and why, without boilerplate."""
    headline, body = ORIGINAL.read_text("utf-8").split("\n\n", 1)
    summaries = summarize(body, headline=headline)
    assert summaries.language == "en"
    assert summaries[Length.BRIEF][0].startswith("Dancing with the Stars professional Maksim Chmerkovskiy")
    assert summaries[Length.SHORT][0] == summaries[Length.BRIEF][0]
    assert summaries[Length.SHORT][2].startswith("Maksim then made a devastating plea")
    shown = " ".join(everything(summaries))
    for unwanted in ("instagram |", "Sakellis", "visit here", "He explained", "Right now"):
        assert unwanted not in shown


@pytest.mark.parametrize(
    ("language", "text", "brief"),
    [
        (
            "uk",
            "Фото: Укрінформ.\n\nВолонтери зі Львова просять про генератори для лікарні. Вони чекають.",
            "Волонтери",
        ),
        ("pl", "Fot. PAP\n\nSzpital we Lwowie prosi o pomoc dla rannych dzieci. Ona trwa.", "Szpital"),
        ("de", "Foto: dpa.\n\nDas Krankenhaus in Lwiw bittet um Hilfe für Kinder. Sie warten.", "Das"),
        (
            "fr",
            "Photo : AFP.\n\nL'hôpital de Lviv demande de l'aide pour les enfants. Ils attendent.",
            "L'hôpital",
        ),
        ("es", "Foto: EFE.\n\nEl hospital de Leópolis pide ayuda para los niños. Ellos esperan.", "El"),
        ("ja", "病院は子どものために助けを求めています。発電機が必要です。", "病院"),
        ("sw", "Hospitali ya mji inaomba msaada kwa watoto wagonjwa. Wanasubiri.", "Hospitali"),
    ],
)
def test_languages(language: str, text: str, brief: str) -> None:
    """Languages with and without word lists, stemmers or spaces give the sentence that says what happened."""
    summary = summarize(text, language=language)
    assert summary[Length.BRIEF][0].startswith(brief)
    assert summarize(text).language == language


@pytest.mark.parametrize(
    "text",
    ["", " \n\n ", "@comeback", "Photo: Reuters\n\nFollow us on Twitter.\n\nhttps://example.org/", "***"],
)
def test_only_boilerplate_is_refused(text: str) -> None:
    """A text of only boilerplate is refused with one sentence."""
    with pytest.raises(InvalidInputError, match=r"^There is no complete sentence in this text"):
        summarize(text, language="en")


@pytest.mark.parametrize(
    "text",
    ["He died on Monday.", '"We need help."', "A headline and nothing more", "WE NEED HELP NOW IN THE EAST."],
)
def test_last_resort(text: str) -> None:
    """If no sentence reads well, the least bad one is the Summary."""
    summaries = summarize(text, language="en")
    assert everything(summaries) == [text] * 3


def test_long_sentence_is_cut_with_dots() -> None:
    """One sentence of 900 words is cut and ends in dots."""
    (brief,) = summarize("The council said that " + "the bridge and " * 300 + "the road.", language="en")[
        Length.BRIEF
    ]
    assert len(brief) <= 610
    assert brief.endswith(" …")


def test_long_texts_take_bounded_time() -> None:
    """3,000 sentences, all different or all equal, take seconds of CPU time."""
    different = " ".join(
        f"Village {n} received {n * 7} blankets from the town of Example {n % 90}." for n in range(3000)
    )
    same = "The same sentence about the bridge over the river comes again and again. " * 3000
    started = time.process_time()
    for text in (different, same):
        assert summarize(text, language="en")[Length.BRIEF]
    assert time.process_time() - started < 10


def printed(code: str, text: str = "", seed: str = "0") -> str:
    """Run code in another process, with this text as input and this hash seed; return what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=text,
        text=True,
        capture_output=True,
        check=True,
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"},
    )
    return done.stdout


def test_same_answer_in_another_process() -> None:
    """Summaries depend only on the text, not on a process's hash seed."""
    code = (
        "import sys; from bot.summaries.summarizer import summarize\n"
        "print(summarize(sys.stdin.read(), language='en').of_length)"
    )
    answers = {printed(code, STORY, seed) for seed in ("1", "2")}
    assert answers == {f"{summarize(STORY, language='en').of_length}\n"}


def test_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither sumy nor NLTK opens a socket, in any language."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    for language in ("en", "uk", "pl", "de", "fr", "es", "nb", "it", "tr", "zh", "th", "ar"):
        assert summarize(STORY, language=language)[Length.BRIEF]


def test_package_loads_without_sumy() -> None:
    """The bot's own process does not import sumy, NLTK and numpy."""
    code = (
        "import sys, bot.cli.main, bot.runtime.app, bot.language.sentences\n"
        "print([name for name in ('sumy', 'nltk', 'numpy') if name in sys.modules])"
    )
    assert printed(code) == "[]\n"


def test_rules_can_be_switched_off() -> None:
    """A rule can be left out for measurements; its sentences may then appear."""
    text = 'The road was closed. Snow fell. "There is no power in the hospital of Lviv at all," she said.'
    without = [rule for rule in RULES if rule.name != "unnamed speaker"]
    assert summarize(text, language="en")[Length.LONG] == ("The road was closed.",)
    assert len(summarize(text, language="en", rules=without)[Length.LONG]) == 2


def test_explanation_is_complete() -> None:
    """The explanation has each sentence with its scores, broken rules and Summaries."""
    explanation = explain(Article("Generators for Lviv", STORY), language="en")
    assert explanation.summaries == summarize(STORY, language="en", headline="Generators for Lviv")
    by_text = {each.text: each for each in explanation.sentences}
    assert by_text["Photo: Example Press"].rules[0] == "credit"
    for each in explanation.sentences:
        assert set(each.scores) == set(WEIGHTS)
        assert 0 <= each.centrality <= 1
        for length in Length:
            assert (each.text in explanation.summaries[length]) == (length in each.chosen)


@settings(deadline=None, max_examples=60)
@given(st.text(alphabet=st.sampled_from("aбZ. !?\"'“”«»\n@#:()5-é。の"), max_size=400))
def test_any_text_is_answered_or_refused(text: str) -> None:
    """Any text gives its own sentences, or InvalidInputError."""
    try:
        summaries = summarize(text, language="en")
    except InvalidInputError:
        return
    told = " ".join(sentences.split(text, "en"))
    for length, count in SENTENCES.items():
        assert 1 <= len(summaries[length]) <= count
        assert all(sentence.removesuffix(" …") in told for sentence in summaries[length])


def test_the_lead_needs_nothing_before_it() -> None:
    """A story's first sentence may be chosen although it begins with a pronoun: nothing stands before it."""
    lead = "They searched the canal in Ardee twice for Patrick Tully, and the army brought its dogs to Ardee."
    text = f"{lead} The river rose. A candle is lit. {lead.replace('They', 'She')}"
    assert summarize(text, language="en")[Length.BRIEF] == (lead,)


def test_a_quotation_of_two_sentences_comes_whole() -> None:
    """Half a quotation is chosen only with its other half."""
    first, second = (
        '"Five people died in the fire at the plant.',
        'Seventy are in hospital," Olena Koval said.',
    )
    text = f"{first} {second} Rain fell on the town of Nova for a week in May."
    summaries = summarize(text, language="en")
    assert {first, second} <= set(summaries[Length.SHORT])
    assert first not in summaries[Length.BRIEF]
    alone = summarize(text.replace(second, "Seventy are in hospital."), language="en")
    assert first not in alone[Length.SHORT]


def test_a_short_story_keeps_neighbours_together() -> None:
    """In a story of a few sentences, neighbours are preferred; in a long one they are not."""
    lead = "Engineers opened a bridge in Nova on Monday."
    strong = "Traffic in Nova and trade in Nova will grow with a bridge in Nova, engineers say."
    told = [lead, "Schools in Nova stayed closed.", "Shops were open for visitors.", "Rain fell.", strong]
    short = summarize(" ".join(told), language="en")[Length.SHORT]
    assert short == tuple(told[:3])
    rest = [f"Number {number} came by train with {number} boxes of apples." for number in range(20)]
    assert summarize(" ".join([*told, *rest]), language="en")[Length.SHORT] != short
