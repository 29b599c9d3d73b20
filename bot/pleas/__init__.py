"""Pleas: find the plea of a story, who makes it, and the sentences that say how to help.

A **plea** is a sentence in which people in need, or people who speak for them, ask others to do something
for them now: *who asks* (we, our patients), *whom* (you, anyone with a van, the world), *for what*
(blankets, a roof, hands, to be searched for, not to be forgotten), and *how* (an imperative, a begging
verb, a lack that is told in the first person, a wish, a question). A **way to help** tells the reader what
to do: *what* can be given, *where or how* (an account, a page, a number, a door and its hours), and *who
may*.

No plea is: a request to the police's witnesses, a minister or fans; what was asked and given in the past;
the words of a swindler; thanks, a refusal, the text of a song. A quotation is a plea only by its own words.

Each of these is a class of cues: words of a language (`bot/language/rules/help.<language>.toml`, found by
`cues.py`) and shapes that every language shares. `evidence.py` puts together what speaks for and against a
sentence, in itself and in its story; one list of weights for all languages
(`bot/language/rules/plea_weights.toml`, fitted by `tests/load/train_pleas.py`) adds it up. Above one
threshold a finding is sure and may be shown; above a lower one it is proposed to an editor.
`evidence.guard` keeps stories about other matters from showing anything.
"""
