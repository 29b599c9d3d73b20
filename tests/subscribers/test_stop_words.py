"""A message that asks to stop is recognised, one that only contains such a word is not."""

import pytest

from bot.subscribers.stop_words import asks_to_end_day_off, asks_to_stop


@pytest.mark.parametrize(
    "message",
    [
        *(
            "stop",
            "STOP",
            "Stop.",
            "please stop!",
            "🛑 stop 🛑",
            "Unsubscribe",
            "opt-out",
            "No more messages, please",
        ),
        *("СТОП", "Відписатися", "відпишіть мене, будь ласка", "Не пишіть", "отписаться"),
        *("Wypisz mnie", "dość", "dosc", "Rezygnuję."),
        *("Stopp", "Abmelden bitte", "hör auf", "Kündigen"),
        *("Basta", "darme de baja", "no más mensajes", "Cancelar suscripcion"),
        *("arrêter", "ARRETEZ", "désabonnez-moi", "Stop svp"),
        *("stop it please", "Please, stop it now, thanks", "Hi! Could you please stop?", "Don’t write to me"),
        *("Будь ласка, не пишіть мені більше, дякую", "Припиніть!", "Досить вже", "не надсилай"),
        *("Proszę, przestańcie już pisać", "Nie wysyłaj więcej", "Dosyć!"),
        *("Hört bitte auf", "Hör doch mal auf", "Bitte hören Sie auf", "Lasst mich bitte in Ruhe!"),
        *("Deja de escribirme, por favor", "¡Ya basta!", "Denme de baja, gracias"),
        *("Arrêtez de m’écrire s’il vous plaît", "Je voudrais me désabonner, merci", "Ça suffit maintenant"),
        *("Хватит, пожалуйста", "Прекратите!"),
    ],
)
def test_a_request_in_any_language(message: str) -> None:
    """Letter case, accents, punctuation, emoji and politeness do not matter."""
    assert asks_to_stop(message)


@pytest.mark.parametrize(
    "message",
    [
        *(
            "",
            "please",
            "🙂",
            "stop the war",
            "Please stop the shelling",
            "the bus stop is closed",
            "stopping",
            "nonstop",
        ),
        *(
            "Як відписатися від газу?",
            "Досить дощу",
            "Die Bahn hört auf",
            "Wann ist Schluss?",
            "¡Basta de guerra!",
        ),
        *(
            "Stopp dem Hunger",
            "Stop wojnie",
            "Стоп війні",
            "Stop à la guerre",
            "Alto el fuego",
            "Fin de la guerra",
        ),
        *(
            "thanks",
            "now",
            "please thanks",
            "bitte sofort danke",
            "enough food",
            "Genug Wasser",
            "Basta la guerra",
        ),
        *(
            "stop stop the war",
            "end the siege",
            "para los niños",
            "Arrêt de bus",
            "koniec roku",
            "dość długo",
        ),
        *("Comment arrêter la fuite d'eau ?", "koniec wojny", "x" * 100_000, "stop " * 13),
    ],
)
def test_a_letter_is_no_request(message: str) -> None:
    """A message that says more, or less, is looked up as any other words."""
    assert not asks_to_stop(message)


@pytest.mark.parametrize(
    "words",
    [
        *("off", "END", "Stop.", "I'm back!", "кінець", "Закінчити, будь ласка", "koniec", "Wyłącz"),
        *("aus", "Ende", "Schluss bitte", "fin", "Terminar", "arrête", "je suis de retour"),
    ],
)
def test_a_day_off_can_be_ended_in_words(words: str) -> None:
    """The words of each language end it, in any case and with or without accents."""
    assert asks_to_end_day_off(words)


@pytest.mark.parametrize(
    "words", ["", "until Friday", "end of May", "3 days", "Ende Mai", "fin de mois", "aujourd'hui"]
)
def test_a_day_is_no_request_to_end_a_day_off(words: str) -> None:
    """Words that name a day begin a day off."""
    assert not asks_to_end_day_off(words)
