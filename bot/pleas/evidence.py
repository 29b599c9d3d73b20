"""Evidence: what speaks for and against a sentence, as named numbers between 0 and 1.

A sentence has the classes of its cues, separately for the words in a quotation ("said …") and for the
rest, and the combinations of what a plea consists of: who asks, whom, for what, how. Its story has the
classes of all its sentences and of its headline: a story about swindlers, a match or a trial has no plea,
whatever is said in it.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from bot.pleas.cues import Cue
from bot.pleas.scenes import Scene

Evidence = dict[str, float]

# The classes whose presence anywhere in the story says what it is about.
_ABOUT = (
    *("scam", "police", "politics", "sport", "shop", "fiction", "thanks", "past", "hardship", "era"),
    *("collection", "need", "beg", "ask", "missing", "refuse"),
)
_USUAL = 8  # sentences; a shorter story is counted as this long, since one sentence says little of it
_MANY = 0.4  # share of a story's sentences with a class that counts in full
# What a story is about in which nobody asks readers for help, whatever is said in it.
_OTHER_MATTERS = (
    "scam",
    "police",
    "politics",
    "sport",
    "shop",
    "fiction",
    "past",
    "thanks",
    "missing",
    "refuse",
)
_BRIEF = 35  # characters
_WORDY = 240  # characters; a longer sentence has cues of many classes by chance
_LONG = 40  # sentences; a story of this length and more is counted as fully long
_EARLY_PARTS = 2  # in which stories seldom ask; how they end differs too much to count
_PARTS = 5  # of a story, by sentences
_OPENING = 3  # characters before a word that opens the sentence
_MUCH, _SOME = 0.3, 0.15  # shares of the sentences
_LEAST = 2  # sentences
_CHANNELS = frozenset({"url", "mail", "phone", "account", "link", "pay"})
_PLACES = frozenset({"receive", "venue", "street", "hours", "when"})
_OBJECTS = frozenset({"give", "goods", "people", "collection", "help", "sum", "cost"})
_REQUESTS = frozenset({"order", "beg", "please", "ask"})
_OFFERS = frozenset({"who", "can", "turn", "match", "way"})
_WANTS = frozenset({"need", "urgent", "abandon", "must"})
_PERSONS = frozenset({"we", "you", "world", "dear"})
# The matters of a story that forbid every finding in it, and those that forbid a sentence with a cue of them.
_SUSPECT = {"plea": ("scam", "sport", "past", "refuse"), "help": ("scam", "sport", "refuse")}
_SUSPECT_ITSELF = {"plea": ("police", "politics", "thanks"), "help": ("police",)}
# A way to help has one of these; of 484 that were labelled, 2 had none. "The clinic has no water" has none.
_ACTS = (
    _CHANNELS | _REQUESTS | {"give", "receive", "turn", "way", "collection", "help", "sum", "cost", "keyword"}
)


def about(headline: Sequence[Cue], scenes: Sequence[Scene]) -> Evidence:
    """Return the evidence that all sentences of a story share."""
    number = max(_USUAL, len(scenes))
    found = Counter(kind for scene in scenes for kind in {cue.kind for cue in scene.cues})
    evidence = {f"story {kind}": min(1.0, found[kind] / number / _MANY) for kind in _ABOUT if found[kind]}
    evidence |= {f"headline {cue.kind}": 1.0 for cue in headline if cue.kind in _ABOUT}
    for kind in ("url", "account", "mail"):
        if found[kind]:
            evidence[f"story {kind}"] = 1.0
    evidence["long story"] = min(1.0, max(0, len(scenes) - _USUAL) / (_LONG - _USUAL))
    named = {cue.kind for cue in headline}
    for kind in _OTHER_MATTERS:
        share = found[kind] / number
        if found[kind] >= _LEAST and (share >= _MUCH or (kind in named and share >= _SOME)):
            evidence[f"about {kind}"] = 1.0
    return evidence


def of_help(scene: Scene, story: Evidence) -> Evidence:
    """Return the evidence for and against a sentence that may say how to help."""
    inside, outside = scene.kinds()
    kinds = inside | outside
    evidence = dict.fromkeys(kinds, 1.0)
    evidence[
        _combined(kinds, channel=_CHANNELS, place=_PLACES, object=_OBJECTS, offer=_OFFERS | _REQUESTS)
    ] = 1.0
    if scene.quoted:
        evidence["quoted"] = min(1.0, (scene.end - scene.start) / (len(scene.text) or 1))
    return evidence | _frame(scene) | story


def of_plea(scene: Scene, story: Evidence) -> Evidence:
    """Return the evidence for and against a sentence that may be a plea."""
    inside, outside = scene.kinds()
    evidence: Evidence = {}
    if scene.quoted:
        evidence |= {f"said {kind}": 1.0 for kind in inside}
        evidence |= {f"beside {kind}": 1.0 for kind in outside}
        evidence["said"] = 1.0
        evidence["said share"] = (scene.end - scene.start) / (len(scene.text) or 1)
        evidence["said briefly"] = float(scene.end - scene.start < _BRIEF)
    else:
        evidence |= {f"plain {kind}": 1.0 for kind in outside}
    asked = inside if scene.quoted else outside
    scope = "said" if scene.quoted else "plain"
    combined = _combined(asked, request=_REQUESTS, want=_WANTS, object=_OBJECTS, person=_PERSONS)
    evidence[f"{scope} {combined}"] = 1.0
    evidence |= dict.fromkeys(inside | outside, 1.0)
    return evidence | _frame(scene) | story


def beside(scenes: Sequence[Scene], likely: Sequence[float], other: Sequence[float]) -> list[Evidence]:
    """Return what the sentences beside each one in its paragraph add, and whether another one is likelier.

    Few sentences of a story are pleas: the likeliest has more for it than its own sum says, others less.

    likely, other: how likely each sentence is one of the kind that is judged, and one of the other kind.
    """
    found = []
    most = max(likely, default=0.0)
    for number, scene in enumerate(scenes):
        near = [
            place
            for place in (number - 1, number + 1)
            if 0 <= place < len(scenes) and scenes[place].paragraph == scene.paragraph
        ]
        found.append(
            {
                "near one": max((likely[place] for place in near), default=0.0),
                "near the other kind": max((other[place] for place in near), default=0.0),
                "likelier elsewhere": max(0.0, most - likely[number]) if likely[number] != most else 0.0,
                "likeliest": float(likely[number] == most and len(scenes) > 1),
            }
        )
    return found


def guarded(evidence: Evidence, kind: str) -> bool:
    """Return whether a sentence may not be shown as a "plea" or "help", whatever its sum.

    Some words forbid it by themselves ("anyone with information"). A story about swindlers or a match shows
    nothing, and one about the police no sentence that mentions them. More matters forbid a plea than a way
    to help, since the words of a politician or of long ago read like pleas. A sentence that names nothing
    that readers can do is no way to help.
    """
    return (
        "never" in evidence
        or (kind == "help" and _ACTS.isdisjoint(evidence))
        or any(f"about {matter}" in evidence for matter in _SUSPECT[kind])
        or any(f"about {matter}" in evidence and matter in evidence for matter in _SUSPECT_ITSELF[kind])
    )


def _frame(scene: Scene) -> Evidence:
    opens = any(cue.kind == "order" and cue.start <= _OPENING for cue in scene.cues)
    frame = {
        "length": min(1.0, len(scene.text) / 240),
        "lead": float(scene.leads),
        "opens with order": float(opens),
        "always": 1.0,
    }
    part = _PARTS if scene.place is None else int(scene.place * _PARTS) + 1
    if part <= _EARLY_PARTS:
        frame[f"part {part} of {_PARTS}"] = 1.0
    return frame


def _combined(kinds: frozenset[str], **parts: frozenset[str]) -> str:
    """Return which parts are there as one name: "channel + object"."""
    return " + ".join(name for name, wanted in parts.items() if kinds & wanted) or "nothing"


def total(evidence: Evidence, weights: Mapping[str, float]) -> float:
    """Return the sum of the evidence by its weights."""
    weight_of = weights.get
    return sum([weight_of(name, 0.0) * value for name, value in evidence.items()])


def likelihood(result: float) -> float:
    """Return the probability that a sum stands for."""
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, result))))


def strongest(evidence: Evidence, weights: Mapping[str, float], number: int = 3) -> str:
    """Return the names of what speaks most for the sentence, as an explanation."""
    ranked = sorted(
        ((weights.get(name, 0.0) * value, name) for name, value in evidence.items()), reverse=True
    )
    return ", ".join(name for weight, name in ranked[:number] if weight > 0)
