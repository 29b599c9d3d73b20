"""The output of `comeback story` and `comeback summarize`: lines for people, JSON fields for scripts."""

from shlex import quote

from bot.errors import UserError
from bot.stories.intake.analysis import Analysis
from bot.stories.intake.intake import Added, IntakeResult
from storage.models import Story
from storage.words import Length


def story_json(story: Story) -> dict[str, object]:
    """Return the JSON fields of a stored Story."""
    appeal = story.appeal
    help_ = {
        "sentence": story.help_sentence,
        "organisation": story.help_organisation,
        "url": story.help_url,
    }
    return {
        "id": story.id,
        "state": story.state,
        "headline": story.headline,
        "byline": story.byline,
        "language": story.language,
        "topics": [topic.slug for topic in story.topics],
        "thread": story.thread_id,
        "warnings": story.warnings.split(),
        "proposed_warnings": story.proposed_warnings.split(),
        "summaries": {summary.length: summary.text.split("\n") for summary in story.summaries},
        "plea": {"text": story.plea, "speaker": story.plea_speaker} if story.plea else None,
        "help": help_ if story.help_sentence else None,
        "appeal": {"id": appeal.id, "organisation": appeal.organisation, "state": appeal.state}
        if appeal
        else None,
        "released_at": story.released_at,
    }


def story_lines(story: Story) -> list[str]:
    """Return the lines of `comeback story show`."""
    summaries = {summary.length: summary.text for summary in story.summaries}
    lines = [story.headline, f"{story.byline or 'no byline'} · {story.language} · {story.state}", ""]
    for length in Length:
        lines += [f"{length}:", *(f"  {line}" for line in summaries.get(length, "").split("\n")), ""]
    lines += _plea_and_help(story)
    lines.append(f"topics: {', '.join(topic.name for topic in story.topics) or 'none'}")
    lines.append(f"warnings: {', '.join(story.warnings.split()) or 'none'}")
    lines += _proposed_lines(story)
    return lines


def _plea_and_help(story: Story) -> list[str]:
    lines = [f"plea: “{story.plea}” — {story.plea_speaker or 'unknown'}"] if story.plea else []
    if story.proposed_plea:
        lines.append(f"perhaps a plea: “{story.proposed_plea}” — {story.proposed_plea_speaker or 'unknown'}")
    appeal = story.appeal
    if appeal:
        return [*lines, f"appeal: {appeal.id} {appeal.organisation} ({appeal.state}) {appeal.url}"]
    return lines + (_help_lines(story) if story.help_sentence else [])


def _help_lines(story: Story) -> list[str]:
    """Return the help sentence of the story, and the command that proposes it as an Appeal."""
    organisation, url = quote(story.help_organisation or "…"), quote(story.help_url or "https://…")
    propose = f"comeback appeal add --organisation {organisation} --url {url} --story {story.id}"
    return [f"  It may say how to help: {story.help_sentence}", f"  To propose that as its appeal: {propose}"]


def added_json(given: str, added: Added) -> dict[str, object]:
    """Return the JSON fields of the result of adding the file or address `given`."""
    return {
        "file": given,
        "fresh": added.fresh,
        "outcome": added.result.name.lower(),
        "related": added.related.id if added.related else None,
        **story_json(added.story),
    }


def added_lines(added: Added) -> list[str]:
    """Return the result of adding a story, and commands that may follow."""
    story = added.story
    described = f"story {story.id} ({story.state}): {story.headline}"
    match added.result:
        case IntakeResult.SAME:
            return [f"Story {story.id} is here already, nothing added: {story.headline}"]
        case IntakeResult.CHANGED:
            return [
                f"Nothing added, its address is here already with another text, {described}",
                *_option_lines(story),
            ]
        case IntakeResult.ALIKE:
            return [f"Nothing added, it is the same as {described}", *_option_lines(story)]
    lines = [f"Story {story.id} added: {story.headline}"]
    if added.related:
        related = added.related
        lines.append(f"  It shares much with story {related.id}: {related.headline}")
        lines.append(f"  If it is the next of that one: comeback story continue {story.id} {related.id}")
    if story.help_sentence and story.appeal is None:
        lines += _help_lines(story)
    return lines + _proposed_lines(story)


def _proposed_lines(story: Story) -> list[str]:
    """Return the command that agrees to the content warnings that the words suggest, if there are any."""
    proposed, own = story.proposed_warnings.split(), story.warnings.split()
    if not set(proposed) - set(own):
        return []
    options = " ".join(f"--warning {one}" for one in dict.fromkeys([*own, *proposed]))
    return [f"  Its words suggest a warning: comeback story edit {story.id} {options}"]


def _option_lines(story: Story) -> list[str]:
    """Return the options of `story add` for a story that is stored already."""
    return [
        f"  To give story {story.id} this text, say so:    --as-update-of {story.id}",
        f"  To add it as what happened next: --continues {story.id}",
        "  To add it all the same:          --anyway",
    ]


def preview_json(given: str, analysis: Analysis) -> dict[str, object]:
    """Return the JSON fields of `comeback story preview` for a file or address that can be read."""
    article = analysis.article
    return {
        "source": given,
        "headline": article.headline,
        "byline": article.byline,
        "published": article.published,
        "language": analysis.language,
        "url": article.address,
        "picture": article.picture,
        "body": article.body,
        "links": [{"words": link.words, "url": link.url} for link in article.links],
        "summary": {length: text.split("\n") for length, text in analysis.summaries.items()},
        **plea_and_help_json(analysis),
        "refused": None,
    }


def refused_json(given: str, error: UserError) -> dict[str, object]:
    """Return the JSON fields of `comeback story preview` for a file or address that cannot be read."""
    fields = ("headline", "byline", "published", "language", "url", "picture", "body", "links", "summary")
    return {"source": given, **dict.fromkeys((*fields, "plea", "help")), "refused": str(error)}


def preview_lines(analysis: Analysis) -> list[str]:
    """Return the lines of `comeback story preview`."""
    article = analysis.article
    date = article.published.date().isoformat() if article.published else "no date"
    lines = [article.headline, f"{article.byline or 'no byline'} · {date} · {analysis.language}", ""]
    lines += [*analysis.summaries[Length.SHORT].split("\n"), ""]
    if analysis.plea:
        lines += [f"plea: “{analysis.plea.text}” — {analysis.plea.speaker or 'unknown'}", ""]
    elif analysis.proposed_plea:
        proposed = analysis.proposed_plea
        lines += [f"perhaps a plea: “{proposed.text}” — {proposed.speaker or 'unknown'}", ""]
    if analysis.help:
        lines += [f"help: {analysis.help.sentence} {analysis.help.url or ''}", ""]
    elif analysis.proposed_help:
        lines += [f"perhaps help: {analysis.proposed_help.sentence} {analysis.proposed_help.url or ''}", ""]
    return lines


def plea_and_help_json(analysis: Analysis) -> dict[str, object]:
    """Return the JSON fields for the plea and the help sentence that were found."""
    plea, help_ = analysis.plea, analysis.help
    return {
        "plea": {"text": plea.text, "speaker": plea.speaker} if plea else None,
        "help": {"sentence": help_.sentence, "url": help_.url, "organisation": help_.organisation}
        if help_
        else None,
    }
