"""`comeback topic …`: what stories are about, and two topics that become one."""

import json

from tests.journeys.cli.results import Comeback, add_draft, done, refused


def test_topics_are_listed_and_merged(comeback: Comeback, sqlite_url: str) -> None:
    """Not without an answer; then the story has the topic that stays."""
    add_draft(sqlite_url, topics=["Bridges", "Rivers"])
    listed = [json.loads(line) for line in done(comeback("topic", "list", "--json")).splitlines()]
    assert listed == [
        {"slug": "bridges", "name": "Bridges", "stories": 1},
        {"slug": "rivers", "name": "Rivers", "stories": 1},
    ]
    assert "1 stories, 0 subscribers, 0 sources and 0 pushes go" in refused(
        comeback("topic", "merge", "bridges", "rivers")
    )
    said = done(comeback("topic", "merge", "bridges", "rivers", "--yes"))
    assert said == "1 stories, 0 subscribers, 0 sources and 0 pushes went to rivers. bridges is gone.\n"
    assert done(comeback("topic", "list")).split() == ["1", "rivers", "Rivers"]
    assert "no topic “bridges”" in refused(comeback("topic", "merge", "bridges", "rivers", "--yes"))
