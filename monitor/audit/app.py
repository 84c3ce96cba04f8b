"""The pages: one listing a screen, answered by keyboard, for annotators with a personal link."""

from __future__ import annotations

import hashlib
import hmac
import socket
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from urllib.parse import parse_qs

import jinja2
import uvicorn
from babel.dates import format_timedelta
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from monitor.audit.commodities import NONE, is_none
from monitor.audit.facts import IMAGE_TYPES, EvidenceFacts, evidence_facts, moment
from monitor.audit.guard import Guard, ImpatientProtocol
from monitor.audit.invitations import SESSION_SECONDS, AuditError, Sessions, form_token
from monitor.audit.messages import LANGUAGES, LabelMessages
from monitor.audit.week import LONGEST_NOTE, WeekAudit
from monitor.audit.work import Work
from monitor.labels import agreement
from monitor.model import (
    Answer,
    AuditSample,
    Cluster,
    Label,
    LabelKind,
    Mark,
    SampledListing,
    VersionKey,
)
from monitor.registry import Registry
from monitor.store import Store

HERE = Path(__file__).parent
COOKIE, LANGUAGE = "pantau_audit", "pantau_language"
LANGUAGE_SECONDS = 60 * 60 * 24 * 60
LARGEST_FORM = 16_384
"""Bytes."""
REASONS = ("no_own_page", "no_origin", "contradiction", "unreadable")
INCOMPLETE = (
    "choose_both", "choose_commodity", "decide_need_other", "decide_need_doubter",
    "decide_need_reason",
)  # fmt: skip
"""Refusals after which somebody goes back to the form."""
REFUSALS = {"refused", "forged", *INCOMPLETE}
CLUSTER_KEYS = {
    Cluster.textile_fashion: "T",
    Cluster.food_beverage: "M",
    Cluster.crafts: "K",
    Cluster.other: "L",
    Cluster.unknown: "X",
}


class LabelPages:
    """The endpoints over one week's audit; the evidence is read once, at the start."""

    def __init__(
        self,
        store: Store,
        audit: WeekAudit,
        evidence_folder: Path,
        registry: Registry,
        language: str,
        secure: bool,
        final_release: Callable[[], datetime | None],
    ) -> None:
        self._final_release = final_release
        self._store = store
        self._sessions = Sessions(store)
        self._audit = audit
        self._folder = evidence_folder
        self._platforms = {platform.id: platform.name for platform in registry.platforms.values()}
        self._language = language
        self._secure = secure
        self._listings = page_order(audit.sample)
        numbered = reversed([*enumerate(self._listings)])
        self._numbers = {sampled.key: number for number, sampled in numbered}
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def routes(self) -> list[Route | Mount]:
        """All routes."""
        return [
            Route("/m/{secret}", self.enter),
            Route("/", self.show_next),
            Route("/label", self.label, methods=["POST"]),
            Route("/decide", self.show_dispute),
            Route("/decide", self.decide, methods=["POST"]),
            Route("/answers", self.show_answers),
            Route("/picture/{number:int}", self.screenshot),
            Mount("/static", StaticFiles(directory=HERE / "static")),
        ]

    # --- reading ---------------------------------------------------------------------------

    async def enter(self, request: Request) -> Response:
        """The personal link: begins a session and leads to a page of ours.

        It does not redirect: a cookie of the strict kind is not sent along with a redirect that
        began in somebody's mail.
        """
        begun = self._sessions.begin(request.path_params["secret"])
        if begun is None:
            raise HTTPException(403, "refused")
        annotator, session = begun
        response = self._page(request, "hello.html", {"name": annotator})
        self._set_cookie(response, COOKIE, session, SESSION_SECONDS)
        return response

    async def show_next(self, request: Request) -> Response:
        """The annotator's next listing, or one they labelled before (``?at=NUMBER``)."""
        annotator, session = self._annotator(request)
        work = self._audit.work()
        own_labels = work.labels_by(annotator)
        number = request.query_params.get("at")
        if number is None:
            sampled = work.next_for(annotator, self._annotators())
        else:
            sampled = self._sampled(number)
            if sampled.key not in {label.key for label in own_labels}:
                raise HTTPException(404, "unknown")
        if sampled is None:
            return self._done(request, work, annotator)
        key = sampled.key
        previous = next((label for label in own_labels if label.key == key), None)
        # Going back from a correction leads to the label before it, else to the last one given.
        earlier = own_labels[: own_labels.index(previous)] if previous else own_labels
        context = self._listing_context(request, sampled, work, annotator, session) | {
            "previous": previous,
            "last": own_labels[-1] if own_labels and previous is None else None,
            "back": self._numbers[earlier[-1].key] if earlier else None,
        }
        return self._page(request, "label.html", context)

    async def show_dispute(self, request: Request) -> Response:
        """The next difference between two people, with both answers.

        ``?after=NUMBER`` skips a listing; ``?at=NUMBER`` shows one that the annotator decided.
        """
        annotator, session = self._annotator(request)
        work = self._audit.work()
        disputed, decisions = work.disagreements(), work.decisions_by(annotator)
        number = request.query_params.get("at")
        sampled = self._sampled(number) if number else self._next_dispute(request, disputed)
        if sampled is None:
            return self._done(request, work, annotator, decided=True)
        previous = next((label for label in decisions if label.key == sampled.key), None)
        if number and previous is None:
            raise HTTPException(404, "unknown")
        earlier = decisions[: decisions.index(previous)] if previous else decisions
        latest = {
            label.annotator: label
            for label in work.labels_of(sampled.key)
            if label.kind is not LabelKind.adjudication
        }
        decision = self._audit.label(sampled, annotator, LabelKind.adjudication, Answer.yes)
        context = self._listing_context(request, sampled, work, annotator, session) | {
            "labels": sorted(latest.values(), key=lambda label: label.annotator),
            "dated": True,
            "previous": previous,
            "back": self._numbers[earlier[-1].key] if earlier else None,
            "others_wait": len(disputed) > 1 and previous is None,
            "yes_is_open": work.settles(decision),
            "no_is_open": work.may_strike_out(sampled.key, annotator),
        }
        return self._page(request, "decide.html", context)

    async def show_answers(self, request: Request) -> Response:
        """What the annotator answered and decided this week, newest first, to be corrected.

        Once the final edition is released, controls that they answered wrongly are told.
        """
        annotator, _ = self._annotator(request)
        work = self._audit.work()
        labels = [*work.labels_by(annotator), *work.decisions_by(annotator)]
        messages = self._messages(request)
        context = {
            "name": annotator,
            "progress": work.progress(annotator),
            "wrong_controls": self._wrong_controls(labels),
            "labels": [
                (label, self._numbers[label.key], self._evidence(work.items[label.key], messages))
                for label in sorted(labels, key=lambda label: label.at, reverse=True)
            ],
        }
        return self._page(request, "answers_given.html", context)

    async def screenshot(self, request: Request) -> Response:
        """The kept screenshot of a sampled listing's own page."""
        self._annotator(request)
        sampled = self._sampled(request.path_params["number"])
        path = self._evidence(sampled, self._messages(request)).screenshot
        if path is None:
            raise HTTPException(404, "unknown")
        return FileResponse(path, media_type=f"image/{IMAGE_TYPES[path.suffix.lower()]}")

    # --- writing ---------------------------------------------------------------------------

    async def label(self, request: Request) -> Response:
        """Appends a label; one that is no longer wanted is passed over."""
        annotator, form = await self._form(request)
        sampled = self._sampled(form.get("number", ""))
        work, key = self._audit.work(), sampled.key
        is_given = annotator in work.answers(key)
        if is_given and key in work.controls and self._final_release() is not None:
            raise HTTPException(409, "unknown")
        if is_given or work.wants_label(key, annotator):
            self._append(sampled, annotator, work.kind_for(key, annotator), form)
        return RedirectResponse("/", 303)

    async def decide(self, request: Request) -> Response:
        """Appends a decision, or a correction of the annotator's own.

        Refuses one without a reason (400), and one that would rest on one person alone: a yes that
        nobody else says, or a positive that nobody else doubts (409).
        """
        annotator, form = await self._form(request)
        sampled = self._sampled(form.get("number", ""))
        work, key, kind = self._audit.work(), sampled.key, LabelKind.adjudication
        if work.is_disputed(key) or key in {label.key for label in work.decisions_by(annotator)}:
            answer = _answer(form)
            if answer is not Answer.yes and not work.may_strike_out(key, annotator):
                raise HTTPException(409, "decide_need_doubter")
            if not work.settles(self._audit.label(sampled, annotator, kind, answer)):
                raise HTTPException(409, "decide_need_other")
            if not form.get("note", "").strip():
                raise HTTPException(400, "decide_need_reason")
            self._append(sampled, annotator, kind, form)
        return RedirectResponse("/decide", 303)

    def _append(
        self, sampled: SampledListing, annotator: str, kind: LabelKind, form: Mapping[str, str]
    ) -> None:
        """Stores a label from a form; refuses one without answer, group or commodity, or
        with a mark that there is not (400).
        """
        answer = _answer(form)
        try:
            cluster = Cluster(form.get("cluster", ""))
        except ValueError:
            raise HTTPException(400, "choose_both") from None
        choice = form.get(f"commodity-{cluster.value}", "")
        try:
            category = self._audit.commodities.category(sampled, answer, cluster, choice)
        except ValueError:
            raise HTTPException(400, "choose_commodity") from None
        note = self._note(form, answer)
        try:
            mark = Mark(form["mark"]) if form.get("mark") else None
        except ValueError:
            raise HTTPException(400, "forged") from None
        label = self._audit.label(sampled, annotator, kind, answer, cluster, category, note, mark)
        self._audit.append(label)

    def _note(self, form: Mapping[str, str], answer: Answer) -> str:
        """What somebody wrote; before it the reason chosen where it cannot be told."""
        note = form.get("note", "").strip()[:LONGEST_NOTE]
        messages = LabelMessages(self._language)
        reasons = {reason: messages[f"reasons.{reason}"] for reason in REASONS}
        for earlier in reasons.values():  # of an answer that is being corrected
            note = note.removeprefix(earlier).removeprefix("; ")
        reason = reasons.get(form.get("reason", "")) if answer is Answer.cannot_tell else None
        return "; ".join(filter(None, (reason, note)))

    # --- helpers ---------------------------------------------------------------------------

    def _annotator(self, request: Request) -> tuple[str, str]:
        """Who asks, and their session; refuses everybody else."""
        session = request.cookies.get(COOKIE, "")
        annotator = self._sessions.annotator(session)
        if annotator is None:
            raise HTTPException(403, "refused")
        return annotator, session

    async def _form(self, request: Request) -> tuple[str, Mapping[str, str]]:
        """Who sends a form, and its fields; refuses one that is too long or not of our pages."""
        annotator, session = self._annotator(request)
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > LARGEST_FORM:
                raise HTTPException(413, "forged")
        try:
            fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=20)
        except ValueError:
            raise HTTPException(400, "forged") from None
        form = {field: texts[-1] for field, texts in fields.items()}
        if not hmac.compare_digest(form.get("token", "").encode(), form_token(session).encode()):
            raise HTTPException(403, "forged")
        return annotator, form

    def _wrong_controls(self, labels: Iterable[Label]) -> dict[VersionKey, Answer]:
        """The right answers to the controls that were answered wrongly; none before the release."""
        if self._final_release() is None:
            return {}
        return {
            label.key: control.answer
            for label in labels
            if (control := self._audit.controls.get(label.key))
            and label.cross_border not in {control.answer, Answer.cannot_tell}
        }

    def _sampled(self, number: object) -> SampledListing:
        text = str(number)
        if not text.isdecimal() or not text.isascii() or int(text[:9]) >= len(self._listings):
            raise HTTPException(404, "unknown")
        return self._listings[int(text[:9])]

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
        return [annotator.name for annotator in self._store.annotators.all()]

    def _evidence(self, sampled: SampledListing, messages: LabelMessages) -> EvidenceFacts:
        observation = self._audit.observations[sampled.observation_id]
        visit = self._audit.visits.get(sampled.listing_key)
        platform = self._platforms.get(sampled.platform, sampled.platform)
        return evidence_facts(observation, visit, self._folder, platform, messages)

    def _listing_context(
        self, request: Request, sampled: SampledListing, work: Work, annotator: str, session: str
    ) -> dict[str, object]:
        """What a page with a listing's evidence and a form shows."""
        messages = self._messages(request)
        return {
            "name": annotator,
            "token": form_token(session),
            "number": self._numbers[sampled.key],
            "commodities": self._audit.commodities.choices(sampled, messages.language),
            "progress": work.progress(annotator),
            "evidence": self._evidence(sampled, messages),
            "dated": False,
        }

    def _done(
        self, request: Request, work: Work, annotator: str, *, decided: bool = False
    ) -> Response:
        """The page for somebody for whom nothing is waiting."""
        progress = work.progress(annotator)
        complete = progress.labelled == progress.listings and not progress.waiting
        decisions = work.decisions_by(annotator)
        context = {
            "name": annotator,
            "progress": progress,
            "alpha": agreement(map(work.answers, work.items.keys() - work.controls))
            if complete
            else None,
            "alone": len(self._annotators()) < 2,
            "decided": decided,
            "back": self._numbers[decisions[-1].key] if decisions else None,
        }
        return self._page(request, "done.html", context)

    def _messages(self, request: Request) -> LabelMessages:
        wish = request.query_params.get("lang") or request.cookies.get(LANGUAGE)
        return LabelMessages(wish if wish in LANGUAGES else self._language)

    def _page(
        self, request: Request, template: str, context: Mapping[str, object], status: int = 200
    ) -> Response:
        """A rendered template; a language that was asked for is remembered."""
        messages = self._messages(request)
        html = self._templates.get_template(template).render(
            messages=messages,
            week=self._audit.sample.week,
            answers=list(Answer),
            clusters=CLUSTER_KEYS,
            reasons=REASONS,
            marks=list(Mark),
            none_of_these=NONE,
            incomplete=INCOMPLETE,
            commodity=partial(self._commodity, messages),
            duration=partial(_duration, messages),
            moment=partial(moment, messages=messages),
            path=request.url.path,
            **context,
        )
        response = HTMLResponse(html, status)
        if request.query_params.get("lang") in LANGUAGES:
            self._set_cookie(response, LANGUAGE, messages.language, LANGUAGE_SECONDS)
        return response

    def _commodity(self, messages: LabelMessages, category: str) -> str:
        if is_none(category):
            return messages["commodity_none"]
        return self._audit.commodities.title(category, messages.language)

    def _set_cookie(self, response: Response, name: str, content: str, seconds: int) -> None:
        response.set_cookie(
            name, content, seconds, secure=self._secure, httponly=True, samesite="strict"
        )

    async def refuse(self, request: Request, error: Exception) -> Response:
        """An error as a page; its detail names the message."""
        assert isinstance(error, HTTPException)
        reason = error.detail if error.detail in REFUSALS else "unknown"
        context = {"reason": reason, "name": None}
        return self._page(request, "refused.html", context, error.status_code)


def _duration(messages: LabelMessages, seconds: float) -> str:
    """A time in words, in whole minutes or hours: ``12 menit``."""
    length = timedelta(minutes=max(1, round(seconds / 60)))
    return format_timedelta(length, "minute", threshold=2, locale=messages.language)


def page_order(sample: AuditSample) -> list[SampledListing]:
    """The sampled listings as addresses number them, in another order than they are labelled in.

    Else the number would tell an annotator a listing that a colleague began with.
    """

    def digest(sampled: SampledListing) -> str:
        text = "/".join((sample.sha256, "page", *sampled.key))
        return hashlib.sha256(text.encode()).hexdigest()

    return sorted(sample.listings, key=digest)


def _answer(form: Mapping[str, str]) -> Answer:
    try:
        return Answer(form.get("answer", ""))
    except ValueError:
        raise HTTPException(400, "choose_both") from None


def create_app(
    store: Store,
    week: str,
    evidence_folder: Path,
    registry: Registry,
    *,
    hosts: Collection[str] = ("127.0.0.1", "localhost", "[::1]"),
    language: str = "id",
    secure: bool = False,
    final_release: Callable[[], datetime | None] = lambda: None,
) -> Starlette:
    """The application for a week's audit; raises ``PantauError`` where there is none as drawn.

    ``registry`` gives the platforms' names and the policies that name commodities; ``hosts`` the
    names under which the pages may be asked for; ``secure`` is for cookies behind HTTPS.
    ``final_release`` says when the week's final edition was released, None where it was not yet.
    """
    audit = WeekAudit(store, registry, week)
    pages = LabelPages(store, audit, evidence_folder, registry, language, secure, final_release)
    return Starlette(
        routes=pages.routes(),
        middleware=[Middleware(Guard), Middleware(TrustedHostMiddleware, allowed_hosts=[*hosts])],
        exception_handlers={HTTPException: pages.refuse},
    )


def serve(
    store: Store,
    week: str,
    evidence_folder: Path,
    registry: Registry,
    *,
    host: str = "127.0.0.1",
    port: int = 8765,
    names: Collection[str] = (),
    language: str = "id",
    secure: bool = False,
    final_release: Callable[[], datetime | None] = lambda: None,
    when_open: Callable[[str], None] = lambda address: None,
) -> None:
    """Serves the pages until interrupted, on loopback unless told otherwise.

    ``names`` are further host names to answer to, such as that of a proxy in front. ``when_open``
    is called with the pages' address once connections are accepted there. Raises ``PantauError``
    where there is no audit as drawn, or where nothing can listen at ``host`` and ``port``.
    """
    address = f"[{host}]" if ":" in host else host
    hosts = {"127.0.0.1", "localhost", "[::1]", address, *names}
    app = create_app(
        store,
        week,
        evidence_folder,
        registry,
        hosts=hosts,
        language=language,
        secure=secure,
        final_release=final_release,
    )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family)
    except OSError as error:
        raise AuditError(
            f"{address}:{port}: cannot listen there ({error.strerror}); choose another --port"
        ) from error
    with listener:
        when_open(f"http://{address}:{listener.getsockname()[1]}/")
        settings = uvicorn.Config(
            app, http=ImpatientProtocol, ws="none", log_level="warning", server_header=False
        )
        uvicorn.Server(settings).run(sockets=[listener])
