"""The callback data of the buttons of readers' messages: one typed family for each screen."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, ClassVar, Self

from bot.rendering.callbacks import MOST_BYTES, CallbackData, FormData
from storage.words import Length

START = "start"  # the button that does the same as /start
STOP = "stop"  # the button that does the same as /stop
KEEP = "keep"  # the answer "No" where the bot asks whether to stop
DONATE = "donate"  # the button that does the same as /donate
CANCEL = "cancel"  # the button that does the same as /cancel
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_LARGEST_ID = 999_999_999  # nine digits, as in all other buttons
_PAGE = r"[0-9a-z]{1,12}\.[0-9]{1,2}"  # a page of a Digest: its instant in base 36, and the page's number
_VIEW = re.compile(
    rf"story:([0-9]{{1,9}}):(brief|short|long):([0-9]{{1,4}}):([01]):(?:([0-9]{{1,6}})|({_PAGE}))?(:exact)?(w)?"
)


def in_base_36(number: int) -> str:
    """Return a number that is not negative in base 36, which `int(…, 36)` reads."""
    digits = ""
    while number:
        number, digit = divmod(number, len(_DIGITS))
        digits = _DIGITS[digit] + digits
    return digits or "0"


@dataclass(frozen=True, slots=True)
class DigestPage(CallbackData):
    """Show a page of a Digest (`digest:<page>`). The instant when it was gathered identifies the Digest."""

    PREFIX: ClassVar = "digest:"

    gathered_at: datetime
    number: int = 0

    @property
    def reference(self) -> str:
        """The instant in base 36 and the number: short enough to fit into the buttons of its stories too."""
        micros = (self.gathered_at - _EPOCH) // timedelta(microseconds=1)
        return f"{in_base_36(micros)}.{self.number}"

    def data(self) -> str:
        return self.PREFIX + self.reference

    @classmethod
    def parse(cls, data: str) -> Self | None:
        found = re.fullmatch(rf"digest:({_PAGE})", data)
        return cls.of(found[1]) if found else None

    @classmethod
    def of(cls, reference: str) -> Self | None:
        """Read a `reference`; return None if its instant is beyond the calendar."""
        micros, _, number = reference.partition(".")
        try:
            return cls(_EPOCH + timedelta(microseconds=int(micros, len(_DIGITS))), int(number))
        except OverflowError:
            return None


@dataclass(frozen=True, slots=True)
class StoryView(CallbackData):
    """Show a story in this way. Each button of a story's message carries the next view: nothing is stored.

    `page` 0 is the Summary, 1 and on are pages of the full story; `appeal` opens the help card below it.
    `back` is the page of /latest, and `digest` the page of a Digest, from which the story was opened.
    `exact` shows this very Story, even if there is a Translation in the reader's language. `warned`: they
    have seen its content warning, and opened it.
    """

    PREFIX: ClassVar = "story:"

    story_id: int
    length: Length = Length.SHORT
    page: int = 0
    appeal: bool = False
    back: int | None = None
    exact: bool = False
    digest: DigestPage | None = None
    warned: bool = False

    def data(self) -> str:
        back = "" if self.back is None else str(self.back)
        if self.back is None and self.digest is not None:
            back = self.digest.reference
        exact, warned = ":exact" if self.exact else "", "w" if self.warned else ""
        return f"story:{self.story_id}:{self.length}:{self.page}:{self.appeal:d}:{back}{exact}{warned}"

    @classmethod
    def parse(cls, data: str) -> Self | None:
        found = _VIEW.fullmatch(data)
        if found is None:
            return None
        story_id, length, page, appeal, back, digest, exact, warned = found.groups()
        digest_page = DigestPage.of(digest) if digest else None
        if digest and digest_page is None:
            return None
        return cls(
            int(story_id),
            Length(length),
            int(page),
            appeal=appeal == "1",
            back=int(back) if back else None,
            exact=exact is not None,
            digest=digest_page,
            warned=warned is not None,
        )


def the_story_in(buttons: Iterable[str | None]) -> int | None:
    """Return the story that all buttons of a message are about; None if there is none, or more than one."""
    found = {story_in(data) for data in buttons if data} - {None}
    return found.pop() if len(found) == 1 else None


def story_in(data: str) -> int | None:
    """Return the id of the story that any button of a story's message is about; None for other buttons."""
    found = re.search(r"(?:^|:)story:([0-9]{1,9})", data)
    return int(found[1]) if found else None


@dataclass(frozen=True, slots=True)
class ReportView(CallbackData):
    """Show a Report that came with a Digest (`became:<id>:<page>`); `page` is the way back."""

    PREFIX: ClassVar = "became:"

    report_id: int
    page: DigestPage

    def data(self) -> str:
        return f"became:{self.report_id}:{self.page.reference}"

    @classmethod
    def parse(cls, data: str) -> Self | None:
        found = re.fullmatch(rf"became:([0-9]{{1,9}}):({_PAGE})", data)
        page = DigestPage.of(found[2]) if found else None
        return cls(int(found[1]), page) if found and page else None


@dataclass(frozen=True, slots=True)
class ShareStory(CallbackData):
    """Show the link to a story (`share:<view>`); `view` is the way back."""

    PREFIX: ClassVar = "share:"

    view: StoryView

    def data(self) -> str:
        return self.PREFIX + self.view.data()

    @classmethod
    def parse(cls, data: str) -> Self | None:
        view = StoryView.parse(data.removeprefix(cls.PREFIX)) if data.startswith(cls.PREFIX) else None
        return cls(view) if view else None


@dataclass(frozen=True, slots=True)
class FollowThread(CallbackData):
    """Follow the Thread of a story, or no longer (`follow:<1 or 0>:<view>`).

    It says what is wanted and is no toggle: under a push, which is the same for all readers, a tap by
    a reader who follows already must not end that.
    """

    PREFIX: ClassVar = "follow:"

    wanted: bool
    view: StoryView

    def data(self) -> str:
        return f"follow:{self.wanted:d}:{self.view.data()}"

    @classmethod
    def parse(cls, data: str) -> Self | None:
        found = re.fullmatch("follow:([01]):(.+)", data)
        view = StoryView.parse(found[2]) if found else None
        return cls(found[1] == "1", view) if found and view else None


@dataclass(frozen=True, slots=True)
class ThreadPage(CallbackData):
    """List the stories of a Thread (`thread:<page>:<view>`); `view` is the story it was opened from."""

    PREFIX: ClassVar = "thread:"

    page: int
    view: StoryView

    def data(self) -> str:
        return f"thread:{self.page}:{self.view.data()}"

    @classmethod
    def parse(cls, data: str) -> Self | None:
        found = re.fullmatch("thread:([0-9]{1,6}):(.+)", data)
        view = StoryView.parse(found[2]) if found else None
        return cls(int(found[1]), view) if found and view else None


@dataclass(frozen=True, slots=True)
class FollowedThreads(CallbackData):
    """List the Threads that a chat follows (`followed`); first stop following one (`followed:<id>`)."""

    PREFIX: ClassVar = "followed"

    stop: int | None = None

    def data(self) -> str:
        return self.PREFIX if self.stop is None else f"followed:{self.stop}"

    @classmethod
    def parse(cls, data: str) -> Self | None:
        found = re.fullmatch("followed(?::([0-9]{1,9}))?", data)
        return cls(int(found[1]) if found[1] else None) if found else None


@dataclass(frozen=True, slots=True)
class LatestPage(FormData):
    """Show a page of /latest."""

    FORM: ClassVar = "latest:{page}"

    page: Annotated[int, "[0-9]{1,6}"] = 0


@dataclass(frozen=True, slots=True)
class SearchPage(FormData):
    """Show a page of what was found."""

    FORM: ClassVar = "search:{page}:{words}"
    LAST: ClassVar = 9999

    page: Annotated[int, "[0-9]{1,4}"]
    words: Annotated[str, "(?s:.*)"]

    @property
    def fits(self) -> bool:
        """Whether the words leave room for the number of any page."""
        return len(SearchPage(self.LAST, self.words).data().encode()) <= MOST_BYTES


@dataclass(frozen=True, slots=True)
class PreferencesButton(CallbackData):
    """Open a screen of /preferences, or choose something there (`prefs:<screen>[:<choice>[:<1 or 0>]]`).

    `wanted` is for screens on which several choices can hold: whether this one should. A button says what is
    wanted and is no toggle: an old message and two devices at once do no harm.
    """

    PREFIX: ClassVar = "prefs:"
    _NAME: ClassVar = "[a-z]{1,12}"

    screen: str
    choice: str | None = None
    wanted: bool | None = None

    def __post_init__(self) -> None:
        if not re.fullmatch(self._NAME, self.screen):
            raise ValueError(f"the name of a screen has 1 to 12 letters from a to z, unlike {self.screen!r}")

    def data(self) -> str:
        choice = "" if self.choice is None else f":{self.choice}"
        wanted = "" if self.wanted is None else f":{self.wanted:d}"
        return f"prefs:{self.screen}{choice}{wanted}"

    @classmethod
    def parse(cls, data: str) -> Self | None:
        found = re.fullmatch(rf"prefs:({cls._NAME})(?::([^:]{{1,40}})(?::([01]))?)?", data)
        if found is None:
            return None
        screen, choice, wanted = found.groups()
        return cls(screen, choice, None if wanted is None else wanted == "1")


class WelcomeQuestion(StrEnum):
    """A question that /start asks."""

    PLACE = "place"
    RHYTHM = "rhythm"


@dataclass(frozen=True, slots=True)
class WelcomeButton(FormData):
    """Answer a question of /start: with the number of a city or a rhythm, or with one of the words below."""

    FORM: ClassVar = "welcome:{question}:{answer}"
    AGAIN: ClassVar = "again"  # show the question again
    LATER: ClassVar = "later"  # go on without an answer
    ASK: ClassVar = "ask"  # ask for the name of a city

    question: WelcomeQuestion
    answer: Annotated[str, "[0-9a-z_]{1,12}"]


class HelpedChoice(StrEnum):
    """What a button of /helped does: open the screen, say that one helped, for so long, or take it back."""

    OPEN = "o"
    DECLARE = "d"
    ONE_MONTH = "1"
    THREE_MONTHS = "3"
    SIX_MONTHS = "6"
    YEAR = "y"
    ERASE = "x"

    @property
    def months(self) -> int | None:
        """The months that it chooses; None: it chooses none."""
        return _MONTHS.get(self)

    @classmethod
    def of(cls, months: int) -> Self:
        """Return the choice of so many months."""
        return next(cls(one) for one, number in _MONTHS.items() if number == months)


_MONTHS = {
    HelpedChoice.ONE_MONTH: 1,
    HelpedChoice.THREE_MONTHS: 3,
    HelpedChoice.SIX_MONTHS: 6,
    HelpedChoice.YEAR: 12,
}


@dataclass(frozen=True, slots=True)
class HelpedButton(CallbackData):
    """Say that one helped an Appeal, or help elsewhere (`did:<choice>:<appeal in base 36>:<view>`).

    `view` is the story's message that the screen leads back to; the short prefix leaves room for the longest.
    """

    PREFIX: ClassVar = "did:"

    choice: HelpedChoice
    appeal_id: int | None = None
    view: StoryView | None = None

    def data(self) -> str:
        appeal = "" if self.appeal_id is None else in_base_36(self.appeal_id)
        return f"did:{self.choice}:{appeal}:{self.view.data() if self.view else ''}"

    @classmethod
    def parse(cls, data: str) -> Self | None:
        choices = "".join(HelpedChoice)
        found = re.fullmatch(f"did:([{choices}]):([0-9a-z]{{0,6}}):(.*)", data)
        if found is None:
            return None
        choice, appeal, shown = found.groups()
        view = StoryView.parse(shown) if shown else None
        if shown and view is None:
            return None
        appeal_id = int(appeal, len(_DIGITS)) if appeal else None
        if appeal_id is not None and appeal_id > _LARGEST_ID:
            return None
        return cls(HelpedChoice(choice), appeal_id, view)


class DayOffChoice(StrEnum):
    """What a button of /dayoff chooses: so many days, to name a day in words, or the end of a day off."""

    TODAY = "1"
    THREE_DAYS = "3"
    WEEK = "7"
    ASK = "ask"
    END = "end"


@dataclass(frozen=True, slots=True)
class DayOffButton(CallbackData):
    """Open the screen of /dayoff (`dayoff`), or choose there (`dayoff:<choice>`)."""

    PREFIX: ClassVar = "dayoff"

    choice: DayOffChoice | None = None

    def data(self) -> str:
        return self.PREFIX if self.choice is None else f"dayoff:{self.choice}"

    @classmethod
    def parse(cls, data: str) -> Self | None:
        found = re.fullmatch("dayoff(?::([a-z0-9]+))?", data)
        if found is None or (found[1] and found[1] not in set(DayOffChoice)):
            return None
        return cls(DayOffChoice(found[1]) if found[1] else None)


class SilenceChoice(StrEnum):
    """What a reader answers to the question whether fewer messages would suit them."""

    WEEKLY = "weekly"
    STAY = "stay"
    BREAK = "break"


@dataclass(frozen=True, slots=True)
class SilenceButton(FormData):
    """Answer the question to a reader who has been silent for long."""

    FORM: ClassVar = "silence:{choice}"

    choice: SilenceChoice


@dataclass(frozen=True, slots=True)
class ForgetMe(CallbackData):
    """Answer the question of /forgetme (`forgetme:yes` or `forgetme:no`)."""

    PREFIX: ClassVar = "forgetme:"

    confirmed: bool

    def data(self) -> str:
        return "forgetme:yes" if self.confirmed else "forgetme:no"

    @classmethod
    def parse(cls, data: str) -> Self | None:
        return cls(data == "forgetme:yes") if data in {"forgetme:yes", "forgetme:no"} else None


@dataclass(frozen=True, slots=True)
class CommandButton(FormData):
    """Do what a command with these words does."""

    FORM: ClassVar = "do:{command}:{words}"

    command: Annotated[str, "[a-z]{1,12}"]
    words: Annotated[str, "(?s:.*)"] = ""

    @property
    def fitting(self) -> Self:
        """The same button; without the words if they do not fit into it."""
        return self if len(self.data().encode()) <= MOST_BYTES else type(self)(self.command)


@dataclass(frozen=True, slots=True)
class SendLetter(FormData):
    """Send the editors a message that the reader wrote. `story_id`: what it is about; 0 for no story."""

    FORM: ClassVar = "tell:{message_id}:{story_id}"

    message_id: Annotated[int, "[0-9]{1,18}"]
    story_id: int = 0


class LetterAction(StrEnum):
    """What an editor does with a reader's letter."""

    ANSWER = "answer"
    MUTE = "mute"
    UNMUTE = "unmute"


@dataclass(frozen=True, slots=True)
class LetterButton(FormData):
    """Act on the reader's letter below."""

    FORM: ClassVar = "feedback:{action}"

    action: LetterAction
