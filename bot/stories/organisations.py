"""Which organisation a sentence asks readers to help."""

import re

from bot.stories.cues import Cues, fold_marks

_UPPER = "A-ZÀ-ÖØ-ÞĀĄĆČĘĚŁŃŐŒŘŚŠŹŻŽЀ-ЯҐ"
_WORD = rf"(?:[{_UPPER}][\w&.-]*(?:'s(?=\s[{_UPPER}]))?|\d+\w*)"
_HOSTS = re.compile(r"(?:https?://)?(?:www\.)?([\w-]+(?:\.[\w-]+)+)", re.IGNORECASE)

# Where money is given or word is spread, and not whom it is for.
_PLATFORMS = frozenset(
    "gofundme,go fund me,gofundme.com,justgiving,just giving,facebook,instagram,twitter,youtube,telegram,paypal,patreon"
    ",kickstarter,indiegogo,prizeo,google,yahoo,ebay,amazon,bbc,cnn,itv,channel,donate,whatsapp,tiktok,email,http,www"
    ",youcaring,crowdrise,givesendgo".split(",")
)
# Known the world over, so that no other word has to say what they are.
_KNOWN = frozenset(
    "unicef,unhcr,oxfam,red cross,red crescent,save the children,care,caritas,world vision,amnesty,msf,doctors without"
    " borders,united24,come back alive,razom,world central kitchen,mercy corps,salvation army,islamic relief,christian aid"
    ",actionaid,greenpeace,wwf,world food programme,wfp,iocc,americares,international rescue committee,plan,dec,cafod"
    ",disasters emergency committee,united nations,nova ukraine,повернись живим,фонд притули,prytula foundation"
    ",médecins sans frontières,ärzte ohne grenzen,aktion deutschland hilft,polska akcja humanitarna,pah,cruz roja"
    ",croix-rouge,secours populaire,secours catholique,deutsches rotes kreuz,czerwony krzyż,червоний хрест".split(
        ","
    )
)
_LONGEST = 8  # words in a name


def organisation(sentence: str, story: str, cues: Cues) -> str | None:
    """The organisation that the sentence names, else the one that the story introduces as such; or None.

    A name scores by what stands around it ("through X", "X Foundation", "the charity X"). An acronym is
    given as the story spells it out.
    """
    words = cues.organisation
    best = max(
        ((score, -place, name) for name, place, score in _scored(fold_marks(sentence), words)), default=None
    )
    name = best[2] if best and best[0] > 1 else _introduced(fold_marks(story), words)
    return _spelled_out(name, fold_marks(story)) if name else None


def _names(text: str, words: dict[str, str]) -> list[re.Match[str]]:
    joined = rf"{_WORD}(?:\s(?:(?i:{words['joiners']})\s(?:the\s)?)?{_WORD}){{0,{_LONGEST}}}"
    return list(re.finditer(joined, text))


def _scored(sentence: str, words: dict[str, str]) -> list[tuple[str, int, int]]:
    """Each capitalised name as (name, place, score)."""
    found = []
    for match in _names(sentence, words):
        name, place = _trimmed(match[0], match.start(), words)
        if not name or name.lower() in _PLATFORMS or name[0].isdigit() or len(name) < 3:
            continue
        before = sentence[:place].rstrip()
        after = sentence[match.end() :].lstrip()
        score = 2 * (
            name.lower() in _KNOWN
            or any(f" {known} " in f" {name.lower()} " for known in _KNOWN if " " in known)
        )
        score += 2 * bool(re.search(rf"\b(?:{words['nouns']})\b", name, re.IGNORECASE))
        score += bool(re.search(rf"\b(?:{words['before']})(?: the| a)?$", before, re.IGNORECASE))
        score += bool(re.match(rf"(?:{words['after']})\b", after, re.IGNORECASE))
        score += name.isupper() and len(name) > 2
        score += bool(re.search(r"\bthrough$", before)) + bool(re.search(r"\d$", name))
        found.append((name, place, score))
    return found


_OPENERS = frozenset(
    "if how to the for donate check click please you those find help support a an in on at it we i and but or so one his her"
    " their its your our my this that these those what who when where why meanwhile also through visit text call go see"
    " multiple family friends people donations anyone emergency viewers readers elsewhere mobile mr mrs ms dr there he she"
    " they join give learn more ways".split()
)


def _trimmed(name: str, place: int, words: dict[str, str]) -> tuple[str, int]:
    """The name without a capital that only opens the sentence, and without a possessive at its end."""
    parts = name.split(" ")
    joiners = set(words["joiners"].split("|"))
    while parts and (parts[0].lower().strip(".") in _OPENERS or parts[0].lower() in joiners):
        place += len(parts[0]) + 1
        parts.pop(0)
    return " ".join(parts).rstrip(".,-"), place


def _introduced(story: str, words: dict[str, str]) -> str | None:
    """The first name that the story calls a charity, organisation …: "our organization, Baranova 27"."""
    pattern = (
        rf"\b(?:{words['before_of_story']})\b(?:,| called| named)? (?P<name>{_WORD}(?:\s{_WORD}){{0,5}})"
    )
    for match in re.finditer(pattern, story):
        name, _ = _trimmed(match["name"], 0, words)
        if name and name.lower() not in _PLATFORMS:
            return name
    return None


def _spelled_out(name: str, story: str) -> str:
    """ "DEC" → "Disasters Emergency Committee", where the story says "Disasters Emergency Committee (DEC)"."""
    if not name.isupper():
        return name
    match = re.search(
        rf"((?:{_WORD}\s(?:(?:of|for|the|and)\s){{0,2}}){{1,6}}{_WORD}) \({re.escape(name)}\)", story
    )
    return match[1].removeprefix("The ") if match else name
