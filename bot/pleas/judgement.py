"""Judgement: weigh the evidence for each sentence of a story; say what is sure and what only likely."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from bot.articles.article import Article
from bot.language.rule_tables import table
from bot.pleas.cues import cues_of
from bot.pleas.evidence import (
    Evidence,
    about,
    beside,
    guarded,
    likelihood,
    of_help,
    of_plea,
    strongest,
    total,
)
from bot.pleas.scenes import Scene, scenes_of


@dataclass(frozen=True, slots=True)
class _Scale:
    """The weights of one kind of sentence, and the sums from which it is proposed and from which it is sure.

    first: the weights of the sentence by itself.
    """

    first: Mapping[str, float]
    weights: Mapping[str, float]
    likely: float
    sure: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """The sum of a sentence's evidence, the strongest parts of it, and whether it may be shown."""

    sum: float
    why: str
    sure: bool


@dataclass(frozen=True, slots=True)
class Judged:
    """A sentence, and its verdict as a plea and as a way to help; None where it is not likely one."""

    scene: Scene
    plea: Verdict | None
    help: Verdict | None


def judge(article: Article) -> list[Judged]:
    """Return the sentences of a story with their verdicts, in order."""
    scenes = scenes_of(article)
    return judge_scenes(scenes, about(cues_of(article.language).find(article.headline), scenes))


def judge_scenes(scenes: Sequence[Scene], story: Evidence) -> list[Judged]:
    """Return the verdicts of sentences that share the evidence of their story.

    Each is weighed twice: by itself, then with the likelihoods of its neighbours.
    """
    pleas = [of_plea(scene, story) for scene in scenes]
    helps = [of_help(scene, story) for scene in scenes]
    likely_pleas = [likelihood(total(evidence, _scale("plea").first)) for evidence in pleas]
    likely_helps = [likelihood(total(evidence, _scale("help").first)) for evidence in helps]
    near_pleas = beside(scenes, likely_pleas, likely_helps)
    near_helps = beside(scenes, likely_helps, likely_pleas)
    return [
        Judged(
            scene,
            plea=_verdict(plea | near_plea, "plea"),
            help=_verdict(help_ | near_help, "help"),
        )
        for scene, plea, near_plea, help_, near_help in zip(
            scenes, pleas, near_pleas, helps, near_helps, strict=True
        )
    ]


def _verdict(evidence: Evidence, kind: str) -> Verdict | None:
    scale = _scale(kind)
    result = total(evidence, scale.weights)
    if result < scale.likely:
        return None
    sure = result >= scale.sure and not guarded(evidence, kind)
    return Verdict(result, strongest(evidence, scale.weights), sure)


@cache
def _scale(kind: str) -> _Scale:
    rows = table("plea_weights")[kind]
    return _Scale(rows["first"], rows["weights"], rows["likely"], rows["sure"])
