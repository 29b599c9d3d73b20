"""Which languages have every sentence."""

from bot import i18n

# Those whose catalogues are complete; the others say in English what they lack.
COMPLETE = ("de", "es", "fr", "pl", "uk")
TRANSLATED = tuple(language for language in i18n.languages() if language != i18n.SOURCE_LANGUAGE)
