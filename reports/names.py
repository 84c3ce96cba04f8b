"""What things are called: platforms, policies, categories, weeks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from monitor.model import Findings, Policy

from .words import Words


def shorten(text: object, limit: int = 300) -> str:
    """A text for display: one line, no control characters, at most ``limit`` characters."""
    given = str(text or "")
    plain = given[: limit + 1]
    if not plain.isprintable():
        plain = "".join(one if one.isprintable() else " " for one in plain)
    return plain.strip() if len(given) <= limit else f"{plain[: limit - 1].strip()}…"


class Names:
    """Names of one edition in one language."""

    def __init__(self, findings: Findings, words: Words) -> None:
        self.findings = findings
        self.words = words
        self.policies: Mapping[str, Policy] = {policy.id: policy for policy in findings.policies}
        self.platforms = {one.id: one.name for one in findings.platforms}

    def platform_name(self, platform: str) -> str:
        return self.platforms.get(platform, platform)

    def platform_names(self, platforms: Iterable[str]) -> str:
        return ", ".join(self.platform_name(platform) for platform in platforms)

    def policy_known(self, policy: str) -> bool:
        return policy in self.policies

    def policy_title(self, policy: str) -> str:
        known = self.policies.get(policy)
        return self.words.text(known.title) if known else policy

    def category_name(self, category: str) -> str:
        title = self.findings.categories.get(category)
        return self.words.text(title) if title else category.replace("_", " ").replace("-", " ")

    def category_names(self, categories: Iterable[str]) -> str:
        return ", ".join(self.category_name(category) for category in categories)

    def week_short(self, week: str) -> str:
        key = "week_short" if week[:4] == self.findings.week[:4] else "week_other_year"
        return self.words(f"unit.{key}", number=str(int(week[6:])), year=week[:4])

    def week_name(self) -> str:
        week = self.findings.week
        return self.words("unit.week_number", number=str(int(week[6:])), year=week[:4])

    def policy_platforms(self, policy: Policy) -> str:
        return self.platform_names(policy.platforms) or self.words("promise.platform_any")

    def policy_goods(self, policy: Policy) -> str:
        clusters = ", ".join(self.words(f"cluster.{cluster}") for cluster in policy.clusters)
        goods = "; ".join(filter(None, (clusters, self.category_names(policy.categories))))
        return goods or self.words("promise.all_goods")

    def period(self, policy: Policy) -> str:
        if policy.from_ is None:
            return self.words("promise.period_unknown")
        start = self.words.day(policy.from_)
        if policy.until is None:
            return self.words("promise.period_from", start=start)
        return self.words("promise.period_between", start=start, end=self.words.day(policy.until))

    def basis(self, policy: Policy) -> str:
        """How well the policy is documented and whether it may be held against a platform."""
        known = self.words(f"verification.{policy.verification}")
        if policy.confirmed_by:
            who, day = policy.confirmed_by, self.words.day(policy.confirmed_on)
            return f"{known}; {self.words('promise.confirmed_by', who=who, day=day)}"
        return known if policy.may_accuse else f"{known}; {self.words('promise.unconfirmed')}"
