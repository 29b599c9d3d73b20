"""Choose the Variant of a push's Bodies that a reader gets, or one for each language to look at."""

from collections.abc import Container, Mapping, Sequence

from bot.i18n import SOURCE_LANGUAGE, languages
from storage.broadcasts.bodies import Payload, Variant
from storage.deliveries.recipients import Recipient
from storage.models import Subscriber
from storage.stories.translations import language_for
from storage.words import Length, WarnedStories

FIRST_LENGTH = Length.SHORT
"""The Length of a new reader."""


def variant_for(
    reader: Recipient | Subscriber, story_languages: Sequence[str], bodies: Container[Variant]
) -> Variant:
    """Return the Variant of these Bodies for a reader, with an Appeal if there is one.

    Readers who want a warning first get the Story's cover, if it has one.
    """
    language = language_for(story_languages, reader.language, reader.story_languages)
    variant = Variant(reader.language, reader.length, language)
    if variant not in bodies:  # a language without texts of ours
        variant = variant._replace(language=SOURCE_LANGUAGE)
    if reader.warned_stories is WarnedStories.WARN:
        cover = variant._replace(covered=True)
        return cover if cover in bodies else variant
    return variant


def by_language(story_languages: Sequence[str], bodies: Mapping[Variant, Payload]) -> Mapping[str, Payload]:
    """Return the message that a new reader of each of our languages gets, by the reader's language."""
    found = {}
    for language in languages():
        variant = Variant(language, FIRST_LENGTH, language_for(story_languages, language, language))
        if variant in bodies:
            found[language] = bodies[variant]
    return found
