"""Templates: how the desk and the public page draw HTML."""

from pathlib import Path
from typing import Any

import jinja2


def options(folder: Path) -> dict[str, Any]:
    """Return what a jinja2.Environment for the templates in `folder` is made with.

    All values are escaped, and a name that the page does not give is an error.
    """
    return {
        "loader": jinja2.FileSystemLoader(folder),
        "autoescape": True,
        "undefined": jinja2.StrictUndefined,
        "trim_blocks": True,
        "lstrip_blocks": True,
        "auto_reload": False,  # an update of the files must not mix with the running program
    }
