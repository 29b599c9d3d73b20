"""Each readability rule: sentences that break it, and similar ones that do not."""

import pytest

from bot.language.lexicon import lexicon_of
from bot.summaries.readability import RULES, Consequence, broken_rules, consequence_of

RULE = {rule.name: rule for rule in RULES}


def is_broken(name: str, text: str, language: str = "en") -> bool:
    return bool(broken_rules(text, lexicon_of(language), [RULE[name]]))


@pytest.mark.parametrize(
    ("name", "text", "language"),
    [
        ("handle", "instagram | @maksimc", "en"),
        ("address", "Read it on https://example.org/story today.", "en"),
        ("address", "Write to desk@example.org for the details.", "en"),
        ("host", "More information can be found at drive.example.gov now.", "en"),
        ("hashtag", "The tag #AskHerMore was seen everywhere on Sunday.", "en"),
        ("credit", "Photo: Reuters.", "en"),
        ("credit", "(Photo by Jane Doe)", "en"),
        ("credit", "The minister arrives in Brussels. — Reuters pic", "en"),
        ("credit", "Фото: Укрінформ.", "uk"),
        ("call", "Fot. PAP, premier w Sejmie.", "pl"),
        ("credit", "Foto: Rune Stølås.", "nb"),
        ("call", "Follow us on Twitter.", "en"),
        ("call", "To learn more, please visit here.", "en"),
        ("call", "For details, click here.", "en"),
        ("call", "Читайте також: як допомогти.", "uk"),
        ("call", "Les også: Slik gikk det.", "nb"),
        ("notice", "This article was first published on Monday.", "en"),
        ("notice", "Jane Doe (left) and her brother stand at the door.", "en"),
        ("shouted", "TENNESSEE POLICE WARN NOT TO FLUSH DRUGS.", "en"),
        ("fragment", "A headline without its full stop", "en"),
        ("fragment", "and so the sentence goes on from before.", "en"),
        ("fragment", "Hotel Monaco (Portland).", "en"),
        ("fragment", "March 30, 2015 .", "en"),
        ("fragment", "Tourism Minister Elena Kountoura of Greece.", "en"),
        ("fragment", "Home > News > The town on the hill is old.", "en"),
        ("fragment", "Here are the ten best beaches in the world: .", "en"),
        ("fragment", "- Det er gjort på tre timer hjemme.", "nb"),
        ("label", "Heartbroken: The father of the boy left the court.", "en"),
        ("label", "CNN: You test the eyes of children in schools.", "en"),
        ("inserted", "The best and worst films of the year .", "en"),
        ("glued", "Pas d'enquête ouverteLe maire de la ville a été entendu.", "fr"),
        ("broken quote", '"We did it all by ourselves.', "en"),
        ("broken quote", "They called it “the best day of the year.", "en"),
        ("broken quote", "Він сказав: «Ми йдемо додому.", "uk"),
        ("broken quote", "Er sagte: „Wir gehen nach Hause.", "de"),
        ("broken quote", "‘It was the best day of my life.", "en"),
        ("broken quote", "The mayor (a friend of his said no.", "en"),
        ("bare quote", '"It got worse in Ukraine every day."', "en"),
        ("bare quote", "'There's no worry on his face.'", "en"),
        ("bare quote", "«Ми йдемо додому разом».", "uk"),
        ("too long", "word " * 61 + "end.", "en"),
        ("question", "But what happens to the children now?", "en"),
        ("points back", "He explained that his father started it.", "en"),
        ("points back", "These were the last words of the day.", "en"),
        ("points back", "Вони поїхали до Варшави вранці.", "uk"),
        ("points back", "Jego brat wrócił do domu wczoraj.", "pl"),
        ("points back", "C'est ce qu'il a déclaré mardi soir.", "fr"),
        ("points back", "When he came home, the town cheered.", "en"),
        ("points back", "Учора він поїхав до Варшави.", "uk"),
        ("points back", "According to his lawyer, the case is over.", "en"),
        ("points back", "One key part of his plan: play as a team.", "en"),
        ("points back", "In colonial times it was a hunting ground.", "en"),
        ("points back", "The town changed, and that night was the reason.", "en"),
        ("points back", "Ten years later, incomes were three times as high.", "en"),
        ("points back", "In early March the experts will meet, she said.", "en"),
        ("points back", "Some have automated savings accounts.", "en"),
        ("points back", "C'étaient les menus de noces d'un traiteur.", "fr"),
        ("points back", "Llevaba a bordo a cuatro hombres.", "es"),
        ("points back", "Es una cifra del Centro Mexicano.", "es"),
        ("points back", "Камера, за її словами, не працює.", "uk"),
        ("points back", "Ma czterdzieści jeden lat i trzecią kadencję.", "pl"),
        ("points back", "In diesen Tagen wurden 50 Kinder befreit.", "de"),
        ("connects", "No, the team did not win the game.", "en"),
        ("connects", "However, the bridge was closed again.", "en"),
        ("connects", "As a result, the bridge was closed.", "en"),
        ("connects", "Aber die Brücke blieb geschlossen.", "de"),
        ("connects", "Sin embargo, el puente sigue cerrado.", "es"),
        ("unnamed speaker", '"Tune out and go to church," he continued.', "en"),
    ],
)
def test_rule_is_broken(name: str, text: str, language: str) -> None:
    """Each rule finds the fault in its examples."""
    assert is_broken(name, text, language)


@pytest.mark.parametrize(
    ("name", "text", "language"),
    [
        ("handle", "They meet @ noon on the bridge.", "en"),
        ("address", "The president of Example, Inc. resigned on Monday.", "en"),
        ("credit", "Photos of the bridge moved people to tears.", "en"),
        ("credit", "Video games are sold out in the whole town.", "en"),
        ("call", "Share prices fell by a tenth on Monday.", "en"),
        ("call", "For more than 20 years, the bridge was closed.", "en"),
        ("call", "Watch makers in Geneva met on Monday.", "en"),
        ("call", "The mayor told them to follow us home.", "en"),
        ("notice", "The ministry said so in a press release on Friday.", "en"),
        ("fragment", "The mayor resigned on Monday.", "en"),
        ("fragment", 'He said: "We will win this year."', "en"),
        ("fragment", "これは本です。", "ja"),
        ("label", 'The minister said: "We will win this year."', "en"),
        ("label", "Two of them stayed at home: the boy and his father.", "en"),
        ("glued", "Le président de BuzzFeed a quitté l'entreprise.", "fr"),
        ("broken quote", "The girls' team won in the '90s, the coach's best.", "en"),
        ("broken quote", "„Das ist gut“, sagte der Bürgermeister.", "de"),
        ("broken quote", "Premier powiedział: „To dobrze” i wyszedł.", "pl"),
        ("bare quote", '"It got worse," the mayor said.', "en"),
        ("bare quote", "'We can do it,' Mayor Ann Smith said.", "en"),
        ("question", "The mayor asked whether they would stay.", "en"),
        ("points back", '"We need your help," Olena Koval said.', "en"),
        ("points back", "Hero Indian Super League sides will clash.", "en"),
        ("points back", "Itália venceu o jogo de segunda.", "en"),
        ("points back", "President Biden told him to go home.", "en"),
        ("points back", "When Maria left, her brother stayed.", "en"),
        ("points back", "It is now five weeks since Jan Doe left.", "en"),
        ("points back", "Police say they have no suspects.", "en"),
        ("points back", "A worker in Atlanta said he was stunned.", "en"),
        ("points back", 'Olena Koval said: "That night I saw it all."', "en"),
        ("points back", "Murieron tres personas en el incendio.", "es"),
        ("points back", "Es gibt keinen Strom in der Klinik.", "de"),
        ("connects", "There are forty mounds behind the well.", "en"),
        ("connects", "No team has won the game before.", "en"),
        ("connects", "Sofia is the capital of Bulgaria.", "en"),
        ("connects", "Andreas lebt seit Montag in Berlin.", "de"),
        ("unnamed speaker", '"Tune out and go to church," Maksim said.', "en"),
    ],
)
def test_rule_is_kept(name: str, text: str, language: str) -> None:
    """Each rule passes good sentences that resemble the fault."""
    assert not is_broken(name, text, language)


def test_the_strictest_rule_decides() -> None:
    """Of several broken rules the strictest decides; a good sentence has no consequence."""
    english = lexicon_of("en")
    assert consequence_of("He said: follow us @comeback", english) is Consequence.NEVER
    assert consequence_of('"He left.', english) is Consequence.LAST_RESORT
    assert consequence_of("He left the town on Monday.", english) is Consequence.WITH_ANTECEDENT
    assert consequence_of("The mayor left the town on Monday.", english) is None


def test_rules_are_ordered_by_strictness() -> None:
    """`consequence_of` may stop at the first broken rule, since no later one is stricter."""
    gravity = [Consequence.NEVER, Consequence.LAST_RESORT, Consequence.WITH_ANTECEDENT]
    ranks = [gravity.index(rule.consequence) for rule in RULES]
    assert ranks == sorted(ranks)
    assert len(RULE) == len(RULES)


@pytest.mark.parametrize("language", ["en", "uk", "ru", "pl", "de", "fr", "es", "nb"])
def test_every_language_has_its_words(language: str) -> None:
    """Each supported language has every list that the rules need, in lower case."""
    lexicon = lexicon_of(language)
    for words in (
        lexicon.back_pointers,
        lexicon.connectives,
        lexicon.credits,
        lexicon.calls,
        lexicon.asking,
        lexicon.helping,
    ):
        assert words
        assert all(word == word.lower() for word in words)


def test_unknown_language_has_no_words() -> None:
    """A language without a file has an empty Lexicon; None gives the English one."""
    assert not lexicon_of("xx").back_pointers
    assert lexicon_of(None) == lexicon_of("en")
