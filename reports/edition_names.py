"""What an edition's platforms, policies, goods and weeks are called."""

from __future__ import annotations

from collections.abc import Iterable

from monitor.model import (
    Cell,
    Cluster,
    CoverageRow,
    Findings,
    Policy,
    PolicyKind,
    Question,
    Verdict,
)

from .messages import Messages


class EditionNames(Messages):
    """The names that occur in one edition, in one language.

    ``findings`` are those of foreign sellers, of which all sums are made; ``used_clothing`` has the
    cells of that question, which stand apart.
    """

    def __init__(self, findings: Findings, lang: str) -> None:
        super().__init__(lang)
        self.findings = findings.of(Question.cross_border)
        self.used_clothing = findings.of(Question.used_clothing)
        self.policies = {policy.id: policy for policy in findings.policies}
        self.platforms = {platform.id: platform for platform in findings.platforms}

    def is_reference(self, platform: str) -> bool:
        """Whether marketplaces are only compared with a platform, so that no sum counts it."""
        return platform in self.platforms and self.platforms[platform].is_reference

    @property
    def marketplace_cells(self) -> list[Cell]:
        """The cells that a sum may count."""
        return [cell for cell in self.findings.cells if not self.is_reference(cell.platform)]

    @property
    def marketplace_coverage(self) -> list[CoverageRow]:
        """The rows of coverage that a sum may count."""
        return [row for row in self.findings.coverage if not self.is_reference(row.platform)]

    def platform_name(self, platform: str) -> str:
        """The name of a platform, or its id where the edition does not list it."""
        return self.platforms[platform].name if platform in self.platforms else platform

    def platform_names(self, platforms: Iterable[str]) -> str:
        """The names of platforms, with commas."""
        return ", ".join(self.platform_name(platform) for platform in platforms)

    def policy_title(self, policy: str) -> str:
        """The title of a policy, or its id where the edition does not list it."""
        return self.text(self.policies[policy].title) if policy in self.policies else policy

    def category_name(self, category: str) -> str:
        """The registry's title of a category, or its id with spaces."""
        title = self.findings.categories.get(category)
        return self.text(title) if title else category.replace("_", " ").replace("-", " ")

    def category_names(self, categories: Iterable[str]) -> str:
        """The titles of categories, with commas."""
        return ", ".join(self.category_name(category) for category in categories)

    def cluster_name(self, cluster: Cluster | None) -> str:
        """The name of a product group; None is all of them."""
        return self(f"cluster.{cluster}" if cluster else "indicator.all_clusters")

    def verdict_name(self, verdict: Verdict, policy_id: str) -> str:
        """A verdict's name: a promise is kept or not, a regulation obeyed or not."""
        if verdict not in {Verdict.non_compliant, Verdict.compliant}:
            return self(f"verdict.{verdict}")
        policy = self.policies.get(policy_id)
        promise = policy is not None and policy.kind is PolicyKind.promise
        return self(f"verdict.{verdict}_{'promise' if promise else 'regulation'}")

    def legend_text(self, verdict: Verdict) -> str:
        """The names of a verdict, for promises and for regulations where they differ."""
        if f"verdict.{verdict}" in self:
            return self(f"verdict.{verdict}")
        kinds = ("promise", "regulation")
        return " / ".join(self(f"verdict.{verdict}_{kind}") for kind in kinds)

    def week_short(self, week: str) -> str:
        """``week 46``, with the year where it is not the edition's."""
        key = "week_short" if week[:4] == self.findings.week[:4] else "week_other_year"
        return self(f"unit.{key}", number=str(int(week[6:])), year=week[:4])

    def week_name(self) -> str:
        """The edition's week with its year."""
        week = self.findings.week
        return self("unit.week_number", number=str(int(week[6:])), year=week[:4])

    def policy_platforms(self, policy: Policy) -> str:
        """The platforms that a policy binds."""
        return self.platform_names(policy.platforms) or self("promise.platform_any")

    def policy_goods(self, policy: Policy) -> str:
        """The goods that a policy covers: a kind, product groups, categories, or all."""
        if policy.prohibited is not None:
            return self(f"promise.goods_{policy.prohibited}")
        if not policy.goods_known:
            return self("promise.goods_unlisted")
        names = [self.cluster_name(cluster) for cluster in policy.clusters]
        clusters = self.enumeration(names[:1] + [name.lower() for name in names[1:]])
        goods = "; ".join(filter(None, (clusters, self.category_names(policy.categories))))
        return goods or self("promise.all_goods")

    def period(self, policy: Policy) -> str:
        """From when until when a policy is in force."""
        if policy.from_ is None:
            return self("promise.period_unknown")
        start = self.day(policy.from_)
        if policy.until is None:
            return self("promise.period_from", start=start)
        return self("promise.period_between", start=start, end=self.day(policy.until))

    def basis(self, policy: Policy) -> str:
        """How well the policy is documented and whether it may be held against a platform."""
        verification = self(f"verification.{policy.verification}")
        if policy.confirmed_by:
            day = self.day(policy.confirmed_on)
            confirmation = self("promise.confirmed_by", who=policy.confirmed_by, day=day)
            return f"{verification}; {confirmation}"
        if policy.may_accuse:
            return verification
        return f"{verification}; {self('promise.unconfirmed')}"
