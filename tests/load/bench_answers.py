"""What an answer costs, and how many a second are held: `make bench-answers`.

The whole bot, by webhook and by polling, on SQLite and PostgreSQL, beside two minimal bots that answer every
update with one text from memory. Telegram is a process of its own (`tests.load.asking`), so the CPU is that
of the bot alone. Each question is first put 50 times a second, which gives CPU, waits and statements, and
then by 40 connections that never rest, which gives the rate that is held. Last comes the tap storm: while a
push runs at 1,000/s, readers who just got it tap 300 times a second.
"""

import argparse
import asyncio
import json
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Self

import psutil

from bot.pleas.findings import Plea
from bot.rendering.buttons import PreferencesButton, StoryView
from bot.runtime.build import open_services
from storage.words import Length
from tests.factories import analysis
from tests.load import counted
from tests.load.bench_delivery import RESULTS, THEIRS, fresh
from tests.load.counted import FIRST_CHAT, Bot, Telegram

PEOPLE = 20_000
STORIES = 60
NEW_CHATS = 7_000_000_001  # of people whom the bot has never met
SECRET = "bench"
WIDTHS = {
    "bot": -20,
    "database": -11,
    "way": -8,
    "question": -12,
    "per s": 7,
    "CPU-ms": 7,
    "busy CPU-ms": 11,
    "p50": 7,
    "p95": 7,
    "p99": 7,
    "full p95": 9,
    "statements": 10,
    "transactions": 12,
    "push per s": 10,
    "lost": 6,
    "MiB": 6,
}
"""The columns of the table; a negative width begins at the left."""

Row = dict[str, Any]


def _message(text: str) -> str:
    entities = [{"type": "bot_command", "offset": 0, "length": len(text.partition(" ")[0])}]
    return _update("message", _chat_message() | {"text": text, "entities": entities})


def _tap(data: str) -> str:
    shown = _chat_message() | {
        "text": "A headline",
        "from": {"id": 1, "is_bot": True, "first_name": "Comeback"},
    }
    tap = {"id": "NUMBER", "from": _PERSON, "chat_instance": "1", "data": data, "message": shown}
    return _update("callback_query", tap)


def _inline(words: str) -> str:
    return _update("inline_query", {"id": "CHAT", "from": _PERSON, "query": words, "offset": ""})


_PERSON = {"id": "CHAT", "is_bot": False, "first_name": "Reader", "language_code": "en"}


def _chat_message() -> dict[str, Any]:
    chat = {"id": "CHAT", "type": "private", "first_name": "Reader"}
    return {"message_id": 77, "date": int(time.time()), "chat": chat, "from": _PERSON}


def _update(kind: str, content: dict[str, Any]) -> str:
    """Return an update as text, in which CHAT and NUMBER are numbers that are still to be set."""
    update = json.dumps({"update_id": "NUMBER", kind: content})
    query_id = '"inline_query": {"id": "CHAT"'
    bare = update.replace('"CHAT"', "CHAT").replace('"update_id": "NUMBER"', '"update_id": NUMBER')
    return bare.replace(query_id.replace('"CHAT"', "CHAT"), query_id)


QUESTIONS = {
    "/start": _message("/start"),
    "/help": _message("/help"),
    "/latest": _message("/latest"),
    "/summary 1": _message("/summary 1"),
    "/search": _message("/search bridge volunteers"),
    "Longer": _tap(StoryView(1, Length.LONG).data()),
    "How to help": _tap(StoryView(1, Length.SHORT, appeal=True).data()),
    "preferences": _tap(PreferencesButton("quiet").data()),
    "inline": _inline("bridge"),
}


class AskingTelegram(Telegram):
    """The counting Telegram that also asks."""

    PROGRAM = "tests.load.asking"

    def storm(self, questions: list[str], seconds: float, **given: Any) -> dict[str, Any]:
        """Put these questions for so long; see `tests.load.asking.Storm`."""
        storm = {"questions": questions, "seconds": seconds, "first": FIRST_CHAT, "chats": PEOPLE}
        told: dict[str, Any] = self._call("storm", **(storm | given))
        return told


class Ours:
    """The whole bot, as an operator starts it."""

    def __init__(self, bot: Bot, counts: Path) -> None:
        self._bot = bot
        self._counts = counts

    def cpu_s(self) -> float:
        return self._bot.usage().cpu_s

    def memory_mib(self) -> float:
        return self._bot.usage().memory_mib

    def counts(self) -> dict[str, int]:
        """How many statements and transactions there were so far."""
        self._counts.unlink(missing_ok=True)
        self._bot.signal(signal.SIGUSR1)
        while not self._counts.exists():
            time.sleep(0.02)
        counts: dict[str, int] = json.loads(self._counts.read_text())
        return counts


class Theirs:
    """A minimal bot of another library."""

    def __init__(self, name: str, telegram: Telegram, port: int) -> None:
        script = str(Path(__file__).parent / "answer_contenders.py")
        self._process = subprocess.Popen(  # our own program
            [str(THEIRS), script, name, str(telegram.port), str(port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout is not None
        self._process.stdout.readline()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(10)

    def cpu_s(self) -> float:
        times = psutil.Process(self._process.pid).cpu_times()
        return float(times.user + times.system)

    def counts(self) -> dict[str, int]:
        """It has no database."""
        return {}


async def write_stories(url: str) -> None:
    """Published Stories; the first has a plea and a verified Appeal."""
    async with open_services(counted.settings(url)) as services:
        for number in range(STORIES):
            plea = Plea("Please, come back to us.", "Olena", rule="bench") if not number else None
            story = analysis(f"Volunteers reopen bridge {number}", plea=plea)
            added = await services.stories.add(story, ["war"], actor="bench")
            await services.review.publish(added.story.id, actor="bench", push=False)
        link = "https://example.org/donate"
        appeal = await services.appeals.propose(
            organisation="Bridge Fund", purpose="for the bridge", url=link, story_id=1, actor="bench"
        )
        await services.appeals.verify(appeal.id, actor="bench")


@contextmanager
def ours(kind: str, way: str) -> Iterator[tuple[AskingTelegram, Ours, dict[str, Any], str]]:
    """The running bot, the Telegram that asks it, where it asks, and the address of the database."""
    with ExitStack() as stack:
        url, folder = stack.enter_context(fresh(kind))
        asyncio.run(counted.fill(url, PEOPLE))
        asyncio.run(write_stories(url))
        telegram = stack.enter_context(AskingTelegram())
        where: dict[str, Any] = {}
        bot = Bot(
            url, telegram, rate=1000, log=folder / "bot.log", program=("tests.load.answering_bot", "run")
        )
        counts = folder / "counts.json"
        bot.environment |= {"COUNTS": str(counts), "LOG_LEVEL": "WARNING"}
        if way == "webhook":
            address = f"http://127.0.0.1:{bot.environment['HTTP_PORT']}"
            bot.environment |= {"WEBHOOK_URL": address, "WEBHOOK_SECRET": SECRET}
            where = {"webhook": f"{address}/telegram", "secret": SECRET}
        stack.enter_context(bot)
        while telegram.storm([QUESTIONS["/help"]], 0.2, rate=10, **where)["lost"]:
            time.sleep(0.2)  # it does not serve yet
        yield telegram, Ours(bot, counts), where, url


def measure(
    telegram: AskingTelegram, bot: Ours | Theirs, where: dict[str, Any], question: str, seconds: float
) -> Row:
    """Ask 50 times a second, then without a rest."""
    people = {"first": NEW_CHATS, "chats": 10**6} if question == "/start" else {}
    asked = QUESTIONS[question]
    telegram.storm([asked], 1.0, rate=50, **where, **people)
    if question == "/start":
        people["first"] += 10**6
    counts, cpu = bot.counts(), bot.cpu_s()
    calm = telegram.storm([asked], seconds, rate=50, **where, **people)
    cpu, later = bot.cpu_s() - cpu, bot.counts()
    if question == "/start":
        people["first"] += 10**6
    busy_cpu = bot.cpu_s()
    full = telegram.storm([asked], seconds, **where, **people)
    busy_cpu = bot.cpu_s() - busy_cpu
    answered = len(calm["waits"])
    waits = sorted(calm["waits"])
    return {
        "question": question,
        "per s": len(full["waits"]) / full["seconds"],
        "CPU-ms": cpu / max(1, answered) * 1000,
        "busy CPU-ms": busy_cpu / max(1, len(full["waits"])) * 1000,
        **{
            name: counted.percentile_ms(waits, part)
            for name, part in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))
        },
        "full p95": counted.percentile_ms(sorted(full["waits"]), 0.95),
        "lost": calm["lost"] + full["lost"],
        **{name: (later[name] - counts.get(name, 0)) / max(1, answered) for name in later},
    }


def idle(bot: Ours, seconds: float) -> Row:
    """Ask nothing. CPU-ms are those of a second; MiB are the most so far, processes of the pool included."""
    time.sleep(2.0)  # what the start left to do
    counts, cpu = bot.counts(), bot.cpu_s()
    time.sleep(seconds)
    cpu, later = bot.cpu_s() - cpu, bot.counts()
    counted_each = {name: (later[name] - counts.get(name, 0)) / seconds for name in later}
    return {"question": "idle", "CPU-ms": cpu / seconds * 1000, "MiB": bot.memory_mib(), **counted_each}


def plot(found: list[Row], path: Path) -> None:
    """CPU an answer, of each bot that was asked without a rest."""
    import matplotlib as mpl  # noqa: PLC0415  # only where there is something to draw

    mpl.use("agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415

    asked = [row for row in found if "busy CPU-ms" in row and row["way"] == "webhook"]
    names = [f"{row['question']}, {row['bot']} {row.get('database', '')}".strip() for row in asked]
    figure, axes = plt.subplots(figsize=(9, 1 + 0.25 * len(asked)), layout="constrained")
    axes.barh(names, [row["busy CPU-ms"] for row in asked])
    axes.set(title="CPU an answer, by webhook, 40 connections without a rest", xlabel="ms")
    axes.invert_yaxis()
    figure.savefig(path, dpi=120)


def _percentiles(ordered: list[float]) -> Row:
    """Return how long the middle one waited, and all but a twentieth and a hundredth, in milliseconds."""
    parts = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
    return {name: counted.percentile_ms(ordered, part) for name, part in parts.items()}


def tap_storm(kind: str, seconds: float) -> Row:
    """While a push runs at 1,000/s, those who just got it tap 300 times a second."""
    with ours(kind, "webhook") as (telegram, bot, where, url):
        asyncio.run(counted.push(url))
        telegram.until(2_000, 60)
        before, began, cpu = telegram.requests(), time.monotonic(), bot.cpu_s()
        taps = telegram.storm([QUESTIONS["Longer"]], seconds, rate=300, just_reached=True, **where)
        took, sent = time.monotonic() - began, telegram.requests() - before
        waits = sorted(taps["waits"])
        return {
            "bot": "ours, tap storm",
            "database": kind,
            "way": "webhook",
            "question": "Longer",
            "per s": len(waits) / took,
            "CPU-ms": (bot.cpu_s() - cpu) / (sent + len(waits)) * 1000,
            **{
                name: counted.percentile_ms(waits, part)
                for name, part in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))
            },
            "push per s": sent / took,
            "lost": taps["lost"],
        }


def rows(given: argparse.Namespace) -> Iterator[Row]:
    """All that was asked for, one after another."""
    if given.others and THEIRS.exists():
        for name in ("python-telegram-bot", "aiogram"):
            port = counted.free_port()
            with AskingTelegram() as telegram, Theirs(name, telegram, port) as bot:
                where = {"webhook": f"http://127.0.0.1:{port}/telegram"}
                for question in given.questions:
                    if question in {"/latest", "Longer"}:
                        yield {"bot": name, "way": "webhook"} | measure(
                            telegram, bot, where, question, given.seconds
                        )
    for kind in given.database:
        for way in given.ways:
            with ours(kind, way) as (telegram, bot, where, _url):
                yield {"bot": "ours", "database": kind, "way": way} | idle(bot, given.seconds * 2)
                for question in given.questions:
                    found = measure(telegram, bot, where, question, given.seconds)
                    yield {"bot": "ours", "database": kind, "way": way} | found
        if given.storm:
            yield tap_storm(kind, given.seconds * 2)


def line(row: Row | None) -> str:
    """A row of the table; None: its head."""
    cells = []
    for name, width in WIDTHS.items():
        value = name if row is None else row.get(name, "")
        text = f"{value:.2f}" if isinstance(value, float) else str(value)
        cells.append(text.ljust(-width) if width < 0 else text.rjust(width))
    return " ".join(cells).rstrip()


def main() -> None:
    """Print the table while it grows."""
    options = argparse.ArgumentParser(prog="python -m tests.load.bench_answers", description=__doc__)
    options.add_argument(
        "--database", nargs="+", choices=("sqlite", "postgresql"), default=["sqlite", "postgresql"]
    )
    options.add_argument("--ways", nargs="+", choices=("webhook", "polling"), default=["webhook", "polling"])
    options.add_argument("--questions", nargs="+", choices=QUESTIONS, default=list(QUESTIONS))
    options.add_argument("--seconds", type=float, default=6.0, help="of each measurement")
    options.add_argument("--others", action=argparse.BooleanOptionalAction, default=True)
    options.add_argument("--storm", action=argparse.BooleanOptionalAction, default=True)
    given = options.parse_args()
    RESULTS.mkdir(exist_ok=True)
    print(line(None))
    found: list[Row] = []
    for row in rows(given):
        print(line(row), flush=True)
        found.append(row)
        (RESULTS / "answers.json").write_text(json.dumps(found, indent=1))
    plot(found, RESULTS / "answers.png")
    print(f"The plot: {RESULTS / 'answers.png'}")


if __name__ == "__main__":
    main()
