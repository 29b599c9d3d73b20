"""The errors that Comeback raises itself. A UserError is safe to show to whoever asked."""


class ComebackError(Exception):
    """Anything that Comeback raises on purpose."""


class UserError(ComebackError):
    """One plain sentence for the person, which says what to do next.

    `sentence` is an English msgid with `{named}` places; `values` fill them after translation, so that
    a handler can answer in the reader's language. `str()` gives the English sentence.
    """

    def __init__(self, sentence: str, **values: object) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.values = values

    def __str__(self) -> str:
        return self.sentence.format(**self.values)


class NotFoundError(UserError):
    """The thing that was named does not exist (any more)."""


class InvalidInputError(UserError):
    """What was given cannot be read; the sentence says how it should look."""


class RefusedError(UserError):
    """It was understood, and the present state does not allow it."""


class ConfigError(UserError):
    """A setting is wrong or missing; the sentence names it. Ends the start."""
