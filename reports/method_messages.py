"""What is said of the method: who looked, what they met, and how often people err."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from functools import cached_property

from monitor.model import (
    AccuracyCard,
    AnnotatorErrors,
    CoverageRow,
    EditionKind,
    ErrorRate,
    ForeignSellers,
    ListWeights,
    ModeCounts,
    PlatformFinding,
    Portion,
)

from .edition_names import EditionNames
from .screening import screening


class MethodMessages(EditionNames):
    """Sentences of the method and the coverage of an edition."""

    @cached_property
    def modes(self) -> ModeCounts:
        """How many of the week's pages of marketplaces each mode observed."""
        counts = (row.modes for row in self.marketplace_coverage if row.modes)
        return sum(counts, start=ModeCounts())

    def refused_platforms(
        self, coverage: Mapping[str, CoverageRow]
    ) -> Iterator[tuple[PlatformFinding, CoverageRow]]:
        """The marketplaces that refused the crawler most of its pages, with what became of them."""
        for platform, total in coverage.items():
            finding = self.platforms.get(platform)
            if finding and finding.role == "marketplace" and total.is_refused:
                yield finding, total

    def access_lines(self, coverage: Mapping[str, CoverageRow]) -> list[str]:
        """What to do about each marketplace that refuses, from the coverage by platform."""
        lines = []
        for finding, total in self.refused_platforms(coverage):
            basis = finding.inspection_basis
            access = self(
                "coverage.access",
                platform=finding.name,
                answered=total.sampled + total.empty,
                planned=total.planned,
                refused=total.refused,
            )
            desk = f"coverage.access_{'desk' if basis else 'undecided'}"
            lines.append(f"{access} {self(desk, basis=basis)}")
        return lines

    def comparison_lines(self) -> list[str]:
        """What both modes saw of the same pages, a platform a sentence."""
        return [
            self(
                "coverage.compared",
                platform=self.platform_name(met.platform),
                n=met.units,
                offers=met.offers,
                share=self.share(met.seen_by_both / met.offers),
                crawler=self.share(met.cross_border.crawler / met.positions.crawler),
                inspector=self.share(met.cross_border.inspector / met.positions.inspector),
            )
            for met in self.findings.compared
        ]

    def annotator_error_lines(self) -> list[str]:
        """The error of annotators as measured by controls, a sentence each: first in what they say
        of sellers, then of used clothing, where that is watched."""
        lines = self._error_lines(self.findings.annotator_errors, "")
        if self.findings.used_clothing_errors or self.used_clothing.cells:
            lines += self._error_lines(self.findings.used_clothing_errors, "_used")
        return lines

    def _error_lines(self, errors: AnnotatorErrors | None, of: str) -> list[str]:
        """The error in the answers to one question; ``of`` ends the keys of its sentences."""
        if errors is None:
            return [self(f"method.controls_none{of}")]
        lines = [self(f"method.controls{of}", n=errors.controls, since=self.week(errors.since))]
        for own in errors.people:
            missed, false_yes = self._error_rate(own.missed), self._error_rate(own.false_yes)
            lines.append(
                self(
                    f"method.own_errors{of}", person=own.person, missed=missed, false_yes=false_yes
                )
            )
        for pair in errors.pairs:
            form = "shared_errors" if pair.correlation is not None else "shared_errors_none"
            first, second = pair.people
            lines.append(
                self(
                    f"method.{form}",
                    first=first,
                    second=second,
                    n=pair.controls,
                    both=pair.both,
                    correlation=self.number(pair.correlation or 0.0, 2),
                    low=self.number(pair.low or 0.0, 2),
                    high=self.number(pair.high or 0.0, 2),
                )
            )
        if errors.false_confirmations is None:
            return [*lines, self(f"method.false_confirmations_none{of}")]
        return [
            *lines,
            self(
                f"method.false_confirmations{of}",
                count=self.number(errors.false_confirmations, 1),
                low=self.number(errors.false_confirmations_low or 0.0, 1),
                high=self.number(errors.false_confirmations_high or 0.0, 1),
            ),
        ]

    def has_accuracy(self) -> bool:
        """Whether the edition says how well the screen tells: a provisional one takes no labels."""
        is_audited = self.findings.edition is not EditionKind.provisional
        return is_audited and self.findings.accuracy is not None

    def accuracy_of(self, platform: str) -> AccuracyCard | None:
        """The card of a platform; None where nothing of a live week was labelled there."""
        cards = self.findings.accuracy or ()
        return next((card for card in cards if card.platform == platform), None)

    def accuracy_lines(self) -> list[str]:
        """How well the screen tells, a sentence a marketplace."""
        lines = []
        for finding in self.findings.platforms if self.has_accuracy() else ():
            if finding.role != "marketplace":
                continue
            card = self.accuracy_of(finding.id)
            if card is None:
                lines.append(self("accuracy.none", platform=finding.name))
                continue
            lines.append(
                self(
                    "accuracy.line",
                    platform=finding.name,
                    number=card.right.number,
                    of=card.right.of,
                    interval=self.interval(card.right.low, card.right.high),
                    passed=card.missed.of,
                    missed=card.missed.number,
                    missed_interval=self.interval(card.missed.low, card.missed.high),
                )
            )
        return lines

    def accuracy_rows(self, card: AccuracyCard) -> list[tuple[str, Portion]]:
        """The shares of a card with their names; those that nothing was counted of left out."""
        names = (
            *("right", "missed", "missed_unknown"),
            *("controls_missed", "controls_false_yes", "unknown"),
        )
        portions = ((name, getattr(card, name)) for name in names)
        return [(self(f"accuracy.{name}"), portion) for name, portion in portions if portion]

    def _error_rate(self, rate: ErrorRate | None) -> str:
        if rate is None:
            return self("method.error_rate_none")
        interval = self.interval(rate.low, rate.high)
        return self("method.error_rate", n=rate.answered, wrong=rate.wrong, interval=interval)

    def weight_lines(self) -> list[str]:
        """How the searches of the list count: alike, or by the query log of each list."""
        weights = self.findings.list_weights
        if weights is None:
            return []
        if not weights:
            return [self("method.weights_alike")]
        logs: dict[tuple[str, date], list[ListWeights]] = {}
        for of_list in weights:
            logs.setdefault((of_list.source, of_list.date), []).append(of_list)
        return [
            self(
                "method.weights_log",
                source=source,
                day=self.day(day),
                platforms=", ".join(
                    dict.fromkeys(self.platform_name(w.name.partition("/")[0]) for w in lists)
                ),
                named=sum(of_list.named for of_list in lists),
                n=sum(of_list.entries for of_list in lists),
            )
            for (source, day), lists in logs.items()
        ]

    def seller_lines(self, platform: str | None = None) -> list[str]:
        """How many foreign sellers there are at least, a platform a sentence, or of one alone.

        Empty in editions made before it was counted.
        """
        return [
            self._seller_line(row)
            for row in self.findings.foreign_sellers
            if platform in (None, row.platform)
        ]

    def _seller_line(self, row: ForeignSellers) -> str:
        name = self.platform_name(row.platform)
        reason = self.note(row.reason) if row.reason else ""
        if row.by_list is None or row.by_category is None or row.both is None:
            return self("method.sellers_unmeasured", platform=name, reason=reason)
        return self(
            "method.sellers_line" if row.low is not None else "method.sellers_unmeasured_met",
            platform=name,
            groups=self.enumeration([self.cluster_name(cluster) for cluster in row.clusters]),
            low=row.low,
            met=row.by_list + row.by_category - row.both,
            list=row.by_list,
            category=row.by_category,
            both=row.both,
            reason=reason,
        )

    def method_steps(self) -> list[str]:
        """The steps from page to number, with this week's counts where there are any."""
        rows, cells, audit = self.marketplace_coverage, self.marketplace_cells, self.findings.audit
        planned, answered = sum(r.planned for r in rows), sum(r.sampled + r.empty for r in rows)
        screen = screening(cells, rows)
        counted = "" if screen.screened is not None else "_uncounted"
        steps = [
            self(f"method.step_plan{'' if rows else '_none'}", planned=planned, answered=answered),
            self(
                f"method.step_screen{counted}",
                places=sum(row.places for row in rows),
                screened=screen.screened,
                n=sum(cell.flagged for cell in cells if cell.primary),
            ),
        ]
        names = ("draw", "label", "estimate")
        if audit is None:
            return steps + [self(f"method.step_{name}_none") for name in names]
        counts = {"n": audit.drawn, "labels": audit.labels, "annotators": audit.annotators}
        return steps + [self(f"method.step_{name}", **counts) for name in names]
