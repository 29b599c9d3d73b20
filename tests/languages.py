"""Which languages have every sentence."""

from bot import texts

# Those whose catalogues are complete; the others say in English what they lack.
COMPLETE = ("de", "es", "fr", "pl", "uk")
TRANSLATED = tuple(language for language in texts.languages() if language != texts.SOURCE_LANGUAGE)
