"""What sellers of the simulated shops write of their goods on the offer's own page.

Sellers from abroad write Indonesian, English, Chinese or nothing. Food may bear a number of
registration, in its published form or not. Some words are traps: a volume before a telephone
number, a standard without its number, the platform's own Indonesian labels beside English.
"""

from __future__ import annotations

from monitor.demo.offers import Offer
from monitor.demo.randomness import hash_of, uniform
from monitor.model import Cluster

_LANGUAGES = (("id", 0.45), ("en", 0.8), ("zh", 0.9), ("", 1.0))
"""Languages of sellers from abroad, each with the share up to which it is taken."""
_PROSE = {
    "id": "{title}\n\nBahan {details}. Barang siap dikirim setiap hari kerja, mohon tulis warna dan"
    " ukuran pada catatan pesanan. Kami ganti bila barang yang diterima tidak sesuai.",
    "en": "Made of high quality materials: {details}. Please allow a small difference"
    " because of manual measurement. If you have any questions, please feel free to contact us.",
    "zh": "全新正品，品质保证，厂家直销。如有任何问题请随时联系客服，我们会尽快为您处理。",
    "": "",
}
_TRAPS = ("", "\nIsi 250 ML 081234567890 hubungi penjual.", "\nBahan standar SNI, bukan KW.")


def language(offer: Offer) -> str:
    """The language of a description; empty where the seller wrote none."""
    if not offer.seller.foreign:
        return "id" if uniform("describes", offer.stock_number) < 0.97 else ""
    chance = uniform("describes", offer.stock_number)
    return next(name for name, up_to in _LANGUAGES if chance < up_to)


def number(offer: Offer) -> str | None:
    """The registration number that the description of food shows; one in 12 has another form."""
    chance = uniform("registers", offer.stock_number)
    if offer.product.cluster is not Cluster.food_beverage or chance > 0.6:
        return None
    digits = f"{10**15 + hash_of('number', offer.stock_number) % (8 * 10**15):016d}"
    if chance < 0.05:
        return f"BPOM RI MD {digits[:9]}"
    if offer.seller.foreign:
        return f"BPOM RI ML {digits[:12]}"
    return f"P-IRT No. {digits[:13]}-{digits[13:15]}" if chance < 0.3 else f"BPOM MD {digits[:12]}"


def description(offer: Offer) -> str:
    """The description as the seller wrote it; empty where there is none."""
    prose = _PROSE[language(offer)]
    if not prose:
        return ""
    text = prose.format(title=offer.title, details=", ".join(offer.product.details))
    trap = _TRAPS[hash_of("trap", offer.stock_number) % len(_TRAPS)]
    shown = number(offer)
    return f"{text}{trap}" + (f"\n{shown}" if shown else "")
