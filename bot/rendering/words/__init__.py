"""The words that people read for what rows hold, in the chat and on the desk alike: one table for each."""
