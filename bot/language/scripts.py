"""A character class for regular expressions: the scripts without spaces between words (Chinese, Thai …)."""

UNSPACED = r"\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
"""The inside of a character class: Chinese, Japanese, Thai, Lao, Burmese and Khmer."""
