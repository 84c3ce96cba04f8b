"""The pages: one listing a screen, answered by keyboard, for annotators with a personal link."""

from __future__ import annotations

import hmac
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from urllib.parse import parse_qs

import jinja2
import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from monitor.audit.commodities import NONE, Choice, Commodities, is_none
from monitor.audit.drawn import drawn
from monitor.audit.facts import PICTURES, Evidence, evidence
from monitor.audit.guard import Guard
from monitor.audit.invitations import annotator_of, form_token
from monitor.audit.words import LANGUAGES, Words
from monitor.audit.work import Work
from monitor.labels import Key, agreement, label_key
from monitor.model import Answer, AuditSample, Cluster, Label, LabelKind, SampledListing
from monitor.registry import Registry
from monitor.store import Store

HERE = Path(__file__).parent
COOKIE, LANGUAGE = "pantau_audit", "pantau_language"
LARGEST_FORM = 16_384
LONGEST_NOTE = 500
REASONS = ("no_own_page", "no_origin", "contradiction", "unreadable")
SAID = {"refused", "forged", "choose_both", "choose_commodity", "decide_need_other"}
CLUSTER_KEYS = {
    Cluster.textile_fashion: "T",
    Cluster.food_beverage: "M",
    Cluster.crafts: "K",
    Cluster.other: "L",
    Cluster.unknown: "X",
}


class Pages:
    """The endpoints over one store and one week's draw; the evidence is read once, at the start."""

    def __init__(
        self,
        store: Store,
        draw: AuditSample,
        evidence_folder: Path,
        registry: Registry,
        language: str,
        secure: bool,
    ) -> None:
        self._store = store
        self._draw = draw
        self._folder = evidence_folder
        self._platforms = {one.id: one.name for one in registry.platforms.values()}
        self._language = language
        self._secure = secure
        wanted = {item.observation_id for item in draw.items}
        self._seen = {
            seen.id: seen for seen in store.screens.of_week(draw.week) if seen.id in wanted
        }
        self._commodities = Commodities(registry, self._seen)
        self._visits = {(v.platform, v.item_id): v for v in store.visits.of_week(draw.week)}
        self._earlier = store.labels.carried_into(draw.week)
        self._numbers = {label_key(item): n for n, item in reversed([*enumerate(draw.items)])}
        loader = jinja2.FileSystemLoader(HERE / "templates")
        self._templates = jinja2.Environment(
            loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True,
            lstrip_blocks=True,
        )  # fmt: skip

    def routes(self) -> list[Route | Mount]:
        """All routes."""
        return [
            Route("/m/{secret}", self.enter),
            Route("/", self.look),
            Route("/label", self.label, methods=["POST"]),
            Route("/decide", self.decide),
            Route("/decide", self.settle, methods=["POST"]),
            Route("/picture/{number:int}", self.picture),
            Mount("/static", StaticFiles(directory=HERE / "static")),
        ]

    # --- reading ---------------------------------------------------------------------------

    async def enter(self, request: Request) -> Response:
        """The personal link: remembers its secret and leads to a page of ours.

        It does not redirect: a cookie of the strict kind is not sent along with a redirect that
        began in somebody's mail.
        """
        secret = request.path_params["secret"]
        name = annotator_of(self._store, secret)
        if name is None:
            raise HTTPException(403, "refused")
        answer = self._page(request, "hello.html", name=name)
        self._remember(answer, COOKIE, secret)
        return answer

    async def look(self, request: Request) -> Response:
        """The next listing, or one looked at before (``?at=NUMBER``)."""
        name, secret = self._who(request)
        work = self._work()
        own = work.mine(name)
        at = request.query_params.get("at")
        if at is None:
            item = work.next_for(name, self._people())
        else:
            item = self._item(at)
            if label_key(item) not in {label_key(label) for label in own}:
                raise HTTPException(404, "unknown")
        if item is None:
            return self._done(request, work, name)
        key = label_key(item)
        previous = next((label for label in own if label_key(label) == key), None)
        before = own[own.index(previous) - 1 :] if previous else own[-1:]
        back = before[0] if before and before[0] != previous else None
        return self._page(
            request,
            "look.html",
            name=name,
            token=form_token(secret),
            number=self._numbers[key],
            previous=previous,
            last=own[-1] if own and previous is None else None,
            back=self._numbers[label_key(back)] if back else None,
            commodities=self._choices(request, item),
            progress=work.progress(name),
            evidence=self._shown(request, item),
        )

    async def decide(self, request: Request) -> Response:
        """The next difference between two people, with both answers."""
        name, secret = self._who(request)
        work = self._work()
        disputed = work.disagreements()
        if not disputed:
            return self._page(
                request, "done.html", name=name, progress=work.progress(name), alpha=None,
                alone=False, decided=True,
            )  # fmt: skip
        item = disputed[0]
        key = label_key(item)
        latest = {label.annotator: label for label in work.of(key)}
        yes_is_open = work.settles(self._label(item, name, LabelKind.adjudication, Answer.yes))
        return self._page(
            request,
            "decide.html",
            name=name,
            token=form_token(secret),
            number=self._numbers[key],
            looks=sorted(latest.values(), key=lambda label: label.annotator),
            yes_is_open=yes_is_open,
            commodities=self._choices(request, item),
            progress=work.progress(name),
            evidence=self._shown(request, item),
        )

    async def picture(self, request: Request) -> Response:
        """The kept screenshot of a drawn listing's own page."""
        self._who(request)
        item = self._item(request.path_params["number"])
        found = self._shown(request, item).picture
        if found is None:
            raise HTTPException(404, "unknown")
        return FileResponse(found, media_type=PICTURES[found.suffix.lower()])

    # --- writing ---------------------------------------------------------------------------

    async def label(self, request: Request) -> Response:
        """Appends a look."""
        name, form = await self._form(request)
        item = self._item(form.get("number", ""))
        work, key = self._work(), label_key(item)
        if name not in work.looks(key) and not work.wants_look(key, name):
            return RedirectResponse("/", 303)
        self._append(item, name, work.kind_for(key, name), form)
        return RedirectResponse("/", 303)

    async def settle(self, request: Request) -> Response:
        """Appends a decision; a yes that would rest on one person alone is refused."""
        name, form = await self._form(request)
        item = self._item(form.get("number", ""))
        work = self._work()
        if not work.is_disputed(label_key(item)):
            return RedirectResponse("/decide", 303)
        answer = _answer(form)
        if not work.settles(self._label(item, name, LabelKind.adjudication, answer)):
            raise HTTPException(409, "decide_need_other")
        self._append(item, name, LabelKind.adjudication, form)
        return RedirectResponse("/decide", 303)

    def _append(
        self, item: SampledListing, name: str, kind: LabelKind, form: Mapping[str, str]
    ) -> None:
        try:
            cluster = Cluster(form.get("cluster", ""))
        except ValueError:
            raise HTTPException(400, "choose_both") from None
        answer = _answer(form)
        said = form.get(f"commodity-{cluster.value}", "")
        try:
            category = self._commodities.category(item, answer, cluster, said)
        except ValueError:
            raise HTTPException(400, "choose_commodity") from None
        note = self._note(form, answer)
        self._store.labels.append(self._label(item, name, kind, answer, cluster, category, note))

    def _note(self, form: Mapping[str, str], answer: Answer) -> str | None:
        """What somebody wrote; before it the reason chosen where it cannot be told."""
        note, reason = form.get("note", "").strip()[:LONGEST_NOTE], form.get("reason", "")
        told = {one: Words(self._language)[f"reasons.{one}"] for one in REASONS}
        for earlier in told.values():  # of an answer that is being corrected
            note = note.removeprefix(earlier).removeprefix("; ")
        said = told.get(reason) if answer is Answer.cannot_tell else None
        return "; ".join(filter(None, (said, note))) or None

    def _label(
        self,
        item: SampledListing,
        name: str,
        kind: LabelKind,
        answer: Answer,
        cluster: Cluster | None = None,
        category: str | None = None,
        note: str | None = None,
    ) -> Label:
        return Label(
            platform=item.platform,
            item_id=item.item_id,
            version=item.version,
            week=self._draw.week,
            annotator=name,
            kind=kind,
            at=datetime.now(UTC),
            cross_border=answer,
            cluster=cluster,
            category=category,
            note=note,
        )

    # --- helpers ---------------------------------------------------------------------------

    def _who(self, request: Request) -> tuple[str, str]:
        secret = request.cookies.get(COOKIE, "")
        name = annotator_of(self._store, secret)
        if name is None:
            raise HTTPException(403, "refused")
        return name, secret

    async def _form(self, request: Request) -> tuple[str, Mapping[str, str]]:
        name, secret = self._who(request)
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > LARGEST_FORM:
                raise HTTPException(413, "forged")
        try:
            fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=20)
        except ValueError:
            raise HTTPException(400, "forged") from None
        form = {field: values[-1] for field, values in fields.items()}
        if not hmac.compare_digest(form.get("token", "").encode(), form_token(secret).encode()):
            raise HTTPException(403, "forged")
        return name, form

    def _item(self, number: object) -> SampledListing:
        text = str(number)
        if not text.isdecimal() or not text.isascii() or int(text[:9]) >= len(self._draw.items):
            raise HTTPException(404, "unknown")
        return self._draw.items[int(text[:9])]

    def _work(self) -> Work:
        labels = (*self._earlier, *self._store.labels.all(week=self._draw.week))
        return Work(self._draw, labels, self._commodities.alike)

    def _choices(self, request: Request, item: SampledListing) -> Mapping[Cluster, list[Choice]]:
        return self._commodities.choices(item, self._words(request).language)

    def _people(self) -> list[str]:
        return [annotator.name for annotator in self._store.annotators.all()]

    def _shown(self, request: Request, item: SampledListing) -> Evidence:
        seen = self._seen[item.observation_id]
        visit = self._visits.get((item.platform, item.item_id))
        platform = self._platforms.get(item.platform, item.platform)
        return evidence(seen, visit, self._folder, platform, self._words(request))

    def _done(self, request: Request, work: Work, name: str) -> Response:
        progress = work.progress(name)
        complete = progress.looked == progress.listings and not progress.waiting
        keys: list[Key] = list(work.items)
        alpha = agreement([work.looks(key) for key in keys]) if complete else None
        return self._page(
            request, "done.html", name=name, progress=progress, alpha=alpha,
            alone=len(self._people()) < 2, decided=False,
        )  # fmt: skip

    def _words(self, request: Request) -> Words:
        wish = request.query_params.get("lang") or request.cookies.get(LANGUAGE)
        return Words(wish if wish in LANGUAGES else self._language)

    def _page(
        self, request: Request, template: str, status: int = 200, **values: object
    ) -> Response:
        words = self._words(request)
        text = self._templates.get_template(template).render(
            words=words, week=self._draw.week, answers=list(Answer), clusters=CLUSTER_KEYS,
            reasons=REASONS, none_of_these=NONE, commodity=partial(self._commodity, words),
            path=request.url.path, **values,
        )  # fmt: skip
        answer = HTMLResponse(text, status)
        if request.query_params.get("lang") in LANGUAGES:
            self._remember(answer, LANGUAGE, words.language)
        return answer

    def _commodity(self, words: Words, category: str | None) -> str | None:
        if category is None:
            return None
        if is_none(category):
            return words["commodity_none"]
        return self._commodities.title(category, words.language)

    def _remember(self, answer: Response, name: str, value: str) -> None:
        answer.set_cookie(
            name, value, max_age=60 * 60 * 24 * 60, httponly=True, samesite="strict",
            secure=self._secure,
        )  # fmt: skip

    async def refuse(self, request: Request, error: Exception) -> Response:
        """An error as a page; its detail names the words."""
        assert isinstance(error, HTTPException)
        reason = error.detail
        if reason not in SAID:
            reason = "unknown"
        return self._page(request, "refused.html", error.status_code, reason=reason, name=None)


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
) -> Starlette:
    """The application for a week's draw; raises ``PantauError`` where there is none as drawn.

    ``registry`` gives the platforms' names and the policies that name commodities; ``hosts`` the
    names under which the pages may be asked for; ``secure`` is for cookies behind HTTPS.
    """
    pages = Pages(store, drawn(store, week), evidence_folder, registry, language, secure)
    return Starlette(
        routes=pages.routes(),
        middleware=[Middleware(Guard, hosts=hosts)],
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
) -> None:
    """Serves the pages until interrupted, on loopback unless told otherwise.

    ``names`` are further host names to answer to, such as that of a proxy in front.
    """
    bound = f"[{host}]" if ":" in host else host
    app = create_app(
        store,
        week,
        evidence_folder,
        registry,
        hosts={"127.0.0.1", "localhost", "[::1]", bound, *names},
        language=language,
        secure=secure,
    )
    uvicorn.run(app, host=host, port=port, log_level="warning", server_header=False)
