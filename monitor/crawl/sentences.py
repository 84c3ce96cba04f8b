"""How a platform says that there is nothing, or no more: short, and with one of a few words."""

LONGEST_SENTENCE = 80
"""Characters of a text that may be what a platform says of nothing found or gone."""
SENTENCE_HINTS = (
    "tidak", "nggak", "gak ", "belum", "maaf", "waduh", "oops", "kosong", "hilang", "tersedia",
    "nihil", "habis", "not found", "did not match", "no result", "no product", "no item", "sorry",
    "no longer", "unavailable",
)  # fmt: skip
"""Words of which one stands in what platforms say of nothing found or gone."""
