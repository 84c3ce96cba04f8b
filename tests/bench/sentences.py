"""The sentences of simulated reports, read as a platform's lawyer would and held against the truth.

Read are the words of published pages and letters in both languages, and ``truth.json``; neither
``findings.json`` nor what the report was made from. Intervals are not held against anything. A
sentence of the headline or of a card that no pattern knows is a failure, so that none goes unread.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from parsel import Selector

from monitor.demo import World
from monitor.operate.simulation import Simulation
from monitor.store import Store
from reports.contexts import LetterTerms
from reports.edition import write_edition
from reports.letters import write_letter
from reports.press import press_file

LANGUAGES = {"id": "index.html", "en": "index.en.html"}
USED_CLOTHING = ("Used clothing", "Pakaian bekas")
"""What the group of the other question is called."""
CLUSTERS = {
    "Tekstil & fesyen": "textile_fashion",
    "Makanan & minuman": "food_beverage",
    "Kerajinan": "crafts",
    "Textiles & fashion": "textile_fashion",
    "Food & drink": "food_beverage",
    "Crafts": "crafts",
}
CLOSED = "bukalapak"
_COUNT = r"\d[\d.,]*"
_SHARE = r"[−-]?\d[\d.,]*%"

COMPARED = {"aliexpress"}
"""Platforms that others are compared with; no sum counts them."""


def _is_of(row: Any, cluster: str | None) -> bool:
    """Whether a page or cell is of a cluster; used clothing is of none but its own."""
    return bool(row["cluster"] == cluster if cluster else row["cluster"] != "used_clothing")


class Truth:
    """What ``truth.json`` tells, asked by week, platform and cluster (None: all clusters)."""

    def __init__(self, path: Path) -> None:
        self._told = json.loads(path.read_text(encoding="utf-8"))

    def pages(self, week: str, platform: str, cluster: str | None = None) -> list[Any]:
        """The pages that were read."""
        return [
            page
            for page in self._told["pages"]
            if (page["week"], page["platform"]) == (week, platform)
            and page["answered"]
            and _is_of(page, cluster)
        ]

    def positions(self, kind: str, week: str, platform: str, cluster: str | None = None) -> int:
        """Positions seen of offers of a kind (``offers``, ``open``, ``forbidden``, …)."""
        return sum(len(page[kind]) for page in self.pages(week, platform, cluster))

    def ids(self, kind: str, week: str, platform: str, cluster: str | None = None) -> set[str]:
        """Offers of a kind that were seen."""
        pages = self.pages(week, platform, cluster)
        return {item_id for page in pages for item_id in page[kind]}

    def weeks_to(self, week: str) -> list[str]:
        """The weeks that were simulated, up to one."""
        return sorted({page["week"] for page in self._told["pages"] if page["week"] <= week})

    def cells(self, week: str, platform: str, cluster: str | None = None) -> list[Any]:
        """The true shares that carry verdicts."""
        return [
            cell
            for cell in self._told["cells"]
            if (cell["week"], cell["platform"]) == (week, platform)
            and cell["primary"]
            and _is_of(cell, cluster)
        ]

    def changes(self, week: str, platform: str) -> Any:
        """The changes of a platform; None in the first week."""
        rows = self._told["changes"]
        return next((r for r in rows if (r["week"], r["platform"]) == (week, platform)), None)

    def planned(self, week: str) -> tuple[int, int]:
        """Pages read, and pages planned, of marketplaces."""
        pages = [
            page
            for page in self._told["pages"]
            if page["week"] == week and page["platform"] not in COMPARED and _is_of(page, None)
        ]
        return sum(page["answered"] for page in pages), len(pages)

    def platforms(self) -> set[str]:
        """All that were planned."""
        return {page["platform"] for page in self._told["pages"]}


@dataclass
class Place:
    """Where a sentence stands; ``words`` are the parts of it that its pattern names."""

    truth: Truth
    week: str
    platform: str = ""
    cluster: str | None = None
    words: dict[str, str] | None = None

    def count(self, name: str) -> int:
        """A whole number of the sentence."""
        return int(re.sub(r"[.,]", "", (self.words or {})[name]))

    def named(self, names: dict[str, str]) -> list[str]:
        """The ids of the platforms that the sentence names."""
        text = (self.words or {}).get("platforms") or (self.words or {})["platform"]
        return [names[part] for part in re.split(r",? dan |,? and |, ", text)]


Check = Callable[[Place], "str | None"]
NAMES = {
    "Shopee": "shopee",
    "Lazada": "lazada",
    "Tokopedia": "tokopedia",
    "Blibli": "blibli",
    "TikTok Shop": "tiktokshop",
    "AliExpress": "aliexpress",
    "Bukalapak": CLOSED,
}


def _lists_breaches(place: Place) -> str | None:
    platforms = place.named(NAMES) if place.words else [place.platform]
    clean = [p for p in platforms if not place.truth.ids("forbidden", place.week, p)]
    return f"nothing forbidden was shown by {clean}" if clean else None


def _lists_used_clothing(place: Place) -> str | None:
    at = (place.week, place.named(NAMES)[0], "used_clothing")
    return None if place.truth.ids("forbidden", *at) else "no imported used clothing was shown"


def _asks_about_cases(place: Place) -> str | None:
    """Whether some case can be open: of a foreign seller's offer, or of imported used clothing."""
    foreign, used = _lists_breaches(place), _lists_used_clothing(place)
    return foreign if foreign and used else None


def _may_be_judged(place: Place, platform: str) -> set[str]:
    """Offers that people can have judged in breach: forbidden ones, and those they misjudge."""
    at = (place.week, platform, place.cluster)
    return place.truth.ids("forbidden", *at) | place.truth.ids("misjudged", *at)


def _lists_judged(place: Place) -> str | None:
    platforms = place.named(NAMES) if place.words else [place.platform]
    clean = [p for p in platforms if not _may_be_judged(place, p)]
    return f"nothing that people take for forbidden was shown by {clean}" if clean else None


def _judged(place: Place) -> str | None:
    offers = len(_may_be_judged(place, place.platform))
    return f"people take {offers} offers for forbidden" if place.count("n") > offers else None


def _cell(place: Place, holds: Callable[[float, float], bool]) -> str | None:
    (cell,) = place.truth.cells(place.week, place.platform, place.cluster)
    if holds(cell["share"], cell["tolerance"]):
        return None
    return f"the true share is {cell['share']:.4f}, the tolerance {cell['tolerance']}"


def _keeps_promise(place: Place) -> str | None:
    platforms = place.named(NAMES) if place.words else [place.platform]
    for platform in platforms:
        for cell in place.truth.cells(place.week, platform):
            if cell["share"] >= cell["tolerance"]:
                return f"{platform} {cell['cluster']}: the true share is {cell['share']:.4f}"
    return None


def _confirmed_by_cluster(place: Place) -> str | None:
    (platform,) = place.named(NAMES)
    at = Place(place.truth, place.week, platform, None, place.words)
    return _not_more(at, "n", "forbidden")


def _not_more(place: Place, name: str, kind: str) -> str | None:
    offers = len(place.truth.ids(kind, place.week, place.platform, place.cluster))
    return f"{offers} {kind} offers were shown" if place.count(name) > offers else None


def _checked(place: Place) -> str | None:
    if place.count("n") > place.count("audited"):
        return "more are confirmed than were checked"
    return _not_more(place, "n", "forbidden")


def _reconciled(place: Place) -> str | None:
    """From positions to offers, to those that were checked, to those that are confirmed."""
    if place.count("screened") < place.count("offers"):
        return "more offers than positions"
    return _not_more(place, "offers", "offers") or _checked(place)


def _positions(place: Place, name: str, kind: str) -> str | None:
    at = (place.week, place.platform, place.cluster)
    shown, least = place.truth.positions("offers", *at), place.truth.positions(kind, *at)
    if place.count("places") != shown:
        return f"{shown} positions were shown"
    return f"{least} were {kind}" if place.count(name) < least else None


def _none_flagged(place: Place) -> str | None:
    for words in re.split(r",? dan |,? and |, ", (place.words or {})["clusters"]):
        cluster = CLUSTERS[words.capitalize()]
        open_ = place.truth.positions("open", place.week, place.platform, cluster)
        if open_:
            return f"{open_} positions of {words} were openly foreign"
    return None


def _new(place: Place, platforms: Sequence[str]) -> str | None:
    """Offers taken for relisted are not among them, so only the most is known."""
    changes = [place.truth.changes(place.week, platform) for platform in platforms]
    most = sum(_most(platform_changes, "new") for platform_changes in changes if platform_changes)
    return f"{most} forbidden offers were new" if place.count("n") > most else None


def _most(changes: Any, kind: str) -> int:
    """How many offers of a platform changed so, at most: forbidden and misjudged ones."""
    return len({*changes[kind], *changes["misjudged"][kind]})


def _observed(place: Place) -> str | None:
    answered, planned = place.truth.planned(place.week)
    if (place.count("answered"), place.count("planned")) == (answered, planned):
        return None
    return f"{answered} of {planned} pages answered"


def _sampled(place: Place) -> str | None:
    pages = len(place.truth.pages(place.week, place.platform))
    return None if place.count("sampled") == pages else f"{pages} pages answered"


def _still(place: Place) -> str | None:
    breaching = [p for p in place.truth.platforms() if place.truth.ids("forbidden", place.week, p)]
    return None if place.count("n") <= len(breaching) else f"only {breaching} show any"


def _still_judged(place: Place) -> str | None:
    judged = [p for p in place.truth.platforms() if _may_be_judged(place, p)]
    return None if place.count("n") <= len(judged) else f"only {judged} show any"


def _unsaid(place: Place) -> None:
    """Nothing that the truth could contradict: intervals, what is unknown, what words mean."""


SENTENCES: tuple[tuple[Check, str, str], ...] = (
    (
        _still,
        "Di {n} dari {count} lokapasar ada pelanggaran terkonfirmasi; {count} sesuai komitmen dalam"
        " sampel; {count} belum dapat dipastikan",
        "On {n} of {count} marketplaces breaches are confirmed; {count} kept their promise in the"
        " sample; {count} cannot be told yet",
    ),
    # What is claimed of a cell or platform, in Indonesian and English.
    (
        lambda place: _cell(place, lambda share, tolerance: share > tolerance),
        "tidak sesuai komitmen|tidak patuh",
        "promise not kept|not compliant",
    ),
    (
        lambda place: _cell(place, lambda share, tolerance: share > 0),
        "pelanggaran ditemukan|ditemukan(?: satu)?, menunggu pemeriksaan lanjutan",
        "breaches found|(?:one )?found, more looks pending",
    ),
    (
        lambda place: _cell(place, lambda share, tolerance: 0 < share < tolerance),
        "ditemukan, dalam batas toleransi",
        "found, within tolerance",
    ),
    (
        lambda place: _cell(place, lambda share, tolerance: share < tolerance),
        "sesuai komitmen|patuh",
        "promise kept|compliant",
    ),
    (
        _lists_breaches,
        "Masih menayangkan impor yang seharusnya diblokir",
        "Still lists blocked imports",
    ),
    (_keeps_promise, "Sesuai", "Compliant"),
    (
        lambda place: _not_more(place, "n", "forbidden"),
        "{n} pelanggaran terkonfirmasi",
        "{n} confirmed breach(?:es)?",
    ),
    (
        lambda place: _lists_judged(replace(place, words=None)),
        "dinilai dua orang, menunggu pemeriksaan lanjutan|Ada yang dinilai melanggar, menunggu"
        " pemeriksaan lanjutan",
        "judged by two people, more looks pending|Judged in breach, more looks pending",
    ),
    (
        _judged,
        "{n} penawaran dinilai melanggar oleh dua orang; halamannya tanpa tanda platform, jadi"
        " tidak ada pelanggaran yang dinyatakan",
        "{n} offers? judged in breach by two people; (?:its page bears|their pages bear) no mark of"
        " the platform, so no breach is stated",
    ),
    (
        _judged,
        "{n} lagi dinilai melanggar oleh dua orang, tanpa tanda platform",
        "{n} more judged in breach by two people, without a mark of the platform",
    ),
    (
        lambda place: _not_more(place, "n", "forbidden"),
        "{n} penawaran terkonfirmasi; pelanggaran dinyatakan bila ada penawaran bertanda dari"
        " penjual kedua atau penilaian orang ketiga",
        "{n} offers? confirmed; it takes a marked offer of a second seller or a third person's look"
        " to state a breach",
    ),
    (
        _checked,
        "{n} dari {audited} penawaran yang diperiksa terkonfirmasi(?:; pelanggaran dinyatakan bila"
        " ada penawaran bertanda dari penjual kedua atau penilaian orang ketiga)?",
        "{n} of {audited} checked offers? confirmed(?:; it takes a marked offer of a second seller"
        " or a third person's look to state a breach)?",
    ),
    (
        _reconciled,
        "{screened} posisi ditandai → {offers} penawaran → {audited} diperiksa → {n} terkonfirmasi",
        "{screened} positions? flagged → {offers} offers? → {audited} checked → {n} confirmed",
    ),
    (lambda place: _new(place, [place.platform]), "{n} baru", "{n} new"),
    (
        lambda place: _not_more(place, "audited", "offers"),
        "Tidak ada yang terkonfirmasi dari {audited} penawaran yang diaudit",
        "None confirmed among {audited} audited offers",
    ),
    (
        lambda place: _positions(place, "screened", "open"),
        "(?:{cluster}: )?{screened} dari {places} posisi lintas batas atau diduga lintas batas,"
        " menurut saringan",
        "(?:{cluster}: )?{screened} of {places} positions cross-border or suspected, by the screen",
    ),
    (
        lambda place: _positions(place, "n", "offers") if place.count("n") == 0 else None,
        "{n} dari {places} posisi ditandai saringan",
        "{n} of {places} positions flagged by the screen",
    ),
    (
        _none_flagged,
        "{clusters}: tidak ada posisi yang ditandai",
        "{clusters}: no position flagged",
    ),
    (
        _sampled,
        "Berdasar {count} penawaran yang diaudit pada {sampled} halaman; perkiraan berlaku bagi"
        " halaman yang dipantau, bukan bagi seluruh platform",
        "Based on {count} audited offers on {sampled} pages; it holds for the pages watched, not"
        " for the whole platform",
    ),
    # The headline, what stands under it, and the lead.
    (
        _lists_breaches,
        "{platforms} masih menayangkan impor yang seharusnya diblokir",
        "{platforms} still lists? blocked imports",
    ),
    (
        _still,
        "{n} dari {judged} platform yang dapat dinilai masih menayangkan impor yang seharusnya"
        " diblokir",
        "{n} of {judged} platforms that could be judged still lists? blocked imports",
    ),
    (
        _still,
        "Dari {judged} platform yang dapat dinilai minggu ini, {n} masih menayangkannya",
        "Of {judged} platforms that could be judged this week, {n} still lists? them",
    ),
    (
        _keeps_promise,
        "Sesuai komitmen dalam sampel: {platforms}",
        "Promise kept within the sample: {platforms}",
    ),
    (
        lambda place: _new(place, sorted(place.truth.platforms() - COMPARED)),
        "{n} penawaran yang ditandai baru terlihat sejak {since}(?:; {confirmed} di antaranya"
        " sudah terkonfirmasi)?",
        "{n} flagged offers? (?:is|are) new since {since}(?:; {confirmed} of them confirmed)?",
    ),
    (
        _confirmed_by_cluster,
        "{platform}: {n} pelanggaran terkonfirmasi(?: \\({cells}\\))?",
        "{platform}: {n} confirmed breach(?:es)?(?: \\({cells}\\))?",
    ),
    (
        _lists_breaches,
        "{platform}: surat dapat dikirim; {n} kasus terbuka belum dilaporkan kepadanya",
        "{platform}: the letter can go out; {n} open cases? (?:was|were) not reported to it yet",
    ),
    (
        _asks_about_cases,
        "{platform}: sebelum edisi dirilis, minta jawabannya; {n} kasus terbuka belum disampaikan",
        "{platform}: before this edition is released, ask it to answer; {n} open cases?"
        " (?:was|were) not put to it yet",
    ),
    (
        _lists_used_clothing,
        "{platform}: surat dapat dikirim; {n} kasus pakaian bekas yang terbuka belum dilaporkan"
        " kepadanya",
        "{platform}: the letter can go out; {n} open cases? of used clothing (?:was|were) not"
        " reported to it yet",
    ),
    (
        _confirmed_by_cluster,
        "{platform}: {n} dari {audited} penawaran yang diperiksa terkonfirmasi(?: \\({cells}\\))?",
        "{platform}: {n} of {audited} checked offers? confirmed(?: \\({cells}\\))?",
    ),
    (
        _lists_judged,
        "Ada yang dinilai melanggar oleh dua orang, belum cukup untuk menyatakan pelanggaran,"
        " menunggu pemeriksaan lanjutan: {platforms}",
        "Judged in breach by two people, too little to state a breach, more looks pending:"
        " {platforms}",
    ),
    (
        _lists_judged,
        "Ada penawaran yang dinilai melanggar oleh dua orang menurut kebijakan yang tidak menjadi"
        " dasar penilaian di sana: {platforms}",
        "Offers judged by two people to breach a policy that carries no verdict there: {platforms}",
    ),
    (
        _still_judged,
        "Di {n} dari {judged} platform yang dapat dinilai ada penawaran yang dinilai melanggar oleh"
        " dua orang menurut kebijakan yang tidak menjadi dasar penilaian di sana",
        "On {n} of {judged} platforms that could be judged two people judged offers to breach"
        " (?:a policy that carries|policies that carry) no verdict there",
    ),
    (
        lambda place: _lists_judged(replace(place, words=None)),
        "Dinilai melanggar menurut kebijakan lain|Menurut kebijakan yang tidak menjadi dasar"
        " penilaian di sini: .+?(?:terkonfirmasi|tanpa tanda platform)+",
        "Judged in breach of another policy|Under a policy that carries no verdict here: .+?"
        " (?:confirmed|no mark of the platform)",
    ),
    (
        _lists_breaches,
        "Yang terkonfirmasi masih dalam batas toleransi: {platforms}",
        "What was confirmed is within the tolerance: {platforms}",
    ),
    (
        _still_judged,
        "Di {n} dari {judged} platform yang dapat dinilai ada yang dinilai melanggar oleh dua"
        " orang, belum cukup untuk menyatakan pelanggaran; menunggu pemeriksaan lanjutan",
        "On {n} of {judged} platforms that could be judged two people judged something to be in"
        " breach, too little to state a breach; more looks are pending",
    ),
    (
        _observed,
        "Teramati: {answered} dari {planned} halaman lokapasar yang direncanakan \\({share}\\)",
        "Observed: {answered} of {planned} pages planned on marketplaces \\({share}\\)",
    ),
)
UNSAID: tuple[tuple[str, str], ...] = (
    # The minister's page, whose shares are those of cells that are read elsewhere.
    (
        "Belum dapat dijawab minggu ini|Belum dapat diperkirakan minggu ini|Belum dapat"
        " dibandingkan|Bila semua halaman yang ditolak melanggar: sampai {share}",
        "Cannot be answered this week|Cannot be estimated this week|Cannot be compared"
        " yet|If all refused pages breached: up to {share}",
    ),
    (
        "[^:]+: bagian posisi teratas yang melanggar, selang 95% {share}–{share}, toleransi"
        " {share}. Batas bawah tertinggi dari {count} kelompok terukur",
        "[^:]+: share of top positions in breach, 95% interval {share}–{share}, tolerance"
        " {share}. Highest lower limit of {count} groups measured",
    ),
    (
        "[^:]+, sejak {since}: (?:naik|turun|tidak berbeda nyata), selang 95% {points} s.d."
        " {points} poin",
        "[^:]+, since {since}: (?:up|down|no clear change), 95% interval {points} to"
        " {points} points",
    ),
    # What to do next; the numbers are of the store, not of the marketplaces.
    (
        ".+: pastikan janji dan tanggalnya; {n} posisi menunggunya"
        "|{count} penawaran audit menunggu pemeriksaan orang kedua atau keputusan"
        "|[^:]+: (?:mintalah akses|buka meja pengawas \\([^)]+\\)); {count} dari {count} halaman"
        " yang direncanakan ditolak atau tertutup bagi perayap",
        ".+: confirm the promise and its date; {n} positions? waits? for it"
        "|{count} offers? of the audit waits? for a second person's look or a decision"
        "|[^:]+: (?:ask for access|open the inspection desk \\([^)]+\\)); {count} of {count}"
        " planned pages were refused or closed to the crawler",
    ),
    # Verdicts and answers that leave open whether something is there.
    (
        "belum ditemukan(?:; paling banyak {share})?|Belum ditemukan|tidak terukur|Tidak terukur",
        "none found so far(?:; at most {share})?|None found so far|not measurable|Not measurable",
    ),
    (
        "hasil saringan, belum diaudit|Hasil saringan, belum diaudit|dasar kebijakan belum"
        " dikonfirmasi|Dasar kebijakan belum dikonfirmasi",
        "screened, not audited yet|Screened, not audited yet|basis in policy not confirmed|Basis in"
        " policy not confirmed",
    ),
    (
        "Yang terkonfirmasi dalam batas toleransi|Belum terkonfirmasi, perkiraan di atas nol|belum"
        " terkonfirmasi; perkiraan {share}–{share}|Disaring sebagai pembanding, tidak"
        " diaudit|Sudah tutup|\\(pembanding lintas batas\\)",
        "What was confirmed is within tolerance|Not confirmed, estimate above zero|none confirmed"
        " so far; estimate {share}–{share}|Screened for comparison, not"
        " audited|Closed|\\(cross-border reference\\)",
    ),
    ("Dinilai terhadap: .+", "Judged against: .+"),
    (
        "Hanya pembanding(?:, tidak masuk hitungan mana pun di sini: [^.]+)?",
        "For comparison only(?:, in no count here: [^.]+)?",
    ),
    ("(?:{share} )?\\({share}–{share}\\)", "(?:{share} )?\\({share}–{share}\\)"),
    (
        "naik|turun|tidak berbeda nyata|belum dapat dibandingkan",
        "up|down|no clear change|cannot be compared yet",
    ),
    (
        "{points} poin sejak minggu {count} \\(95%: {points} s.d. {points}\\)|{points} sampai"
        " {points} poin sejak minggu {count} \\(95%\\)",
        "{points} points since week {count} \\(95%: {points} to {points}\\)|{points} to {points}"
        " points since week {count} \\(95%\\)",
    ),
    (
        "Sejak Triwulan {count} tahun {count}: (?:naik|turun|tidak berbeda nyata), {points} sampai"
        " {points} poin \\(95%\\)",
        "Since Quarter {count} of {count}: (?:up|down|no clear change), {points} to {points} points"
        " \\(95%\\)",
    ),
    (
        "Sekurang-kurangnya {share}(?: \\(dinilai pada {share}\\))? posisi teratas yang dipantau"
        " melanggar, di atas toleransi {share}",
        "At least {share}(?: \\(judged at {share}\\))? of the top positions watched are in breach,"
        " above the tolerance of {share}",
    ),
    (
        "Belum pasti di atas toleransi {share}: bisa jadi hanya {share}(?: \\(dinilai pada"
        " {share}\\))?",
        "Not certain to be above the tolerance of {share}: it could be as little as {share}(?:"
        " \\(judged at {share}\\))?",
    ),
    (
        "{share} adalah batas atas bila semua posisi pada halaman yang ditolak platform melanggar",
        "{share} is the upper limit if every position on the pages that the platform refused were"
        " in breach",
    ),
    (
        "Paling banyak {share} posisi teratas yang dipantau melanggar(?:, di bawah toleransi"
        " {share}|; baru disebut sesuai bila batas ini di bawah {share})",
        "At most {share} of the top positions watched are in breach(?:, below the tolerance of"
        " {share}|; only below {share} would this be called compliant)",
    ),
    (
        "Antara {share} dan {share} posisi teratas yang dipantau; toleransinya {share}",
        "Between {share} and {share} of the top positions watched; {share} is tolerated",
    ),
    (
        "Belum diperiksa orang; sebagian tanda bisa keliru dan sebagian pelanggaran bisa terlewat",
        "Nobody has checked them; some flags may be wrong and some breaches missed",
    ),
    (
        "Seberapa yakin\\?|Keberadaan: dilihat di halaman penawarannya sendiri dan dinilai sama"
        " oleh dua orang|Besarnya: perkiraan dari {count} penawaran yang diaudit; berlaku"
        " bagi halaman"
        " yang dipantau, bukan bagi seluruh platform|Besarnya: tidak diperkirakan minggu"
        " ini|Tidak diuji: platform pembanding hanya disaring, tidak diaudit",
        "How sure\\?|That it is there: seen on the offer's own page and judged alike by two"
        " people|How much of it: an estimate from {count} audited offers; it holds for the pages"
        " watched, not for the whole platform|How much of it: not estimated this week|Not tested:"
        " platforms that others are compared with are screened and not audited",
    ),
    (
        "“Terkonfirmasi” berarti: halaman penawarannya sendiri memuat tanda platform bahwa"
        " penawaran itu dari luar negeri, dan dua orang menilainya melanggar",
        "“Confirmed” means: the offer's own page bears the platform's mark of an offer from abroad,"
        " and two people judged it to be in breach",
    ),
    (
        "Belum dikonfirmasi petugas: .+? \\(belum terverifikasi\\)\\. Karena itu angkanya tidak"
        " dipakai menilai\\. Yang perlu dilakukan: .+? kapan",
        "Not confirmed by an official: .+? \\(unverified\\)\\. So the numbers are not used to judge"
        "\\. To do: .+? and when",
    ),
    (
        "Saringan otomatis menandai calon pelanggaran di {count} dari {count} platform; di sana"
        " belum ada yang diaudit",
        "The screen flagged possible breaches on {count} of {count} platforms; nothing is audited"
        " there yet",
    ),
    (
        "Lintas batas: menurut keterangan platform sendiri .+? dikonfirmasi",
        "Cross-border: by the platform's own words .+? are confirmed",
    ),
    (
        "(?:[^:.]+: )?Tidak diketahui apakah ada pelanggaran|Pencarian dan halaman kategori"
        " yang teramati:"
        " {count}; sedikitnya {count} diperlukan|Hanya {share} halaman teramati; sedikitnya"
        " {share} diperlukan",
        "(?:[^:.]+: )?Not known|Searches and category pages observed: {count}; at least"
        " {count} are needed|Only"
        " {share} of the pages were observed; at least {share} are needed",
    ),
    ("Layanan berakhir .+? tidak dinilai", "Service ended on .+? not judged"),
    (
        "Penilaian lama tidak digabungkan karena hasilnya berbeda \\([^)]+\\)",
        "Older labels were not pooled because they differ \\([^)]+\\)",
    ),
    (
        "(?:Menunggu konfirmasi dasar kebijakan|Tidak terukur, jadi tidak diketahui|Pembanding"
        " lintas batas, hanya disaring dan tidak diaudit|Sudah tutup|Belum ditemukan, tanpa jaminan"
        " bersih|Ada kelompok barang yang perkiraannya di atas nol, belum terkonfirmasi): [^:.]+",
        "(?:Awaiting confirmation of the policy|Not measurable, so not known|Cross-border"
        " reference,"
        " screened and not audited|Closed|None found so far, which does not prove there are none"
        "|In some product group the estimate is above zero and nothing confirmed): [^:.]+",
    ),
)
_PARTS = {
    "share": _SHARE,
    "points": r"[+−-]?\d[\d.,]*",
    "count": _COUNT,
    "cluster": f"(?i:{'|'.join(CLUSTERS)})",
    "clusters": "[^:]+?",
    "since": r"(?:minggu|week) \d+",
} | dict.fromkeys(
    (
        "n",
        "judged",
        "audited",
        "screened",
        "offers",
        "places",
        "sampled",
        "answered",
        "planned",
        "confirmed",
    ),
    _COUNT,
)


def _pattern(sentence: str) -> re.Pattern[str]:
    """A sentence with its ``{parts}`` as groups; unnamed where a part comes twice."""

    def part(match: re.Match[str]) -> str:
        name = match[1]
        words = _PARTS.get(name, ".+?")
        return f"(?:{words})" if name in {"share", "points", "count"} else f"(?P<{name}>{words})"

    filled = re.sub(r"\{([a-z]+)\}", part, sentence)
    return re.compile(rf"(?:{filled})(?:\.|;)?(?=\s|$)\s*")


PATTERNS = {
    lang: [
        *((check, _pattern(sentences[number])) for check, *sentences in SENTENCES),
        *((_unsaid, _pattern(sentences[number])) for sentences in UNSAID),
    ]
    for number, lang in enumerate(LANGUAGES)
}


def failures(text: str, lang: str, place: Place) -> Iterator[str]:
    """What contradicts the truth in a text of one or more sentences, and what nobody can read."""
    rest = text
    while rest:
        matches = [(pattern.match(rest), check) for check, pattern in PATTERNS[lang]]
        match, check = max(
            ((match, check) for match, check in matches if match),
            key=lambda found: found[0].end(),
            default=(None, _unsaid),
        )
        if match is None:
            yield f"{place.platform or 'headline'}: cannot be read: {rest}"
            return
        words = {name: part for name, part in match.groupdict().items() if part is not None}
        cluster = CLUSTERS.get(words.pop("cluster", "").capitalize(), place.cluster)
        at = Place(place.truth, place.week, place.platform, cluster, words)
        if problem := check(at):
            where = " ".join(filter(None, (place.platform or "headline", cluster)))
            yield f"{where}: “{match[0].strip()}”: {problem}"
        rest = rest[match.end() :]


def text_of(node: Selector) -> str:
    """The words that a reader sees."""
    path = ".//text()[not(ancestor::*[@aria-hidden='true'] or ancestor::svg)]"
    return " ".join("".join(node.xpath(path).getall()).split())


def page_failures(page: Path, lang: str, truth: Truth, week: str) -> Iterator[str]:
    """What the headline, the cards, the changes and the evidence of an edition say wrong."""
    document = Selector(page.read_text(encoding="utf-8"))
    for node in document.css(".hero h1, .hero .deck, .hero li"):
        yield from failures(text_of(node), lang, Place(truth, week))
    for card in document.css("article.card"):
        place = Place(truth, week, card.attrib["id"].removeprefix("c-"))
        for node in card.css("h3 .state, h4, .v, p, ul.plain > li"):
            text = text_of(node)
            if node.root.tag == "h4":
                place.cluster = CLUSTERS[text]
            else:
                head, colon, rest = text.partition(": ")
                if node.root.tag == "li" and colon:
                    place.cluster, text = CLUSTERS[head.capitalize()], rest
                yield from failures(text, lang, place)
    yield from _changes_failures(document, truth, week)
    end = "" if lang == "id" else f".{lang}"
    for part in sorted(page.parent.glob(f"offers*{end}.html")):
        for offer in Selector(part.read_text(encoding="utf-8")).css("li.offer"):
            if offer.css(".tag.confirmed"):
                name, kind = map(text_of, offer.css(".tags > span")[:2])
                item_id = text_of(offer.css("dd > code")[0])
                is_used = kind in USED_CLOTHING
                yield from _item_failures(item_id, NAMES[name], truth, [week], is_used)


def _item_failures(
    item_id: str, platform: str, truth: Truth, weeks: Sequence[str], is_used: bool
) -> Iterator[str]:
    """Whether an offer that is called confirmed was in none of the weeks what was asked."""
    kind, cluster = ("forbidden", "used_clothing") if is_used else ("foreign", None)
    if not any(item_id in truth.ids(kind, week, platform, cluster) for week in weeks):
        what = "no imported used clothing" if is_used else "not foreign"
        yield f"{platform} {item_id}: confirmed, and {what}"


def press_failures(page: Path, lang: str, truth: Truth, week: str) -> Iterator[str]:
    """What the headline and the three answers of the minister's page say wrong."""
    for node in Selector(page.read_text(encoding="utf-8")).css("h1, .answers dd > span"):
        yield from failures(text_of(node), lang, Place(truth, week))


def _changes_failures(document: Selector, truth: Truth, week: str) -> Iterator[str]:
    """The table of changes: its entries are exact, its offers no more than the truth has."""
    for row in document.css("#changes table tbody tr"):
        platform = NAMES[text_of(row.css("th")[0])]
        changes = truth.changes(week, platform)
        entries, new, _, relisted, not_seen, gone, *_ = (
            int(re.sub(r"[.,]", "", text_of(cell))) for cell in row.css("td")
        )
        if entries != changes["entries"]:
            yield f"{platform}: {entries} entries in both weeks; there were {changes['entries']}"
        if new + relisted > (most := _most(changes, "new")):
            yield f"{platform}: {new} new and {relisted} relisted of {most}"
        if not_seen > (most := _most(changes, "gone")):
            yield f"{platform}: {not_seen} not seen again of {most}"
        if gone > (off_sale := _most(changes, "off_sale")):
            yield f"{platform}: {gone} confirmed gone; {off_sale} are off sale"


_LIMITS = {
    kind: rf"(?P<name>.+), offers {offers}: (?P<low>\d[\d,]*) to (?P<high>\d[\d,]*) in breach"
    for kind, offers in {
        "new": "seen in no week before",
        "gone": "seen the week before and nowhere now",
    }.items()
}


def limits_held(out: Path) -> Iterator[bool]:
    """Whether the truth lies within the limits of new and of vanished offers that a page prints.

    Read are the pages that ``simulation_failures`` wrote.
    """
    truth = Truth(out / "truth.json")
    for page in sorted((out / "read").glob("*/index.en.html")):
        for node in Selector(page.read_text(encoding="utf-8")).css("#changes ul.limits li"):
            kind, words = next(
                (kind, match)
                for kind, pattern in _LIMITS.items()
                if (match := re.fullmatch(pattern, text_of(node)))
            )
            changes = truth.changes(page.parent.name, NAMES[words["name"]])
            low, high = (int(words[limit].replace(",", "")) for limit in ("low", "high"))
            yield low <= len(changes[kind]) <= high


def letter_failures(page: Path, platform: str, truth: Truth, week: str) -> Iterator[str]:
    """What the tables of a letter say wrong: of verdicts by their words, of offers by their ids.

    A letter names open cases of earlier weeks too. Of those without a mark it says that they accuse
    nobody, so they may be domestic.
    """
    lang = page.suffixes[-2].lstrip(".")
    document = Selector(page.read_text(encoding="utf-8"))
    for row in document.xpath(
        "//tbody/tr[not(@class = 'group') and not(ancestor::section[contains(@class, 'unmarked')])]"
    ):
        head, words = text_of(row.css("th")[0]), text_of(row.css("td")[0])
        if cluster := CLUSTERS.get(head):
            yield from failures(words, lang, Place(truth, week, platform, cluster))
        elif head in USED_CLOTHING:
            if not truth.ids("forbidden", week, platform, "used_clothing"):
                yield f"letter to {platform}: no imported used clothing was shown"
        else:
            is_used = bool(row.xpath("ancestor::section[contains(@class, 'goods')]"))
            yield from _item_failures(head, platform, truth, truth.weeks_to(week), is_used)


def simulation_failures(out: Path) -> Iterator[str]:
    """All that the final editions and letters of a simulation below ``out`` say wrong."""
    truth = Truth(out / "truth.json")
    with Store.open(f"sqlite:///{out / 'home' / 'pantau.db'}") as store:
        for week in store.plans.weeks():
            findings = store.editions.latest(week)
            assert findings, f"{week} has no edition"
            for lang, name in LANGUAGES.items():
                folder = out / "read" / week
                write_edition(findings, folder, lang=lang)
                for failure in page_failures(folder / name, lang, truth, week):
                    yield f"{week} {lang} {failure}"
                for failure in press_failures(folder / press_file(lang), lang, truth, week):
                    yield f"{week} {lang} {failure}"
                for platform in sorted(truth.platforms() - COMPARED):
                    terms = LetterTerms(cases=findings.cases)
                    letter = write_letter(findings, platform, folder, lang, terms=terms)
                    for failure in letter_failures(letter, platform, truth, week):
                        yield f"{week} {lang} {failure}"


def run(
    worlds: Sequence[str] = tuple(World), seeds: int = 12, weeks: int = 1
) -> Iterator[dict[str, Any]]:
    """Sentences that the truth contradicts or nobody can read, by world, over so many seeds.

    ``weeks`` are simulated of each seed, and one more where offers come and go.
    """
    for world in worlds:
        count, held = 0, list[bool]()
        for seed in range(1, seeds + 1):
            with tempfile.TemporaryDirectory() as folder:
                simulation = Simulation(
                    Path(folder), seed=seed, say=lambda line: None, world=World(world)
                )
                simulation.run(weeks + (world == World.churning))
                for failure in simulation_failures(Path(folder)):
                    count += 1
                    sys.stderr.write(f"{world} {seed} {failure}\n")
                held += limits_held(Path(folder))
        yield {
            "name": f"false or unread sentences, {world}",
            "value": count,
            "unit": f"sentences of {seeds} seeds",
            "reference": 0,
            "ratio": None,
        }
        yield {
            "name": f"new and vanished offers within their limits, {world}",
            "value": sum(held) / len(held) if held else None,
            "unit": f"share of {len(held)} limits",
            "reference": 0.93,
            "ratio": None,
        }
