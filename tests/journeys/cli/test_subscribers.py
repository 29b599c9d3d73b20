"""`comeback subscribers …`: what is stored about one chat is printed, and deleted after a question."""

import json
from pathlib import Path

from tests.journeys.cli.results import Comeback, done


def test_one_chat_is_shown_and_forgotten(comeback: Comeback) -> None:
    """A group's number is negative; without a yes nothing is deleted; an import does not bring it back."""
    Path("all.csv").write_text("chat_id\n-100123\n77\n")
    done(comeback("subscribers", "import", "all.csv"))
    shown = json.loads(done(comeback("subscribers", "data", -100123)))
    assert shown["subscriber"]["chat_id"] == -100123
    refused = comeback("subscribers", "forget", -100123)
    assert (refused.exit_code, "say --yes" in refused.stderr) == (1, True)
    assert json.loads(done(comeback("subscribers", "data", -100123)))["subscriber"]
    done(comeback("subscribers", "forget", -100123, "--yes"))
    gone = comeback("subscribers", "data", -100123)
    assert (gone.exit_code, gone.stderr) == (1, "Nothing is stored about this chat.\n")
    assert "1 asked to be forgotten" in done(comeback("subscribers", "import", "all.csv"))
    assert json.loads(done(comeback("subscribers", "data", 77)))["subscriber"]["chat_id"] == 77
