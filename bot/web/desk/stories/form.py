"""The form of a Story: what an editor typed, what they saw before, and how it is stored.

Each field carries a checksum of what it showed at first. So only what an editor changed is stored, and when
another editor was first, the form takes their changes over and keeps one's own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from bot.errors import InvalidInputError
from bot.i18n import mark
from bot.stories.editing import Editing
from bot.web.desk.numbers import number_in
from bot.web.desk.visit import Visit
from storage.models import Story
from storage.words import ContentWarning, Length

NEW = "new"
"""The choice of a new Thread."""

_SUMMARIES = {f"summary_{length.value}": length for length in Length}
_SEVERAL = ("topics", "warnings")
"""Fields of which several values can be chosen; they stand with spaces between."""

_STORED = (
    "headline",
    *_SUMMARIES,
    "plea",
    "plea_speaker",
    *_SEVERAL,
    "appeal",
    "thread",
    "language",
    "translation",
)
_ASKED = ("new_topic", "proposed_plea", "proposed_warnings")  # fields that begin empty


@dataclass(frozen=True, slots=True)
class StoryForm:
    """The fields of the form by name.

    - `typed`: what stands in each. `seen`: the checksum of what stood there when the page was drawn.
    - `others`: what another editor has stored meanwhile in a field that one changed too.
    """

    typed: Mapping[str, str]
    seen: Mapping[str, str]
    others: Mapping[str, str] = field(default_factory=dict)

    @property
    def changed(self) -> frozenset[str]:
        """The names of the fields that the editor changed."""
        return frozenset(name for name, value in self.typed.items() if checksum(value) != self.seen.get(name))

    def several(self, name: str) -> Sequence[str]:
        """Return the values that are chosen in a field that can have several."""
        return self.typed[name].split()

    def onto(self, story: Story) -> "StoryForm":
        """Return the form for the Story as it is now: others' changes are in it, and one's own stay."""
        now, own = _values(story), self.changed
        moved = {name for name, value in now.items() if checksum(value) != self.seen.get(name)}
        typed = {name: self.typed[name] if name in own else value for name, value in now.items()}
        others = {name: now[name] for name in own & moved if now[name] != self.typed[name]}
        return StoryForm(typed, {name: checksum(value) for name, value in now.items()}, others)


def of(story: Story) -> StoryForm:
    """Return the form that shows the Story as it is."""
    values = _values(story)
    return StoryForm(values, {name: checksum(value) for name, value in values.items()})


async def sent(visit: Visit) -> StoryForm:
    """Return the form as an editor sent it."""
    form = await visit.form()
    typed = {name: _plain(form.get(name, "")) for name in (*_STORED, *_ASKED)}
    if form.get("found_appeal"):
        typed["appeal"] = form["found_appeal"]
    typed |= {name: " ".join(sorted(set(await visit.choices(name)))) for name in _SEVERAL}
    return StoryForm(typed, {name: form.get(f"seen_{name}", "") for name in typed})


def words_to_find(given: Mapping[str, str]) -> str:
    """Return the words by which the original is to be found; "" unless that was asked for.

    It was by its button, or by the key Enter once there are words.
    """
    return given.get("original", "").strip() if "find" in given or "enter" in given else ""


def checksum(value: str) -> str:
    """Return what tells one value of a field from another."""
    return sha256(value.encode("utf-8", "surrogatepass")).hexdigest()[:16]


async def save(form: StoryForm, editing: Editing, story: Story, *, version: int, actor: str) -> None:
    """Store what the editor changed, all of it or nothing. `story`: as they saw it, at `version`.

    Raises what the changes raise (bot/stories/editing.py).
    """
    changed = form.changed
    async with editing.together(story.id, version=version, actor=actor) as joined:
        for save_part in (_save_texts, _save_plea, _save_topics, _save_choices, _save_group):
            await save_part(form, changed, joined, story, actor)


async def _save_texts(
    form: StoryForm, changed: frozenset[str], editing: Editing, story: Story, actor: str
) -> None:
    if "headline" in changed:
        await editing.set_headline(story.id, form.typed["headline"], version=None, actor=actor)
    for name, length in _SUMMARIES.items():
        if name in changed:
            await editing.set_summary(story.id, length, form.typed[name], version=None, actor=actor)


async def _save_plea(
    form: StoryForm, changed: frozenset[str], editing: Editing, story: Story, actor: str
) -> None:
    answer, is_typed = form.typed["proposed_plea"], bool(changed & {"plea", "plea_speaker"})
    if answer == "accept" and not is_typed:
        await editing.agree_to_plea(story.id, version=None, actor=actor)
    elif answer == "drop" or is_typed:
        words, speaker = form.typed["plea"] or None, form.typed["plea_speaker"]
        await editing.set_plea(story.id, words, speaker if words else None, version=None, actor=actor)


async def _save_topics(
    form: StoryForm, changed: frozenset[str], editing: Editing, story: Story, actor: str
) -> None:
    if "topics" in changed:
        before, now = {topic.id for topic in story.topics}, set(map(_chosen, form.several("topics")))
        for topic_id in sorted(before ^ now):
            await editing.set_topic(story.id, topic_id, chosen=topic_id in now, version=None, actor=actor)
    if form.typed["new_topic"]:
        await editing.add_topic(story.id, form.typed["new_topic"], version=None, actor=actor)


async def _save_choices(
    form: StoryForm, changed: frozenset[str], editing: Editing, story: Story, actor: str
) -> None:
    if "warnings" in changed or form.typed["proposed_warnings"]:
        chosen = [one for one in ContentWarning if one.value in form.several("warnings")]
        await editing.set_warnings(story.id, chosen, version=None, actor=actor)
    if "appeal" in changed:
        appeal_id = _chosen(form.typed["appeal"]) if form.typed["appeal"] else None
        await editing.set_appeal(story.id, appeal_id, version=None, actor=actor)
    if "thread" in changed and form.typed["thread"] == NEW:
        await editing.begin_thread(story.id, version=None, actor=actor)
    elif "thread" in changed:
        thread_id = _chosen(form.typed["thread"]) if form.typed["thread"] else None
        await editing.set_thread(story.id, thread_id, version=None, actor=actor)


async def _save_group(
    form: StoryForm, changed: frozenset[str], editing: Editing, story: Story, actor: str
) -> None:
    """Store language and original. A Story leaves its group before its language changes, and joins after."""
    leaves = "translation" in changed and not form.typed["translation"]
    if leaves:
        await editing.set_translation(story.id, None, version=None, actor=actor)
    if "language" in changed:
        await editing.set_language(story.id, form.typed["language"], version=None, actor=actor)
    if "translation" in changed and not leaves:
        other = _story_number(form.typed["translation"])
        await editing.set_translation(story.id, other, version=None, actor=actor)


def _values(story: Story) -> dict[str, str]:
    """Return what the form shows of a Story."""
    summaries = {one.length: one.text for one in story.summaries}
    return {
        "headline": _plain(story.headline),
        **{name: _plain(summaries.get(length, "")) for name, length in _SUMMARIES.items()},
        "plea": _plain(story.plea or ""),
        "plea_speaker": _plain(story.plea_speaker or ""),
        "topics": " ".join(sorted(str(topic.id) for topic in story.topics)),
        "warnings": " ".join(sorted(story.warnings.split())),
        "appeal": str(story.appeal_id or ""),
        "thread": str(story.thread_id or ""),
        "language": story.language,
        "translation": str(story.translation_of or ""),
        **dict.fromkeys(_ASKED, ""),
    }


def _plain(text: str) -> str:
    """Return a text without what a browser changes in it: the ends of lines, and spaces around them."""
    return "\n".join(line.strip() for line in text.replace("\r\n", "\n").strip().split("\n"))


def _chosen(written: str) -> int:
    """Return the id of what was chosen from a list. Raises InvalidInputError for anything else."""
    found = number_in(written)
    if found is None:
        raise InvalidInputError(mark("Choose one from the list."))
    return found


def _story_number(written: str) -> int:
    """Return the number of a Story. Raises InvalidInputError for anything else."""
    found = number_in(written.removeprefix("#"))
    if found is None:
        raise InvalidInputError(mark("Give the number of the original story, such as 12."))
    return found
