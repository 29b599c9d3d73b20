"""The errors that Comeback raises itself. A UserError may be shown to the person that caused it."""


class ComebackError(Exception):
    """The base of all errors that Comeback raises on purpose."""


class UserError(ComebackError):
    """An error with one plain sentence for the person, which says what to do next.

    `sentence` is an English msgid with `{named}` fields. `values` fill them after the translation, so that a
    handler can answer in the reader's language. `str()` gives the English sentence.
    """

    def __init__(self, sentence: str, **values: object) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.values = values

    def __str__(self) -> str:
        return self.sentence.format(**self.values)


class NotFoundError(UserError):
    """What was named does not exist, or no longer exists."""


class WithdrawnError(NotFoundError):
    """What was named was there for everybody, and the editors took it back."""


class InvalidInputError(UserError):
    """The input cannot be understood; the sentence says how it should look."""


class RefusedError(UserError):
    """The input was understood, but the present state does not allow it."""


class ConfigError(UserError):
    """A setting is wrong or missing; the sentence names it. It ends the start."""


class BackupError(UserError):
    """A backup cannot be written, read or restored. Only operators see the sentence; it is not translated."""


class WebhookError(UserError):
    """A webhook cannot be added or called. Only operators see the sentence; it is not translated."""
