"""The labelling room: one listing a screen, answered by keyboard."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from monitor.labels import agreement
from monitor.model import (
    Answer,
    AuditSample,
    Cluster,
    Label,
    LabelKey,
    LabelKind,
    Mark,
    Question,
    Role,
    SampledListing,
)
from monitor.registry import Registry
from monitor.web.audit.commodities import NONE, is_none
from monitor.web.audit.facts import IMAGE_TYPES, EvidenceFacts, evidence_facts, moment
from monitor.web.audit.week import WeekAudit
from monitor.web.audit.work import Work
from monitor.web.invitations import Visitor, form_token
from monitor.web.messages import PageMessages, duration
from monitor.web.site import ROOMS, Site

HOME = ROOMS[Role.annotator]
REASONS = {
    Question.cross_border: ("no_own_page", "no_origin", "contradiction", "unreadable"),
    Question.used_clothing: ("no_own_page", "no_condition", "contradiction", "unreadable"),
}
"""Why it cannot be told, by what was asked."""
EXAMPLES = {
    Question.cross_border: tuple(
        f"examples_of.{name}"
        for name in ("abroad", "imported", "title", "name", "differs", "silent")
    ),
    Question.used_clothing: tuple(
        f"used_examples.{name}" for name in ("bale", "private", "style", "word", "seller", "silent")
    ),
}
INCOMPLETE = (
    "choose_both", "choose_commodity", "decide_need_other", "decide_need_doubter",
    "decide_need_reason",
)  # fmt: skip
"""Refusals after which somebody goes back to the form."""
CLUSTER_KEYS = {
    Cluster.textile_fashion: "T",
    Cluster.food_beverage: "M",
    Cluster.crafts: "K",
    Cluster.other: "L",
    Cluster.unknown: "X",
}


class DrawnWeek(NamedTuple):
    """A week's audit, its listings in the order of their addresses, and their numbers there."""

    audit: WeekAudit
    listings: list[SampledListing]
    numbers: dict[LabelKey, int]


class LabelPages:
    """The endpoints over the audit of a week; its evidence is read once, when first asked for.

    ``week`` says which week is audited now, ``final_release`` when the final edition of a week was
    released, None where it was not yet.
    """

    role = Role.annotator
    refusals = frozenset(INCOMPLETE)

    def __init__(
        self,
        site: Site,
        registry: Registry,
        evidence_folder: Path,
        week: Callable[[], str],
        final_release: Callable[[str], datetime | None] = lambda week: None,
    ) -> None:
        self._site = site
        self._registry = registry
        self._folder = evidence_folder
        self._week = week
        self._final_release = final_release
        self._platforms = {platform.id: platform.name for platform in registry.platforms.values()}
        self._drawn: DrawnWeek | None = None

    def routes(self) -> Sequence[BaseRoute]:
        """All routes."""
        return [
            Route("/", self.show_next),
            Route("/label", self.label, methods=["POST"]),
            Route("/decide", self.show_dispute),
            Route("/decide", self.decide, methods=["POST"]),
            Route("/answers", self.show_answers),
            Route("/picture/{number:int}", self.screenshot),
        ]

    def drawn(self) -> DrawnWeek:
        """The week's audit; raises ``PantauError`` where there is none as drawn."""
        week = self._week()
        if self._drawn is None or self._drawn.audit.sample.week != week:
            audit = WeekAudit(self._site.store, self._registry, week)
            listings = page_order(audit.sample)
            numbered = reversed([*enumerate(listings)])
            numbers = {sampled.label_key: number for number, sampled in numbered}
            self._drawn = DrawnWeek(audit, listings, numbers)
        return self._drawn

    @property
    def _audit(self) -> WeekAudit:
        return self.drawn().audit

    @property
    def _numbers(self) -> dict[LabelKey, int]:
        return self.drawn().numbers

    # --- reading ---------------------------------------------------------------------------

    async def show_next(self, request: Request) -> Response:
        """The annotator's next listing, or one they labelled before (``?at=NUMBER``)."""
        visitor = self._site.visitor(request, self.role)
        annotator = visitor.name
        work = self._audit.work()
        own_labels = work.labels_by(annotator)
        number = request.query_params.get("at")
        if number is None:
            sampled = work.next_for(annotator, self._annotators())
        else:
            sampled = self._sampled(number)
            if sampled.label_key not in {label.key for label in own_labels}:
                raise HTTPException(404, "unknown")
        if sampled is None:
            return self._done(request, work, visitor)
        key = sampled.label_key
        previous = next((label for label in own_labels if label.key == key), None)
        # Going back from a correction leads to the label before it, else to the last one given.
        earlier = own_labels[: own_labels.index(previous)] if previous else own_labels
        context = self._listing_context(request, sampled, work, visitor) | {
            "previous": previous,
            "last": own_labels[-1] if own_labels and previous is None else None,
            "back": self._numbers[earlier[-1].key] if earlier else None,
        }
        return self._page(request, "audit/label.html", context, visitor)

    async def show_dispute(self, request: Request) -> Response:
        """The next difference between two people, with both answers.

        ``?after=NUMBER`` skips a listing; ``?at=NUMBER`` shows one that the annotator decided.
        """
        visitor = self._site.visitor(request, self.role)
        annotator = visitor.name
        work = self._audit.work()
        disputed, decisions = work.disagreements(), work.decisions_by(annotator)
        number = request.query_params.get("at")
        sampled = self._sampled(number) if number else self._next_dispute(request, disputed)
        if sampled is None:
            return self._done(request, work, visitor, decided=True)
        previous = next((label for label in decisions if label.key == sampled.label_key), None)
        if number and previous is None:
            raise HTTPException(404, "unknown")
        earlier = decisions[: decisions.index(previous)] if previous else decisions
        latest = {
            label.annotator: label
            for label in work.labels_of(sampled.label_key)
            if label.kind is not LabelKind.adjudication
        }
        decision = self._audit.label(sampled, annotator, LabelKind.adjudication, Answer.yes)
        context = self._listing_context(request, sampled, work, visitor) | {
            "labels": sorted(latest.values(), key=lambda label: label.annotator),
            "dated": True,
            "previous": previous,
            "back": self._numbers[earlier[-1].key] if earlier else None,
            "others_wait": len(disputed) > 1 and previous is None,
            "yes_is_open": work.settles(decision),
            "no_is_open": work.may_strike_out(sampled.label_key, annotator),
        }
        return self._page(request, "audit/decide.html", context, visitor)

    async def show_answers(self, request: Request) -> Response:
        """What the annotator answered and decided this week, newest first, to be corrected.

        Once the final edition is released, controls that they answered wrongly are told.
        """
        visitor = self._site.visitor(request, self.role)
        annotator = visitor.name
        work = self._audit.work()
        labels = [*work.labels_by(annotator), *work.decisions_by(annotator)]
        messages = self._site.messages(request)
        context = {
            "progress": work.progress(annotator),
            "wrong_controls": self._wrong_controls(labels),
            "labels": [
                (label, self._numbers[label.key], self._evidence(work.items[label.key], messages))
                for label in sorted(labels, key=lambda label: label.at, reverse=True)
            ],
        }
        return self._page(request, "audit/answers_given.html", context, visitor)

    async def screenshot(self, request: Request) -> Response:
        """The kept screenshot of a sampled listing's own page."""
        self._site.visitor(request, self.role)
        sampled = self._sampled(request.path_params["number"])
        path = self._evidence(sampled, self._site.messages(request)).screenshot
        if path is None:
            raise HTTPException(404, "unknown")
        return FileResponse(path, media_type=f"image/{IMAGE_TYPES[path.suffix.lower()]}")

    # --- writing ---------------------------------------------------------------------------

    async def label(self, request: Request) -> Response:
        """Appends a label; one that is no longer wanted is passed over."""
        annotator, form = await self._form(request)
        sampled = self._sampled(form.get("number", ""))
        work, key = self._audit.work(), sampled.label_key
        is_given = annotator in work.answers(key)
        if (
            is_given
            and key in work.controls
            and self._final_release(self._audit.sample.week) is not None
        ):
            raise HTTPException(409, "unknown")
        if is_given or work.wants_label(key, annotator):
            self._append(sampled, annotator, work.kind_for(key, annotator), form)
        return RedirectResponse(HOME, 303)

    async def decide(self, request: Request) -> Response:
        """Appends a decision, or a correction of the annotator's own.

        Refuses one without a reason (400), and one that would rest on one person alone: a yes that
        nobody else says, or a positive that nobody else doubts (409).
        """
        annotator, form = await self._form(request)
        sampled = self._sampled(form.get("number", ""))
        work, key, kind = self._audit.work(), sampled.label_key, LabelKind.adjudication
        if work.is_disputed(key) or key in {label.key for label in work.decisions_by(annotator)}:
            answer = _answer(form)
            if answer is not Answer.yes and not work.may_strike_out(key, annotator):
                raise HTTPException(409, "decide_need_doubter")
            if not work.settles(self._audit.label(sampled, annotator, kind, answer)):
                raise HTTPException(409, "decide_need_other")
            if not form.get("note", "").strip():
                raise HTTPException(400, "decide_need_reason")
            self._append(sampled, annotator, kind, form)
        return RedirectResponse(f"{HOME}decide", 303)

    def _append(
        self, sampled: SampledListing, annotator: str, kind: LabelKind, form: Mapping[str, str]
    ) -> None:
        """Stores a label from a form; refuses one without answer, group or commodity, or
        with a mark that there is not (400).
        """
        answer = _answer(form)
        try:
            asks_seller = sampled.question is Question.cross_border
            cluster = Cluster(form.get("cluster", "")) if asks_seller else None
        except ValueError:
            raise HTTPException(400, "choose_both") from None
        choice = form.get(f"commodity-{cluster.value}", "") if cluster else ""
        try:
            category = self._audit.commodities.category(sampled, answer, cluster, choice)
        except ValueError:
            raise HTTPException(400, "choose_commodity") from None
        note = self._note(form, answer, sampled.question)
        mark = _mark(form, sampled.question)
        label = self._audit.label(sampled, annotator, kind, answer, cluster, category, note, mark)
        self._audit.append(label)

    def _note(self, form: Mapping[str, str], answer: Answer, question: Question) -> str:
        """What somebody wrote; before it the reason chosen where it cannot be told."""
        note = form.get("note", "").strip()
        messages = PageMessages(self._site.language)
        reasons = {
            reason: asked(messages, question, f"reasons.{reason}") for reason in REASONS[question]
        }
        for earlier in reasons.values():  # of an answer that is being corrected
            note = note.removeprefix(earlier).removeprefix("; ")
        reason = reasons.get(form.get("reason", "")) if answer is Answer.cannot_tell else None
        return "; ".join(filter(None, (reason, note)))

    # --- helpers ---------------------------------------------------------------------------

    async def _form(self, request: Request) -> tuple[str, Mapping[str, str]]:
        """Who sends a form about this week's audit, and its fields."""
        visitor, form = await self._site.form(request, self.role, self._audit.sample.week)
        return visitor.name, form

    def _wrong_controls(self, labels: Iterable[Label]) -> dict[LabelKey, Answer]:
        """The right answers to the controls that were answered wrongly; none before the release."""
        if self._final_release(self._audit.sample.week) is None:
            return {}
        return {
            label.key: control.answer
            for label in labels
            if (control := self._audit.controls.get(label.key))
            and label.answer not in {control.answer, Answer.cannot_tell}
        }

    def _sampled(self, number: object) -> SampledListing:
        text, listings = str(number), self.drawn().listings
        if not text.isdecimal() or not text.isascii() or int(text[:9]) >= len(listings):
            raise HTTPException(404, "unknown")
        return listings[int(text[:9])]

    def _next_dispute(
        self, request: Request, disputed: Sequence[SampledListing]
    ) -> SampledListing | None:
        """The disputed listing after the one that is skipped, the first one after the last."""
        skipped = request.query_params.get("after")
        if not skipped or not disputed:
            return next(iter(disputed), None)
        order = self._audit.sample.listings
        place = order.index(self._sampled(skipped))
        later = [d for d in disputed if order.index(d) > place]
        return (later or disputed)[0]

    def _annotators(self) -> list[str]:
        return [annotator.name for annotator in self._site.store.annotators.all()]

    def _evidence(self, sampled: SampledListing, messages: PageMessages) -> EvidenceFacts:
        observation = self._audit.observations[sampled.observation_id]
        visit = self._audit.visits.get(sampled.listing_key)
        platform = self._platforms.get(sampled.platform, sampled.platform)
        return evidence_facts(observation, visit, self._folder, platform, messages)

    def _listing_context(
        self, request: Request, sampled: SampledListing, work: Work, visitor: Visitor
    ) -> dict[str, object]:
        """What a page with a listing's evidence and a form shows."""
        messages = self._site.messages(request)
        return {
            "token": form_token(visitor.session, self._audit.sample.week),
            "number": self._numbers[sampled.label_key],
            "asked": partial(asked, messages, sampled.question),
            "reasons": REASONS[sampled.question],
            "marks": Mark.of(sampled.question),
            "examples": EXAMPLES[sampled.question],
            "clusters": CLUSTER_KEYS if sampled.question is Question.cross_border else {},
            "commodities": self._audit.commodities.choices(sampled, messages.language),
            "progress": work.progress(visitor.name),
            "evidence": self._evidence(sampled, messages),
            "dated": False,
        }

    def _done(
        self, request: Request, work: Work, visitor: Visitor, *, decided: bool = False
    ) -> Response:
        """The page for somebody for whom nothing is waiting."""
        progress = work.progress(visitor.name)
        complete = progress.labelled == progress.listings and not progress.waiting
        decisions = work.decisions_by(visitor.name)
        context = {
            "progress": progress,
            "alpha": agreement(
                work.answers(key)
                for key in work.items.keys() - work.controls
                if key.question is Question.cross_border
            )
            if complete
            else None,
            "alone": len(self._annotators()) < 2,
            "decided": decided,
            "back": self._numbers[decisions[-1].key] if decisions else None,
        }
        return self._page(request, "audit/done.html", context, visitor)

    def _page(
        self, request: Request, template: str, context: Mapping[str, object], visitor: Visitor
    ) -> Response:
        messages = self._site.messages(request)
        week = {
            "week": self._audit.sample.week,
            "answers": list(Answer),
            "none_of_these": NONE,
            "commodity": partial(self._commodity, messages),
            "duration": partial(duration, messages),
            "moment": partial(moment, messages=messages),
        }
        return self._site.page(request, template, week | {**context}, visitor=visitor)

    def _commodity(self, messages: PageMessages, category: str) -> str:
        if is_none(category):
            return messages["commodity_none"]
        return self._audit.commodities.title(category, messages.language)


def page_order(sample: AuditSample) -> list[SampledListing]:
    """The sampled listings as addresses number them, in another order than they are labelled in.

    Else the number would tell an annotator a listing that a colleague began with.
    """

    def digest(sampled: SampledListing) -> str:
        text = "/".join((sample.sha256, "page", *sampled.label_key.names))
        return hashlib.sha256(text.encode()).hexdigest()

    return sorted(sample.listings, key=digest)


def asked(messages: PageMessages, question: Question, key: str) -> str:
    """A text of the form in the words of what is asked."""
    own_words = f"{question.value}.{key.rpartition('.')[2]}"
    return messages[own_words if own_words in messages else key]


def _mark(form: Mapping[str, str], question: Question) -> Mark | None:
    """The mark that a form notes; refuses one that is none of the question's (400)."""
    text = form.get("mark")
    if not text:
        return None
    if text not in Mark.of(question):
        raise HTTPException(400, "forged")
    return Mark(text)


def _answer(form: Mapping[str, str]) -> Answer:
    try:
        return Answer(form.get("answer", ""))
    except ValueError:
        raise HTTPException(400, "choose_both") from None
