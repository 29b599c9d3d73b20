"""Whether Telegram answers is known from all requests, and one lost answer is no outage."""

from bot.telegram.answer_watch import AnswerWatch


class Seconds:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_failures_count_from_the_first_to_the_last_and_end_with_an_answer() -> None:
    """A single one has no length."""
    clock = Seconds()
    watch = AnswerWatch(clock)
    assert watch.unanswered_for == 0
    watch.failed()
    clock.now += 20
    assert watch.unanswered_for == 0
    watch.failed()
    assert watch.unanswered_for == 20
    clock.now += 15
    watch.failed()
    assert watch.unanswered_for == 35
    watch.answered()
    assert watch.unanswered_for == 0


def test_failures_of_long_ago_say_nothing_of_now() -> None:
    """An idle process asks nothing, and must not report an outage for hours."""
    clock = Seconds()
    watch = AnswerWatch(clock)
    watch.failed()
    clock.now += 40
    watch.failed()
    clock.now += 121
    assert watch.unanswered_for == 0
