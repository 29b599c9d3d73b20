"""Copy stories that were labelled for measuring into a half to tune on and a half to check with.

Run: python tests/load/split_stories.py FOLDER …

FOLDER/<language>/<register>.txt holds stories in the format of `tests/load/labelled.py`. A story goes to
`tests/load/stories/tune/<language>.txt` if the SHA-256 of its id is even, else to `…/check/<language>.txt`,
so that nobody chooses which one is which. The halves are written anew from all folders that are given;
an id that two stories have ends the run. Prints only counts.
"""

import sys
from collections import defaultdict
from pathlib import Path

from tests.load.labelled import STORIES, half_of, story_id

LANGUAGES = ("en", "uk", "pl", "de", "es", "fr")


def stories_of(text: str) -> list[str]:
    """Return the stories of a file, each with its heading "== id | …"."""
    return [f"== {part.strip()}\n" for part in f"\n{text}".split("\n== ")[1:]]


def main() -> None:
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sources = [Path(name) for name in sys.argv[1:]]
    seen: set[str] = set()
    for language in LANGUAGES:
        halves: dict[str, list[str]] = defaultdict(list)
        for file in (file for source in sources for file in sorted((source / language).glob("*.txt"))):
            for story in stories_of(file.read_text("utf-8")):
                name = story_id(story)
                if name in seen:
                    sys.exit(f"two stories have the id {name}")
                seen.add(name)
                halves[half_of(name)].append(story)
        for half, stories in sorted(halves.items()):
            target = STORIES / half / f"{language}.txt"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text("\n".join(stories), "utf-8")
            print(f"{language} {half}: {len(stories)}")


if __name__ == "__main__":
    main()
