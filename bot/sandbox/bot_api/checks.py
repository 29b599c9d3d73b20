"""Type checks for the Bot API: compile the schema's types into functions that check values."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from bot.sandbox.bot_api.schema import Schema
from bot.sandbox.world.files import Upload

Check = Callable[[Any, str], None]
# Types in whose place a text may stand (core.telegram.org/bots/api#keyboardbutton).
TEXT_ALLOWED = frozenset({"KeyboardButton"})
ATTACHED = "attach://"
# How many matching field names a matching constant field outweighs, in guessing the intended type.
CONSTANT_MATCH = 100
# Telegram's own messages for missing parameters; all others have a general one.
MISSING = {
    "chat_id": "chat_id is empty",
    "text": "message text is empty",
    "user_id": "invalid user_id specified",
}
# 64 bits have 19 digits.
_INTEGER = re.compile(r"\s*-?[0-9]{1,19}\s*")
_TRUE, _FALSE = frozenset({"true", "1", "yes"}), frozenset({"false", "0", "no", ""})


class SchemaError(Exception):
    """A value does not fit the schema; the text says what is wrong and where."""


class Checker:
    """Compiles type expressions such as `Integer|String` or `PhotoSize[][]` into check functions."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._made: dict[str, Check] = {
            "String": _instance(str),
            "Integer": _integer,
            "Float": _number,
            "Boolean": _instance(bool),
            "True": _true,
            "InputFile": _instance(Upload),
        }

    def check(self, kind: str) -> Check:
        """Return a function of a value and its path that raises SchemaError if the type is another."""
        if kind not in self._made:
            # A type may contain itself: a placeholder stands in until its check is compiled.
            self._made[kind] = self._later(kind)
            self._made[kind] = self._compile(kind)
        return self._made[kind]

    def _later(self, kind: str) -> Check:
        def check(value: Any, where: str) -> None:
            self._made[kind](value, where)

        return check

    def _compile(self, kind: str) -> Check:
        kind, _, constant = kind.partition("=")
        if constant:
            return _constant(constant)
        if "|" in kind:
            return self._one_of(kind.split("|"))
        if kind.endswith("[]"):
            return _array(self.check(kind[:-2]))
        if kind in TEXT_ALLOWED:
            return self._text_or_object(kind)
        if kind in self._schema["unions"]:
            return self._one_of(self._schema["unions"][kind])
        return self._object(kind)

    def _object(self, kind: str) -> Check:
        fields = self._schema["types"][kind]
        checks = {name: self.check(expression.lstrip("!")) for name, expression in fields.items()}
        required = [name for name, expression in fields.items() if expression.startswith("!")]

        def check(value: Any, where: str) -> None:
            if not isinstance(value, dict):
                raise SchemaError(f"{where} must be a {kind} object")
            for name, item in value.items():
                inner = checks.get(name)
                if inner is None:
                    raise SchemaError(f'{where}: {kind} has no field "{name}"')
                inner(item, f"{where}.{name}")
            for name in required:
                if name not in value:
                    raise SchemaError(f'{where}: field "{name}" of {kind} is required')

        return check

    def _text_or_object(self, kind: str) -> Check:
        whole = self._object(kind)

        def check(value: Any, where: str) -> None:
            if not isinstance(value, str):
                whole(value, where)

        return check

    def _one_of(self, kinds: list[str]) -> Check:
        checks = {kind: self.check(kind) for kind in kinds}

        def check(value: Any, where: str) -> None:
            failures: dict[str, SchemaError] = {}
            for kind, inner in checks.items():
                try:
                    inner(value, where)
                except SchemaError as error:
                    failures[kind] = error
                else:
                    return
            best = max(failures, key=lambda kind: self._likeness(kind, value))
            constant = self._schema["types"].get(best, {}).get("type", "").partition("=")[2]
            if constant and isinstance(value, dict) and self._likeness(best, value) < CONSTANT_MATCH:
                raise SchemaError(f'{where}: there is no type "{value.get("type")}"')
            raise failures[best]

        return check

    def _likeness(self, kind: str, value: Any) -> int:
        """Return how likely this type was intended; the error of the likeliest type is reported."""
        fields = self._schema["types"].get(kind)
        if fields is None or not isinstance(value, dict):
            return -1
        constants = sum(fields.get(name, "").endswith(f"={item}") for name, item in value.items())
        return CONSTANT_MATCH * constants + len(fields.keys() & value.keys())


class Method:
    """One method with its parameters and their checks."""

    def __init__(self, name: str, parameters: dict[str, str], checker: Checker) -> None:
        self.name = name
        self._kinds = {key: kind.lstrip("!") for key, kind in parameters.items()}
        self._checks = {key: checker.check(kind) for key, kind in self._kinds.items()}
        self._required = [key for key, kind in parameters.items() if kind.startswith("!")]

    def read(self, raw: Mapping[str, Any], uploads: Mapping[str, Upload]) -> dict[str, Any]:
        """Return typed parameters from raw ones (strings in a form or address). Raises SchemaError."""
        values: dict[str, Any] = {}
        for name, value in raw.items():
            kind = self._kinds.get(name)
            if kind is None:
                raise SchemaError(f'method {self.name} has no parameter "{name}"')
            if value is not None:
                values[name] = self._typed(name, kind, value, uploads)
        for name, upload in uploads.items():
            if "InputFile" in self._kinds.get(name, ""):
                values[name] = upload
            elif f"{ATTACHED}{name}" not in raw.values():
                raise SchemaError(f'the file "{name}" belongs to no parameter of {self.name}')
        for name in self._required:
            if name not in values:
                raise SchemaError(MISSING.get(name, f'parameter "{name}" is required'))
        return values

    def _typed(self, name: str, kind: str, value: Any, uploads: Mapping[str, Upload]) -> Any:
        if isinstance(value, str):
            if "InputFile" in kind and value.startswith(ATTACHED):
                return _attached(name, value, uploads)
            value = _from_text(name, kind, value)
        self._checks[name](value, name)
        return value


def compile_methods(schema: Schema) -> dict[str, Method]:
    """Return all methods by their names in lower case, since Telegram ignores case."""
    checker = Checker(schema)
    return {name.lower(): Method(name, fields, checker) for name, fields in schema["methods"].items()}


def _attached(name: str, value: str, uploads: Mapping[str, Upload]) -> Upload:
    upload = uploads.get(value.removeprefix(ATTACHED))
    if upload is None:
        raise SchemaError(f'parameter "{name}" names the file {value}, which was not sent')
    return upload


def _from_text(name: str, kind: str, text: str) -> Any:
    """Convert a parameter's text from a form or address to a value of its type."""
    kinds = kind.split("|")
    if "Integer" in kinds and _INTEGER.fullmatch(text):
        return int(text)
    if "String" in kinds:
        return text
    if kind == "Boolean":
        return _boolean(name, text)
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raise SchemaError(f'can\'t parse parameter "{name}" as JSON {kind}') from None


def _boolean(name: str, text: str) -> bool:
    word = text.strip().lower()
    if word not in _TRUE | _FALSE:
        raise SchemaError(f'parameter "{name}" must be Boolean')
    return word in _TRUE


def _instance(kind: type) -> Check:
    names = {str: "String", bool: "Boolean", Upload: "a file"}

    def check(value: Any, where: str) -> None:
        if not isinstance(value, kind):
            raise SchemaError(f"{where} must be {names[kind]}")

    return check


def _integer(value: Any, where: str) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise SchemaError(f"{where} must be Integer")


def _number(value: Any, where: str) -> None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise SchemaError(f"{where} must be Float")


def _true(value: Any, where: str) -> None:
    if value is not True:
        raise SchemaError(f"{where} must be true")


def _constant(word: str) -> Check:
    def check(value: Any, where: str) -> None:
        if value != word:
            raise SchemaError(f'{where} must be "{word}"')

    return check


def _array(inner: Check) -> Check:
    def check(value: Any, where: str) -> None:
        if not isinstance(value, list):
            raise SchemaError(f"{where} must be an array")
        for position, item in enumerate(value):
            inner(item, f"{where}[{position}]")

    return check
