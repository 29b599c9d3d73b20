"""The screens of Appeals for editors: the list, the card, what to look at before one verifies. No I/O."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from bot.appeals.details import AppealDetails
from bot.appeals.fields import FIELDS
from bot.appeals.namesakes import Namesakes
from bot.appeals.visibility import waiting_for
from bot.i18n import Texts, mark
from bot.rendering import render
from bot.rendering.autolinks import without_links
from bot.rendering.message import Button, Composer, Message, shorten
from bot.rendering.paging import page_buttons, pages_of
from bot.rendering.words.appeals import MEANINGS, STATES, SUSPENSIONS
from handlers.editors.appeals.buttons import (
    AppealAction,
    AppealButton,
    AppealsButton,
    ProposeButton,
    ReportAction,
    ReportButton,
)
from handlers.editors.buttons import CardButton
from storage.models import Appeal, Story
from storage.words import AppealState

_A_PAGE = 6
_NAME = 64  # units of an organisation where others stand beside it
_LABEL = 40  # units that a phone shows of a button
_LONGEST_ADDRESS = 1200  # characters; the button opens the whole one
_STORIES_NAMED = 5
_STORIES_OPENED = 3
_HEADLINE = 100
_MOST_DOUBTS = 3  # of each kind

_ACTIONS = {  # the buttons of a card
    AppealAction.LOOK: mark("Verify …"),
    AppealAction.PAUSE: mark("Pause this appeal"),
    AppealAction.CHANGE: mark("Change …"),
    AppealAction.ASK_TO_RETIRE: mark("Retire …"),
}
_UNVERIFIED = (AppealState.PROPOSED, AppealState.SUSPENDED)
_CHANGED_BY = mark("Changed by: {name}, {when}")
_VERIFIED_BEFORE = mark("An earlier version was verified by: {name}, {when}")
_HELP_PAUSED = mark("No help button: this appeal is paused: {organisation}")
_HELP_PROPOSED = mark("No help button until this appeal is verified: {organisation}")
HIDES = mark("Readers see this appeal now. A change hides it from them until somebody verifies it again.")


@dataclass(frozen=True, slots=True)
class AppealView:
    """An Appeal as one editor sees it.

    - `writer`, `verifier`: the names of who wrote this version, and of who verified one last; "" if nobody.
    - `agreeing`: the names of those who may verify it; empty where the writer may do it alone.
    - `may_verify`, `may_publish`: what this editor may do with it.
    - `counts`: this bot counts who follows help links.
    """

    details: AppealDetails
    writer: str
    verifier: str
    agreeing: Sequence[str]
    may_verify: bool
    may_publish: bool
    counts: bool

    @property
    def appeal(self) -> Appeal:
        """The Appeal."""
        return self.details.appeal

    def may(self, action: AppealAction) -> bool:
        """Return whether the state of the Appeal and the rights of this editor allow an action now."""
        state = self.appeal.state
        match action:
            case AppealAction.LOOK | AppealAction.VERIFY:
                return self.may_verify and state in _UNVERIFIED
            case AppealAction.PAUSE:
                return self.may_publish and state is AppealState.VERIFIED
            case AppealAction.CHANGE:
                return state in _UNVERIFIED or (self.may_publish and state is AppealState.VERIFIED)
            case AppealAction.ASK_TO_RETIRE | AppealAction.RETIRE:
                return self.may_publish and state is not AppealState.RETIRED
            case _:
                return True

    def button(self, action: AppealAction, field: str = "") -> AppealButton:
        """Return a button of the card, with the present version."""
        return AppealButton(action, self.appeal.id, self.appeal.version, field)


def listing(appeals: Sequence[Appeal], waiting: Collection[int], page: int, texts: Texts) -> Message:
    """Draw a page of all Appeals; `waiting`: those that this editor may verify, which stand first."""
    composer = Composer().line(texts.say("Appeals"), "bold").line()
    order = list(AppealState)
    ordered = sorted(appeals, key=lambda one: (one.id not in waiting, order.index(one.state), -one.id))
    pages = max(1, pages_of(len(ordered), _A_PAGE))
    page = min(page, pages - 1)
    for appeal in ordered[page * _A_PAGE : (page + 1) * _A_PAGE]:
        name = without_links(shorten(appeal.organisation, _NAME))
        composer.text(f"{appeal.id} · ").line(name, "bold")
        parts = [without_links(render.host(appeal.url)), texts.say(STATES[appeal.state])]
        parts += [texts.say("waiting for you")] if appeal.id in waiting else []
        composer.line(" · ".join(parts)).line()
        label = f"{appeal.id} · {shorten(appeal.organisation, _LABEL)}"
        composer.buttons(Button(label, AppealButton(AppealAction.CARD, appeal.id, appeal.version).data()))
    if not ordered:
        composer.line(texts.say("There is no appeal yet."))
    composer.buttons(*page_buttons(page, pages, lambda other: AppealsButton(other).data(), texts))
    return composer.buttons(Button(texts.say("New appeal …"), ProposeButton().data())).message()


def card(view: AppealView, texts: Texts, zone: tzinfo, *, heading: str = "") -> Message:
    """Draw the card of an Appeal, with the buttons of what this editor may do."""
    appeal, composer = view.appeal, Composer()
    if heading:
        composer.line(heading, "bold").line()
    _add_what_readers_see(composer, appeal, texts)
    composer.line().line(texts.say(MEANINGS[appeal.state]), "bold")
    for line in (*_history(view, texts, zone), *doubts(view.details.namesakes, texts)):
        composer.line(line)
    _add_reach(composer, view, texts)
    for row in _card_rows(view, texts):
        composer.buttons(*row)
    return composer.message()


def checklist(view: AppealView, texts: Texts) -> Message:
    """Draw what one looks at before one verifies an Appeal: the second step, with the button that does it."""
    appeal = view.appeal
    composer = Composer()
    _add_what_readers_see(composer, appeal, texts)
    composer.line().line(texts.say("First open the link, then check:"), "bold")
    host = without_links(render.host(appeal.url))
    composer.line(
        "1. "
        + texts.say(
            "Read the web address letter by letter: {host}. Does it belong to the organisation?", host=host
        )
    )
    composer.line(
        "2. " + texts.say("Does the page name the organisation, and ask for what this appeal says?")
    )
    composer.line("3. " + texts.say("Does the page that takes the money belong to them too?"))
    for line in doubts(view.details.namesakes, texts):
        composer.line(line)
    composer.buttons(_link_button(appeal, texts))
    composer.buttons(Button(texts.say("All correct: verify"), view.button(AppealAction.VERIFY).data()))
    return composer.buttons(_back(view, texts)).message()


def changes(view: AppealView, texts: Texts) -> Message:
    """Draw the choice of what to change, with a warning where readers would lose the Appeal by that."""
    composer = Composer()
    _add_what_readers_see(composer, view.appeal, texts)
    composer.line().line(texts.say("What should be changed?"), "bold")
    if view.appeal.state is AppealState.VERIFIED:
        composer.line(texts.say(HIDES))
    for field, label in FIELDS.items():
        composer.buttons(Button(texts.say(label), view.button(AppealAction.ASK, field).data()))
    return composer.buttons(_back(view, texts)).message()


def ending(view: AppealView, texts: Texts) -> Message:
    """Draw the question whether to retire an Appeal."""
    composer = Composer()
    _add_what_readers_see(composer, view.appeal, texts)
    composer.line().line(texts.say("Retire this appeal?"), "bold")
    composer.line(
        texts.say("Readers will no longer see it, and its link will stop working. This cannot be undone.")
    )
    composer.buttons(Button(texts.say("Retire it"), view.button(AppealAction.RETIRE).data()))
    return composer.buttons(_back(view, texts)).message()


def doubts(found: Namesakes, texts: Texts) -> list[str]:
    """Return what one should look at twice before one trusts an Appeal, a line for each reason."""
    alike = found.alike
    lines = [without_links(f"⚠ {texts.say(alike.sentence, **alike.values)}")] if alike is not None else []
    lines += [
        texts.say(
            "⚠ An organisation with the same or a similar name has a different web address: {host} "
            "(appeal {number})",
            host=without_links(render.host(one.url)),
            number=one.id,
        )
        for one in found.same_organisation[:_MOST_DOUBTS]
    ]
    return lines + [
        texts.say(
            "⚠ This web address is also that of another organisation: {organisation} (appeal {number})",
            organisation=without_links(shorten(one.organisation, _NAME)),
            number=one.id,
        )
        for one in found.same_host[:_MOST_DOUBTS]
    ]


def without_help(story: Story, texts: Texts) -> str:
    """Return why readers of a Story get no help button; it has no Appeal that they may see."""
    appeal = waiting_for(story)
    if appeal is not None:
        sentence = _HELP_PAUSED if appeal.state is AppealState.SUSPENDED else _HELP_PROPOSED
        return texts.say(sentence, organisation=without_links(shorten(appeal.organisation, _NAME)))
    if story.plea:
        return texts.say(
            "This story asks for help, but readers get no help button: it has no verified appeal."
        )
    return texts.say("No help button: this story has no verified appeal.")


def missing_button(story: Story, texts: Texts) -> Button:
    """Return the button by which a Story gets an Appeal: it opens the one that waits, or proposes one."""
    appeal = waiting_for(story)
    if appeal is not None:
        shown = AppealButton(AppealAction.CARD, appeal.id, appeal.version)
        return Button(texts.say("Show the appeal"), shown.data())
    return Button(texts.say("Propose an appeal …"), ProposeButton(story.id).data())


def shown_address(url: str) -> str:
    """Return an address for editors to read, which nobody can tap."""
    return without_links(url if len(url) <= _LONGEST_ADDRESS else f"{url[:_LONGEST_ADDRESS]}…")


def _add_what_readers_see(composer: Composer, appeal: Appeal, texts: Texts) -> None:
    """Add organisation, purpose, the whole host and address, the language and the registration number."""
    composer.line(without_links(appeal.organisation), "bold")
    if appeal.purpose:
        composer.line(without_links(shorten(appeal.purpose, render.PURPOSE)))
    composer.line(without_links(render.host(appeal.url)), "code").line(shown_address(appeal.url))
    if appeal.language:
        name = texts.language_name(appeal.language)
        composer.line(texts.say("Language of the page: {language}", language=name))
    if appeal.registration:
        number = without_links(appeal.registration)
        composer.line(texts.say("Registration number: {number}", number=number))


def _history(view: AppealView, texts: Texts, zone: tzinfo) -> list[str]:
    """Return who did what with the Appeal and when, why it is paused, and who has to agree."""
    appeal = view.appeal
    lines = [texts.say(SUSPENSIONS[appeal.suspended_for])] if appeal.suspended_for else []
    if view.writer:
        sentence = mark("Proposed by: {name}, {when}") if appeal.version == 1 else _CHANGED_BY
        lines.append(_by(sentence, view.writer, appeal.proposed_at, texts, zone))
    if view.verifier and appeal.verified_at is not None:
        sentence = mark("Verified by: {name}, {when}") if appeal.was_verified else _VERIFIED_BEFORE
        lines.append(_by(sentence, view.verifier, appeal.verified_at, texts, zone))
    if appeal.valid_until is not None:
        lines.append(texts.say("Readers see it until {day}.", day=texts.date(appeal.valid_until, zone)))
    if appeal.state in _UNVERIFIED:
        names = texts.listed(view.agreeing, style="or")
        alone = texts.say("There is nobody else who could verify it, so one person is enough.")
        lines.append(texts.say("Has to verify it: {names}", names=names) if view.agreeing else alone)
    return lines


def _by(sentence: str, name: str, at: datetime, texts: Texts, zone: tzinfo) -> str:
    return texts.say(sentence, name=name, when=texts.short_moment(at, zone))


def _add_reach(composer: Composer, view: AppealView, texts: Texts) -> None:
    """Add the Stories that name the Appeal, how many chats have them, and who followed its link."""
    details = view.details
    if details.stories:
        composer.line().line(texts.say("Stories with this appeal:"))
        for number, headline in details.stories[:_STORIES_NAMED]:
            composer.line(f"{number} · {without_links(shorten(headline, _HEADLINE))}")
        more = len(details.stories) - _STORIES_NAMED
        if more > 0:
            composer.line(texts.count("… and {number} more", "… and {number} more", more))
        composer.line(
            texts.count(
                "{number} chat has received a story from this list.",
                "{number} chats have received a story from this list.",
                details.chats,
            )
        )
    if view.counts:
        days = ", ".join(f"{texts.weekday(day.weekday())} {texts.number(n)}" for day, n in details.clicks)
        composer.line().line(texts.say("How often its link was opened: {days}", days=days))


def _card_rows(view: AppealView, texts: Texts) -> list[tuple[Button, ...]]:
    """Return the rows of buttons of a card: what its state and the editor's rights allow."""
    rows = [(_link_button(view.appeal, texts),)]
    rows += [
        (Button(texts.say(label), view.button(action).data()),)
        for action, label in _ACTIONS.items()
        if view.may(action)
    ]
    if view.appeal.verified_at is not None:
        reports = ReportButton(ReportAction.SHOW, view.appeal.id)
        rows.append((Button(texts.say("Reports"), reports.data()),))
    rows += [
        (Button(shorten(f"{number} · {headline}", _LABEL), CardButton(number).data()),)
        for number, headline in view.details.stories[:_STORIES_OPENED]
    ]
    return [*rows, (Button(texts.say("‹ Appeals"), AppealsButton().data()),)]


def _link_button(appeal: Appeal, texts: Texts) -> Button:
    return Button(texts.say("Open the link"), url=appeal.url)


def _back(view: AppealView, texts: Texts) -> Button:
    return Button(texts.say("‹ Back"), view.button(AppealAction.CARD).data())
