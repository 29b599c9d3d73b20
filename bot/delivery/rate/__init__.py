"""The sending rate: who may send now, and how fast it goes."""
