"""Pleas: the plea, its speaker, the help sentence, its address and its organisation."""

import time
from importlib.resources import files as resources

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.articles import formats
from bot.articles.article import Article, Link
from bot.articles.page import pages
from bot.pleas import pleas
from bot.pleas.cues import cues_of
from bot.pleas.findings import LONGEST_PLEA, Findings, Help
from bot.pleas.judgement import judge_scenes
from bot.pleas.quotations import quotations
from bot.pleas.scenes import scene_of
from tests.load import bench_pleas
from tests.paths import SHARED_DATA


def story(*paragraphs: str, language: str = "en", links: tuple[Link, ...] = ()) -> Article:
    return Article(
        headline="Flood in the valley", body="\n\n".join(paragraphs), language=language, links=links
    )


def is_help(sentence: str, language: str = "en") -> bool:
    verdict = judge_scenes([scene_of(sentence, language)], {})[0].help
    return verdict is not None and verdict.sure


def test_finds_all_in_the_original_story() -> None:
    """The original story gives the plea with its speaker's full name, help sentence and organisation."""
    text = resources("bot.cli.demo").joinpath("demo_stories", "original-story.txt").read_bytes()
    found = pleas.find(formats.read(text, "original-story.txt"))
    assert found.plea is not None
    assert "please, come back to us" in found.plea.text
    assert len(found.plea.text) <= LONGEST_PLEA
    assert found.plea.text.endswith("we can all do it together […]")
    assert found.plea.speaker == "Maksim Chmerkovskiy"
    assert "said" in found.plea.rule
    sentence = (
        "To find out more about how to support those in Ukraine through Baranova 27, please visit here."
    )
    assert found.help is not None
    assert (found.help.sentence, found.help.url, found.help.organisation) == (sentence, None, "Baranova 27")


@pytest.mark.parametrize(
    "sentence",
    [
        "Donate to the Valley Relief Fund.",
        "If you can spare anything, please consider donating to the shelter.",
        "Those wishing to donate can do so at the town hall.",
        "If you would like to help, speak to the mayor.",
        "Find out how you can help at www.valley.example.",
        "How to help the families",
        "To donate, click here.",
        "A GoFundMe page has passed its goal.",
        "Neighbours have set up a memorial fund for the children.",
        "Donations can be left at the fire station.",
        "In lieu of flowers, the family asks for gifts to the hospice.",
        "Text HELP to 70123.",
        "Readers can donate at any branch of the bank.",
        "Pupils are asked to donate old coats.",
        "Your gift of any amount will be appreciated.",
    ],
)
def test_finds_a_way_to_help(sentence: str) -> None:
    """Each way to say how to help is found in a sentence that stands alone."""
    assert is_help(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "Anyone with information is asked to call the police on 101.",
        "For confidential support call the Samaritans on 116 123.",
        "Support our journalism by donating here.",
        "She urged voters to donate to her re-election campaign.",
        "He donated a kidney to his brother.",
        "The couple have donated $1 million to the hospital.",
        "If you want to help your kids learn, visit the library.",
        "The firm launched a $2bn fund to invest in start-ups.",
        "The charity was founded in 1965.",
        "The clinic in the valley has run out of clean water after the storm, nurses said on Monday.",
        "The museum opens on Thursdays from ten till four.",
        "The minister said the law would help the economy.",
        "Doctors donate their time, and they have for years.",
    ],
)
def test_does_not_mistake_other_sentences(sentence: str) -> None:
    """Police, helplines, the publisher's own cause, politics and past gifts are not ways to help."""
    assert not is_help(sentence)


@pytest.mark.parametrize(
    "sentence", ["£25 will supply a kit of household essentials.", "The mayor urged residents to give blood."]
)
def test_a_fainter_sign_is_only_proposed(sentence: str) -> None:
    """What is likely but not sure is proposed to an editor and not shown."""
    verdict = judge_scenes([scene_of(sentence, "en")], {})[0].help
    assert verdict is not None
    assert not verdict.sure


def test_the_link_is_the_one_that_the_sentence_carries() -> None:
    """A help sentence has its own link, not another link of the paragraph."""
    paragraph = (
        "The River Trust feeds 300 survivors. To help the refugees through River Trust, please visit here."
    )
    links = (
        Link("River Trust", "https://about.example/", 0),
        Link("here", "https://river.example/give", 0),
        Link("here", "https://other.example/", 1),
    )
    found = pleas.find(story(paragraph, "Another paragraph is here.", links=links)).help
    assert found is not None
    assert (found.url, found.organisation) == ("https://river.example/give", "River Trust")


@pytest.mark.parametrize(
    ("paragraphs", "links", "url"),
    [
        (("To donate, visit www.river.example/give.",), (), "https://www.river.example/give"),
        (
            ("How to help the survivors", "River Trust"),
            (Link("River Trust", "https://r.example/", 1),),
            "https://r.example/",
        ),
        (("To donate, visit their website.",), (), None),
    ],
)
def test_an_address_may_be_written_out_or_stand_below(
    paragraphs: tuple[str, ...], links: tuple[Link, ...], url: str | None
) -> None:
    """Without a link in the sentence, an address in its text counts, then a link in the next paragraph."""
    found = pleas.find(story(*paragraphs, links=links)).help
    assert found is not None
    assert found.url == url


@pytest.mark.parametrize(
    ("sentence", "before", "organisation"),
    [
        ("To donate to the British Red Cross, click here.", "", "British Red Cross"),
        ("To donate, visit the Half-Helen Foundation website.", "", "Half-Helen Foundation"),
        ("To donate to WFP, click here.", "The World Food Programme (WFP) is there.", "World Food Programme"),
        ("To donate, click here.", "They started a charity called Open Door in May.", "Open Door"),
        ("Please donate on GoFundMe.", "", None),
        ("To donate to families in Kyiv, click here.", "", None),
    ],
)
def test_the_organisation(sentence: str, before: str, organisation: str | None) -> None:
    """The organisation is in the sentence or introduced before, in its long form; platforms are ignored."""
    found = pleas.find(story(f"{before} {sentence}".strip())).help
    assert found is not None
    assert found.organisation == organisation


@pytest.mark.parametrize(
    ("paragraphs", "speaker"),
    [
        (("“Please help us to rebuild the school,” said Anna Bondar, who teaches there.",), "Anna Bondar"),
        (("Anna Bondar, a teacher, said: “Please help us to rebuild the school.”",), "Anna Bondar"),
        (
            ("“Please help us to rebuild the school,” Bondar said.", "Anna Bondar is a teacher."),
            "Anna Bondar",
        ),
        (
            (
                "“It is bad,” Anna Bondar said.",
                "“It is worse,” she continued.",
                "“Please help us to rebuild it.”",
            ),
            "Anna Bondar",
        ),
        (("Anna Bondar made a plea on Monday.", "“Please help us to rebuild the school.”"), "Anna Bondar"),
        (
            ("Anna Bondar said it was bad.", "The day was cold.", "“Please help us to rebuild the school.”"),
            None,
        ),
        (("“Please help us to rebuild the school,” one sign read.",), None),
    ],
)
def test_the_speaker(paragraphs: tuple[str, ...], speaker: str | None) -> None:
    """The speaker is named beside the quotation or carried over from the paragraph before, never guessed."""
    found = pleas.find(story(*paragraphs)).plea
    assert found is not None
    assert found.text.startswith("Please help us to rebuild")
    assert found.speaker == speaker


def test_a_plea_is_whole_short_and_balanced() -> None:
    """Of a long quotation the pleading sentence is shown; a long sentence is cut at a clause, with dots."""
    long_quotation = f"“{'It rained for days on end. ' * 12}Please help us.” said Anna Bondar."
    found = pleas.find(story(long_quotation)).plea
    assert found is None or found.text == "Please help us."
    long_sentence = (
        f"“Please help us, {'because the water came again, ' * 12}and we are alone,” said Anna Bondar."
    )
    found = pleas.find(story(long_sentence)).plea
    assert found is not None
    assert len(found.text) <= LONGEST_PLEA
    assert found.text.endswith("because the water came again […]")


def test_nobody_pleads_in_a_story_without_a_plea() -> None:
    """Plain news gives neither a plea nor a help sentence."""
    found = pleas.find(story("The council met on Monday.", "“We are pleased with the result,” said Ann Roe."))
    assert found == Findings()


UKRAINIAN = (
    "Повінь зруйнувала школу, і волонтери збирають гуманітарну допомогу.",
    "«Будь ласка, допоможіть нам відбудувати школу», — сказала Олена Коваль.",
    "Щоб допомогти родинам через фонд «Промінь», переходьте за посиланням.",
)
POLISH = (
    "Powódź zniszczyła szkołę, a wolontariusze zbierają pomoc humanitarną.",
    "„Proszę, pomóżcie nam odbudować szkołę”, powiedziała Anna Kowalska.",
    "Aby wesprzeć rodziny przez Fundację Promień, wejdź na stronę www.promien.example.",
)
GERMAN = (
    "Das Hochwasser hat die Schule zerstört, Freiwillige sammeln Spenden.",
    "„Bitte helft uns, die Schule wieder aufzubauen“, sagte Anna Müller.",
    "Wer den Familien helfen möchte, kann hier an die Stiftung Lichtblick spenden.",
)
FRENCH = (
    "L’inondation a détruit l’école et les bénévoles ont lancé une collecte de dons.",
    "« S’il vous plaît, aidez-nous à reconstruire l’école », a dit Anne Dupont.",
    "Pour aider les familles à travers la Fondation Lumière, rendez-vous sur www.lumiere.example.",
)
SPANISH = (
    "La inundación destruyó la escuela y los voluntarios reúnen ayuda humanitaria.",
    "«Por favor, ayúdennos a reconstruir la escuela», dijo Ana García.",
    "Para ayudar a las familias a través de la Fundación Luz, visite www.luz.example.",
)


@pytest.mark.parametrize(
    ("language", "paragraphs", "speaker", "organisation"),
    [
        ("uk", UKRAINIAN, "Олена Коваль", "Промінь"),
        ("pl", POLISH, "Anna Kowalska", "Fundację Promień"),
        ("de", GERMAN, "Anna Müller", "Stiftung Lichtblick"),
        ("fr", FRENCH, "Anne Dupont", "Fondation Lumière"),
        ("es", SPANISH, "Ana García", "Fundación Luz"),
    ],
)
def test_other_languages(language: str, paragraphs: tuple[str, ...], speaker: str, organisation: str) -> None:
    """Plea, speaker, help sentence and organisation are found in each language with its own rules."""
    found = pleas.find(story(*paragraphs, language=language))
    assert found.plea is not None
    assert found.plea.speaker == speaker
    assert found.plea.text in paragraphs[1]
    assert found.help is not None
    assert found.help.sentence == paragraphs[2]
    assert found.help.organisation == organisation


@pytest.mark.parametrize("language", ["en", "de", "es", "fr", "pl", "uk"])
def test_many_ways_to_say_it(language: str) -> None:
    """Of 400 single sentences, half of them near misses, enough are classified correctly."""
    rows = [row for row in bench_pleas.rows("tune") if row["language"] == language]
    for what, score in bench_pleas.measure_sentences(rows).items():
        assert score.right / (score.right + score.wrong) >= 0.7, (what, score.errors)
        assert score.right / (score.right + score.missed) >= 0.75, (what, score.errors)


def test_a_plea_with_a_condition_in_it() -> None:
    """Words between "please" and the request do not hide the plea."""
    paragraph = (
        "“Please, if you can spare an hour or a tin of food, come and help us,” said Rosa Lind, a cook."
    )
    found = pleas.find(Article(headline="Soup", body=f"The kitchen is small.\n\n{paragraph}", language="en"))
    assert found.plea is not None
    assert found.plea.text == "Please, if you can spare an hour or a tin of food, come and help us"
    assert found.plea.speaker == "Rosa Lind"


def test_a_language_without_cues_uses_english_ones() -> None:
    """A language without a table has the English cues."""
    assert pleas.find(story("Tulva tuhosi koulun.", language="fi")) == Findings()
    assert [cue.kind for cue in cues_of("fi").find("donate")] == [
        cue.kind for cue in cues_of("en").find("donate")
    ]


@pytest.mark.parametrize(
    ("paragraph", "texts"),
    [
        ("He said “no” and “yes”.", ["no", "yes"]),
        ("'The members' rights are gone,' he said.", ["The members' rights are gone,"]),
        ("It's the boys' own 'little miracle' now.", ["little miracle"]),
        ("„Bitte“, sagte sie. «Так», — сказав він.", ["Bitte", "Так"]),
        ('"It goes on in the next paragraph.', ["It goes on in the next paragraph."]),
        (
            "The word ‘uneconomic’ stood there. “I don’t blame them,” she said.",
            ["uneconomic", "I don’t blame them,"],
        ),
        ('6" of rain fell.', []),
        ("No mark at all.", []),
    ],
)
def test_quotations(paragraph: str, texts: list[str]) -> None:
    """Curly, straight, angled and low marks work; apostrophes do not open a quotation; an open one runs to
    the end.
    """
    assert [quotation.text for quotation in quotations(paragraph)] == texts


@pytest.mark.parametrize(
    "text",
    [
        '"Please help us." ' * 5_000,
        "Anna Bondar " * 20_000,
        "A." * 100_000,
        "Donate to the Red Cross. " * 3_000,
        "“a” said Anna, " * 5_000,
        "'a " * 50_000,
        "Foo (ABC) " * 10_000,
        "A" * 300_000,
        "– a. " * 40_000,
        "– Aa, " * 40_000,
        " ".join(f"Donate at the Hope Fund on hope{number}.org." for number in range(3_000)),
        "Donate " + "AB12 " + "AB " * 100_000 + "!",
    ],
    ids=[
        *("quotations", "names", "dots", "requests", "attributions", "apostrophes", "acronyms", "word"),
        *("dashes", "open-dashes", "addresses", "account"),
    ],
)
def test_hostile_text_costs_little(text: str) -> None:
    """Hundreds of kilobytes made against the patterns take seconds at most."""
    started = time.process_time()
    pleas.find(story("The flood left refugees in need of donations.", text))
    assert time.process_time() - started < 10


@settings(deadline=None, max_examples=100)
@given(
    st.lists(st.text(alphabet="abc Please help donate to “”\"'«»,.!?\n", min_size=1, max_size=80), max_size=5)
)
def test_findings_are_words_of_the_story(paragraphs: list[str]) -> None:
    """For any text, a plea is short and, up to the cut, part of the story."""
    article = story(*(" ".join(paragraph.split()) for paragraph in paragraphs if paragraph.split()))
    found = pleas.find(article)
    for one in found.helps:
        assert one.rule
    if found.plea:
        assert len(found.plea.text) <= LONGEST_PLEA
        assert found.plea.text.removesuffix(" […]") in article.body


def test_a_way_to_help_takes_the_only_address_of_its_story() -> None:
    """A help sentence without an address has the one that the story writes elsewhere, if it has no other."""
    sentence = "Blankets and tents can be left at the church hall every day from 9am to 5pm."
    body = f"The flood took forty houses in Elmstead. {sentence}\n\nWhat is needed is listed on elmfund.org."
    both = f"{body} The weather is on skyreport.org."
    for text, url in ((body, "https://elmfund.org"), (both, None)):
        found = pleas.find(story("Flood leaves families without homes", text))
        assert next(one.url for one in found.helps if one.sentence == sentence) == url


def test_a_question_mark_names_no_organisation() -> None:
    """Of two ways to help without an address or organisation, the one with more evidence is shown."""
    weaker = pleas._Way(Help("Will you bring blankets?", None, None, "give"), 1.0, has_address=False)
    stronger = pleas._Way(Help("Bring blankets to the hall.", None, None, "give"), 2.0, has_address=False)
    assert pleas._best_help([weaker, stronger], sure=True) == stronger.help


@pytest.mark.parametrize("number", ["09_consent_complianz.html", "09c_consent_onetrust.html"])
def test_a_lack_alone_is_no_way_to_help(number: str) -> None:
    """A story that tells what is missing, and not what readers can do, shows no way to help."""
    page = SHARED_DATA / "reports" / number
    if not page.exists():
        pytest.skip("needs the shared data")
    assert pleas.find(pages.read(page.read_bytes(), "https://valley.example/", None)).help is None
