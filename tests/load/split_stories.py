"""Copy stories that were labelled for measuring into a half to tune on and a half to check with.

Run: python -m tests.load.split_stories FOLDER …

FOLDER/<language>/<register>.txt holds stories in the format of `tests/load/labelled.py`. A story goes to
`tests/load/stories/tune/<language>.txt` if the SHA-256 of its id is even, else to `…/check/<language>.txt`,
so that nobody chooses which one is which. Stories that are there stay, unless one of the same id is given;
an id that two of the given stories have ends the run. Prints only counts.
"""

import sys
from pathlib import Path

from tests.load.labelled import HALVES, LANGUAGES, STORIES, half_of, stories_in, story_id


def main() -> None:
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sources = [Path(name) for name in sys.argv[1:]]
    seen: set[str] = set()
    for language in LANGUAGES:
        given: dict[str, str] = {}
        for file in (file for source in sources for file in sorted((source / language).glob("*.txt"))):
            for story in stories_in(file.read_text("utf-8")):
                name = story_id(story)
                if name in seen:
                    sys.exit(f"two stories have the id {name}")
                seen.add(name)
                given[name] = story
        for half in HALVES:
            target = STORIES / half / f"{language}.txt"
            target.parent.mkdir(parents=True, exist_ok=True)
            kept = stories_in(target.read_text("utf-8")) if target.exists() else []
            stories = {story_id(story): story for story in kept}
            stories |= {name: story for name, story in given.items() if half_of(name) == half}
            target.write_text("\n".join(f"== {story}\n" for story in stories.values()), "utf-8")
            print(f"{language} {half}: {len(stories)}")


if __name__ == "__main__":
    main()
