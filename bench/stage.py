"""The stage for measuring: a database of that many articles, four kinds of viewers, all logged in."""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from flask import Flask
from flask import session as cookie
from flask_migrate import upgrade
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app import create_app
from auth.ca_queries import issuing_cas
from auth.ca_registry import add_ca
from auth.gate import SESSION_ID
from auth.identity import hash_of
from auth.issuing_cas import IssuingCas
from auth.models import LoginSession, Organization, OrganizationSystem, User
from auth.registry import register_certificate
from base.actors import COMMAND
from base.db import transaction
from base.identifiers import public_id
from bench.installation import Installation
from content.markup import render
from content.models import Article, ArticleKind, Page
from demo.authority import Issued
from rights.models import HeldRight

PAGES_WITH_ARTICLES = ("taxis", "johs", "juju", "loacus", "api")
YEARS_OF_ARTICLES = timedelta(days=5 * 365)
STOP_EVERY = 25
SOURCE = """設備更新のため、下記の時間帯は画面をご利用いただけません。登録は停止前までにお済ませください。

## 停止する時間

| 項目 | 日時 |
|---|---|
| 開始 | 2026/12/05(土) 22:00 |
| 再開予定 | 2026/12/06(日) 6:00 |

## 停止中の連絡

- 緊急の変更は、託送システム障害受付窓口へお電話ください
- 再開が遅れるときは、この記事を更新してお知らせします
"""
BATCH = 5000


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of viewer: the systems his organization uses and the page whose list he opens; staff see everything."""

    name: str
    systems: tuple[str, ...]
    page: str
    staff_role: str | None = None
    contact_role: str | None = None


KINDS = (
    Kind("ordinary", ("TAXIS", "JOHS"), "taxis"),
    Kind("one page", ("LOACUS",), "loacus"),
    Kind("none", (), "common", contact_role="primary"),
    Kind("all", (), "taxis", staff_role="reception"),
)


@dataclass(frozen=True, slots=True)
class Seat:
    """One viewer in his browser: the cookie he is logged in by, his certificate, the newest article that he sees, if any."""

    name: str
    cookie: str
    client: Issued
    page: str
    article: str | None
    has_home: bool

    @property
    def list_path(self) -> str:
        return f"/pages/{self.page}/notices"

    @property
    def article_path(self) -> str | None:
        return f"/articles/{self.article}" if self.article else None


@dataclass(frozen=True, slots=True)
class Stage:
    app: Flask
    seats: tuple[Seat, ...]

    def seat(self, name: str) -> Seat:
        return next(seat for seat in self.seats if seat.name == name)


def _organization(session: Session, kind: Kind, now: datetime) -> Organization:
    row = Organization(name=f"bench {kind.name}", created_at=now, is_operator=kind.staff_role is not None)
    row.systems = [OrganizationSystem(system=system) for system in kind.systems]
    session.add(row)
    session.flush()
    return row


def _user(session: Session, organization: Organization, kind: Kind, now: datetime) -> User:
    login_id = f"bench-{kind.name.replace(' ', '-')}@bench.example"
    user = User(
        organization_id=organization.id,
        login_id=login_id,
        login_id_folded=login_id,
        name_kanji="計測 太郎",
        name_kana="ケイソク タロウ",
        staff_role=kind.staff_role,
        contact_role=kind.contact_role,
        password_set_at=now,
        created_at=now,
    )
    session.add(user)
    session.flush()
    if kind.systems:
        session.add(HeldRight(user_id=user.id, system=kind.systems[0], code="1011", from_at=now - timedelta(days=1)))
    return user


def _log_in(session: Session, user: User, client: Issued, cas: IssuingCas, now: datetime) -> str:
    """Answers the session's id. Seen half an hour from now: no request of a run writes down that it was."""
    organization = session.get_one(Organization, user.organization_id)
    registration = register_certificate(session, client.der, organization, "PC-01", cas, by=COMMAND, now=now)
    session_id = secrets.token_urlsafe(32)
    row = LoginSession(
        id_hash=hash_of(session_id),
        user_id=user.id,
        certificate_id=registration.certificate_id,
        pc_name=registration.pc_name,
        begun_at=now,
        seen_at=now + timedelta(minutes=30),
    )
    session.add(row)
    return session_id


def _rows(pages: Sequence[int], kinds: Sequence[ArticleKind], author: int, count: int) -> Iterator[dict[str, Any]]:
    """The newest is a minute old; one in so many is of the first kind."""
    html, now = render(SOURCE), datetime.now(UTC) - timedelta(minutes=1)
    for number in range(count):
        published_at = now - YEARS_OF_ARTICLES * ((count - 1 - number) / count)
        kind = kinds[0 if number % STOP_EVERY == 0 else 1]
        yield {
            "public_id": public_id(),
            "page_id": pages[number % len(pages)],
            "category_id": kind.category_id,
            "kind_id": kind.id,
            "title": f"画面停止と再配信のお知らせ 第{number}号",
            "source": SOURCE,
            "html": html,
            "revision": 1,
            "is_pinned": False,
            "author_id": author,
            "editor_id": author,
            "created_at": published_at,
            "edited_at": published_at,
            "published_at": published_at,
        }


def _kind(session: Session, slug: str) -> ArticleKind:
    return session.scalars(select(ArticleKind).where(ArticleKind.slug == slug)).one()


def _fill(session: Session, author: int, count: int) -> None:
    pages = session.scalars(select(Page.id).where(Page.slug.in_(PAGES_WITH_ARTICLES)).order_by(Page.id)).all()
    rows = _rows(pages, [_kind(session, "planned-stop"), _kind(session, "business")], author, count)
    while batch := list(islice(rows, BATCH)):
        session.execute(insert(Article), batch)


def _newest(session: Session, kind: Kind) -> str | None:
    """Of the page whose list the viewer opens."""
    newest = select(Article.public_id).join(Page, Page.id == Article.page_id).where(Page.slug == kind.page)
    return session.scalar(newest.order_by(Article.published_at.desc()).limit(1))


def _cookie(app: Flask, session_id: str) -> str:
    """As the browser holds it after its first page."""
    with app.test_request_context(base_url=app.config["PORTAL"].base_url):
        cookie[SESSION_ID] = session_id
        cookie["csrf_token"] = secrets.token_hex(20)
        serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined] # Flask's own interface has it
        return f"{app.config['SESSION_COOKIE_NAME']}={serializer.dumps(dict(cookie))}"


def _admit(session: Session, installation: Installation, kind: Kind, now: datetime) -> tuple[int, str, Issued]:
    """Answers the person's id, the session's id and the certificate."""
    client = installation.authority.issue_client(kind.name, not_before=now - timedelta(days=1))
    user = _user(session, _organization(session, kind, now), kind, now)
    return user.id, _log_in(session, user, client, issuing_cas(session), now), client


def set_stage(installation: Installation, count: int) -> Stage:
    """Migrate, fill, log everybody in; all pages' articles are by the last of them."""
    app, now = create_app(installation.settings), datetime.now(UTC)
    with app.app_context():
        upgrade()
        with transaction() as session:
            add_ca(session, installation.authority.ca.der, by=COMMAND, now=now)
            people = {kind: _admit(session, installation, kind, now) for kind in KINDS}
            _fill(session, people[KINDS[-1]][0], count)
            articles = {kind: _newest(session, kind) for kind in KINDS}
    seats = (
        Seat(kind.name, _cookie(app, session_id), client, kind.page, articles[kind], kind.staff_role is None)
        for kind, (_, session_id, client) in people.items()
    )
    return Stage(app, tuple(seats))
