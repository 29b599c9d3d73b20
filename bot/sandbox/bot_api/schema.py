"""The Bot API's schema as a compact table: methods with their parameters, types with their fields.

`python -m bot.sandbox.bot_api.schema PATH` makes `schema.json` from the published schema, without its prose.
A type is written as `Integer|String` or `PhotoSize[]`, with `!` in front if the value is required, and with
`=word` behind if it must be this word (`"type": "!String=article"`).
"""

import json
import re
import sys
from pathlib import Path
from typing import Any, TypedDict

TABLE = Path(__file__).with_name("schema.json")
# The prose in the published schema that makes a field a constant.
_CONSTANT = re.compile(r"(?:must be|always) [\"“]?(\w+)[\"”]?$")
_CONSTANT_FIELDS = frozenset({"type", "source", "status"})


class Schema(TypedDict):
    """The table; `unions` are types that stand for one of several others."""

    version: str
    methods: dict[str, dict[str, str]]
    types: dict[str, dict[str, str]]
    unions: dict[str, list[str]]


def load() -> Schema:
    """Load the table that ships with the sandbox."""
    table: Schema = json.loads(TABLE.read_text("utf-8"))
    return table


def derive(published: dict[str, Any]) -> Schema:
    """Make the table from the published schema (`methods` and `types`, each with `fields`)."""
    types = published["types"]
    return {
        "version": published["version"],
        "methods": {name: _fields(method) for name, method in published["methods"].items()},
        "types": {name: _fields(kind) for name, kind in types.items() if "subtypes" not in kind},
        "unions": {
            name: [_array(sub) for sub in kind["subtypes"]]
            for name, kind in types.items()
            if "subtypes" in kind
        },
    }


def write(schema: Schema) -> str:
    """Return the table as JSON with one method or type a line, for readable differences."""
    parts = []
    for key in ("methods", "types", "unions"):
        lines = (f"{json.dumps(name)}:{_dense(value)}" for name, value in schema[key].items())
        parts.append(f'"{key}":{{\n' + ",\n".join(lines) + "\n}")
    return f'{{"version":{json.dumps(schema["version"])},\n' + ",\n".join(parts) + "}\n"


def _dense(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def _fields(owner: dict[str, Any]) -> dict[str, str]:
    return {field["name"]: _expression(field) for field in owner.get("fields", [])}


def _expression(field: dict[str, Any]) -> str:
    kinds = "|".join(_array(kind) for kind in field["types"])
    constant = _CONSTANT.search(field["description"]) if field["name"] in _CONSTANT_FIELDS else None
    return ("!" if field["required"] else "") + kinds + (f"={constant[1]}" if constant else "")


def _array(kind: str) -> str:
    inner = kind.removeprefix("Array of ")
    return kind if inner == kind else _array(inner) + "[]"


def _main(argv: list[str]) -> int:
    if len(argv) != 1:
        sys.stderr.write("usage: python -m bot.sandbox.bot_api.schema PUBLISHED.json\n")
        return 2
    TABLE.write_text(write(derive(json.loads(Path(argv[0]).read_text("utf-8")))), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
