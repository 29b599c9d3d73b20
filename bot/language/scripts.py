"""Scripts that are written without spaces between words, for regular expressions."""

UNSPACED = r"\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
"""The inside of a character class: Chinese, Japanese, Thai, Lao, Burmese and Khmer."""
