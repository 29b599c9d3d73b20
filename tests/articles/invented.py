# ruff: noqa: E501  # whole sentences
"""Invented stories and what sites put around them, for pages whose right text is known to the letter."""

from dataclasses import dataclass, field
from random import Random

_PEOPLE = (
    "Ada Lind",
    "Tom Reyes",
    "Marta Kowal",
    "Ivan Hnatiuk",
    "Sofia Brandt",
    "Omar Haddad",
    "Lucie Moreau",
)
_PLACES = (
    "the lower village",
    "Aston",
    "the harbour",
    "the old school",
    "Weststrand",
    "the mill quarter",
    "Kilmora",
)
# First and second halves of sentences: any first fits any second.
_HALVES = {
    "en": (
        ("The river reached {place} before {person} could wake the neighbours", "On Tuesday {number} pumps arrived by train",
         "Rescuers brought {number} people to a gymnasium", "Nobody in {place} slept", "“We carried out what we could,” said {person}",
         "The road to {place} stays closed", "Engineers mend the bridge with {number} steel plates", "A farmer took in {number} cows",
         "According to {person}, a dam was inspected in spring", "The hospital moved {number} patients upstairs"),
        ("because the light had gone at nine", "and lorries need {number} kilometres more", "while the council counts its last reserve",
         "so that children sleep between wall bars", "which had not happened for {number} years", "although the water falls slowly now",
         "and {person} shut the gate behind the last guest", "as the kitchen cooks by candlelight", "until every pipe in {place} is flushed",
         "but blankets were short again"),
    ),
    "uk": (
        ("Річка дійшла до околиці, поки {person} будила сусідів", "У вівторок потягом прибули {number} насосів", "Рятувальники вивезли {number} людей",
         "Ніхто в селі не спав", "«Ми винесли, що могли», – каже {person}", "Дорога до міста лишається закритою", "Фермер прихистив {number} корів"),
        ("бо світло зникло о дев’ятій", "і вантажівки їдуть на {number} кілометрів довше", "поки громада рахує останній резерв", "тож {number} дітей ночують у спортзалі",
         "чого не бувало вже {number} років", "хоча вода спадає на {number} міліметрів", "а кухня готує при свічках"),
    ),
    "pl": (
        ("Rzeka dotarła do osiedla, zanim {person} obudziła sąsiadów", "We wtorek pociągiem przyjechało {number} pomp", "Ratownicy przewieźli {number} osób",
         "Nikt we wsi nie spał", "„Wynieśliśmy, co się dało” – mówi {person}", "Droga do miasta pozostaje zamknięta", "Rolnik przyjął {number} krów"),
        ("bo światło zgasło o dziewiątej", "a ciężarówki nadkładają {number} kilometrów", "gdy gmina liczy ostatnie rezerwy", "więc {number} dzieci śpi w sali gimnastycznej",
         "co nie zdarzyło się od {number} lat", "choć woda opada o {number} milimetrów", "a kuchnia gotuje przy świecach"),
    ),
    "de": (
        ("Der Fluss erreichte die Siedlung, ehe {person} die Nachbarn weckte", "Am Dienstag kamen {number} Pumpen mit dem Zug", "Helfer brachten {number} Menschen in Sicherheit",
         "Niemand im Dorf schlief", "„Wir trugen hinaus, was ging“, sagt {person}", "Die Straße in die Stadt bleibt gesperrt", "Ein Bauer nahm {number} Kühe auf"),
        ("denn das Licht fiel für {number} Stunden aus", "und Lastwagen fahren {number} Kilometer mehr", "während die Gemeinde ihre letzten {number} Euro zählt", "sodass {number} Kinder in der Turnhalle liegen",
         "was seit {number} Jahren nicht geschehen war", "obwohl das Wasser um {number} Zentimeter fällt", "und die Küche kocht {number} Mahlzeiten bei Kerzenschein"),
    ),
}  # fmt: skip
_AROUND = (
    "Council votes on new tram line through the {n}th district after a long debate in the hall",
    "Ten recipes for a week without sugar, number {n} will surprise even the strictest cook",
    "How a small bakery number {n} became the talk of the coast, and why its ovens are never cold",
    "Review: the {n}th season of the space saga loses its way somewhere behind the third moon",
    "Striker scores {n} goals and leaves the league in silence, his trainer speaks of an era",
)


@dataclass
class InventedStory:
    """A story: headline, standfirst, paragraphs in order; and the words around it that must not be in it."""

    language: str
    headline: str
    standfirst: str
    paragraphs: list[str]
    noise: list[str] = field(default_factory=list)

    def teaser(self) -> str:
        """Return the headline of another story; each one is another."""
        return self._note(_AROUND[len(self.noise) % len(_AROUND)].format(n=len(self.noise) + 3))

    def other(self, kind: str) -> str:
        """Return two sentences of prose that are not the story's: a comment, a notice, another story."""
        number = len(self.noise) + 3
        return self._note(
            f"This {kind} of {number} words is by somebody else, and it speaks of quite another matter than the page. "
            f"Anybody who reads it, for the {number}th time or the first, learns nothing of what happened there."
        )

    def _note(self, text: str) -> str:
        self.noise.append(text)
        return text


def invented_story(seed: int, language: str = "en", paragraphs: int = 12) -> InventedStory:
    """Return the story of this seed: its paragraphs have one to three sentences, none comes twice."""
    random = Random(seed)  # no secret
    made: set[str] = set()

    def sentence() -> str:
        while True:
            parts = (
                half.format(
                    person=random.choice(_PEOPLE),
                    place=random.choice(_PLACES),
                    number=random.randint(12, 980),
                )
                for half in map(random.choice, _HALVES[language])
            )
            text = ", ".join(parts) + "."
            if text not in made:
                made.add(text)
                return text

    body = [" ".join(sentence() for _ in range(random.choice((1, 2, 3, 4)))) for _ in range(paragraphs)]
    headline = sentence().rstrip(".").replace("“", "").replace("”", "")[:90].rsplit(" ", 1)[0]
    return InventedStory(language, headline, sentence(), body)
