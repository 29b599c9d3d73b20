"""The stories of the week, and the sites that tell them: twenty feeds, each of one topic in one language."""

from dataclasses import dataclass
from random import Random

LANGUAGES = ("uk", "en", "de")
TOPICS = ("food", "shelter", "medicine", "schools")
FEEDS = 20
_SYLLABLES = [first + last for first in "bdfgklmnprstv" for last in ("ar", "en", "il", "o", "un")]
_WORDS = {
    "en": "the people of the town opened a kitchen beside the river and brought bread water and blankets"
    " to everybody who came from the villages across the bridge after a long winter without light or"
    " heat while volunteers repaired roofs windows and roads with planks nails and their own hands"
    " every day until night",
    "de": "die Menschen der Stadt haben eine Küche neben dem Fluss eröffnet und brachten Brot Wasser und"
    " Decken für alle die aus den Dörfern über die Brücke kamen nach einem langen Winter ohne Licht"
    " und Wärme während Freiwillige Dächer Fenster und Straßen mit Brettern Nägeln und eigenen Händen"
    " jeden Tag repariert haben",
    "uk": "люди міста відкрили кухню біля річки і принесли хліб воду та ковдри для всіх хто прийшов із сіл"
    " через міст після довгої зими без світла і тепла поки волонтери ремонтували дахи вікна та дороги"
    " дошками цвяхами і власними руками кожного дня до самої ночі разом із дітьми вчителями лікарями"
    " та сусідами",
}
_HEADLINES = {
    "en": "Neighbours of {name} share what they have, report {code}",
    "de": "Nachbarn aus {name} teilen was sie haben, Bericht {code}",
    "uk": "Сусіди з {name} діляться тим, що мають, звіт {code}",
}


@dataclass(frozen=True, slots=True)
class Tale:
    """A story as its site tells it; `code` stands in its headline and nowhere else."""

    number: int
    feed: int
    with_appeal: bool

    @property
    def language(self) -> str:
        return LANGUAGES[self.feed % len(LANGUAGES)]

    @property
    def topic(self) -> str:
        return topic_of(self.feed)

    @property
    def code(self) -> str:
        return f"S{self.number:05}"

    @property
    def headline(self) -> str:
        name = "".join(Random(self.number).choices(_SYLLABLES, k=3)).title()
        return _HEADLINES[self.language].format(name=name, code=self.code)

    @property
    def page(self) -> str:
        """The page with the whole story, in words that no other story has in this order."""
        random = Random(self.number)
        known = _WORDS[self.language].split()
        sentences = []
        for _ in range(16):
            made = ["".join(random.choices(_SYLLABLES, k=2)).title() for _ in range(2)]
            words = random.choices(known, k=12)
            words[4:4], words[9:9] = made[:1], made[1:]
            sentences.append(" ".join(words).capitalize() + ".")
        text = "".join(f"<p>{' '.join(sentences[at : at + 4])}</p>" for at in range(0, len(sentences), 4))
        return (
            f'<html lang="{self.language}"><head><title>{self.headline}</title></head>'
            f"<body><article><h1>{self.headline}</h1>{text}</article></body></html>"
        )


def topic_of(feed: int) -> str:
    """Return the topic of a feed."""
    return TOPICS[feed // len(LANGUAGES) % len(TOPICS)]


def tales(number: int) -> list[Tale]:
    """Return so many stories; every feed tells about as many, and every third story asks for help."""
    return [Tale(one, one % FEEDS, with_appeal=one % 3 == 0) for one in range(1, number + 1)]
