"""Pleas: find the plea of a story, its speaker, and the sentences that say how to help.

A **plea** is a sentence in which people in need, or people who speak for them, ask others to act for them
now. It has up to four parts: *who asks* (we, our patients); *whom* (you, anyone with a van, the world);
*for what* (blankets, a roof, hands, not to be forgotten); and *how* (an imperative, a verb of asking, a
lack in the first person, a wish, a question). A **way to help** tells the reader what to do: *what* to
give, *where or how* (an account, a page, a number, a door and its hours), and *who may*.

These are no pleas: a request to witnesses, a minister or fans; what people asked for and got in the past;
the words of a swindler; thanks, a refusal, the text of a song. A quotation is a plea only by its own words.

Each part is a class of cues: words of a language (`bot/language/rules/help.<language>.toml`, see `cues.py`)
and shapes that all languages share. `evidence.py` lists what speaks for and against a sentence: its own
cues and those of its story. One list of weights for all languages (`bot/language/rules/plea_weights.toml`,
fitted by `tests/load/train_pleas.py`) adds the evidence up. Above one threshold a finding is sure and may
be shown; above a lower one it is proposed to an editor. `evidence.guarded` lets no story about other matters
show anything.
"""
