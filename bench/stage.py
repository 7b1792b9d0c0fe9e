"""The stage for measuring: a database of that many articles, four kinds of viewers, a bare page of the same size."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from flask import session as cookie
from flask_migrate import upgrade
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app import create_app
from auth.gate import SESSION_ID
from auth.identity import hash_of
from auth.issuing_cas import IssuingCas
from auth.models import CertificateRegistration, LoginSession, Organization, OrganizationSystem, User
from auth.registry import register_certificate
from base.actors import COMMAND
from base.db import transaction
from base.identifiers import public_id
from base.settings import Settings
from content.markup import render
from content.models import Article, ArticleKind, Page
from demo.authority import Authority, Issued
from rights.models import HeldRight

SYSTEMS = ("TAXIS", "JOHS", "JUJU", "LOACUS")
PAGES_WITH_ARTICLES = ("taxis", "johs", "juju", "loacus", "api")
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
class Seat:
    """One viewer: what he sees, the cookie he is logged in by, an article that he may open (None where there is none)."""

    name: str
    cookie: str
    client: Issued
    article: str | None


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of viewer: the systems his organization uses; staff see everything."""

    name: str
    systems: tuple[str, ...]
    staff_role: str | None = None


KINDS = (
    Kind("ordinary", ("TAXIS", "JOHS")),
    Kind("one page", ("LOACUS",)),
    Kind("none", ()),
    Kind("all", (*SYSTEMS, "API"), staff_role="reception"),
)


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
        contact_role="primary" if kind.name == "none" else None,
        created_at=now,
    )
    session.add(user)
    session.flush()
    if kind.staff_role is None and kind.systems:
        session.add(HeldRight(user_id=user.id, system=kind.systems[0], code="1011", from_at=now - timedelta(days=1)))
    return user


def _log_in(session: Session, user: User, registration: CertificateRegistration, now: datetime) -> str:
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


def _rows(pages: list[int], kind: ArticleKind, author: int, count: int, now: datetime) -> Iterator[dict[str, Any]]:
    html = render(SOURCE)
    for number in range(count):
        published_at = now - timedelta(minutes=count - number)
        yield {
            "public_id": public_id(),
            "page_id": pages[number % len(pages)],
            "category_id": kind.category_id,
            "kind_id": kind.id,
            "title": f"計画停止のお知らせ 第{number}号",
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


def _fill(session: Session, author: int, count: int, now: datetime) -> None:
    slugs = select(Page.id).where(Page.slug.in_(PAGES_WITH_ARTICLES)).order_by(Page.id)
    pages = list(session.scalars(slugs))
    kind = session.scalars(select(ArticleKind).where(ArticleKind.slug == "planned-stop")).one()
    batch: list[dict[str, Any]] = []
    for row in _rows(pages, kind, author, count, now):
        batch.append(row)
        if len(batch) == BATCH:
            session.execute(insert(Article), batch)
            batch.clear()
    if batch:
        session.execute(insert(Article), batch)


def _article_of(session: Session, kind: Kind) -> str | None:
    seen = PAGES_WITH_ARTICLES if kind.staff_role else tuple(system.lower() for system in kind.systems)
    newest = select(Article.public_id).join(Page, Page.id == Article.page_id).where(Page.slug.in_(seen))
    return session.scalar(newest.order_by(Article.published_at.desc()).limit(1))


def set_stage(settings: Settings, authority: Authority, count: int) -> tuple[Flask, list[Seat]]:
    """Migrate, fill, log everybody in."""
    app = create_app(settings)
    now = datetime.now(UTC)
    cas = IssuingCas.from_pem([authority.ca.pem])
    with app.app_context():
        upgrade()
        with transaction() as session:
            people: list[tuple[Kind, str, Issued]] = []
            for kind in KINDS:
                organization = _organization(session, kind, now)
                client = authority.issue_client(kind.name, not_before=now - timedelta(days=1))
                registration = register_certificate(
                    session, client.der, organization, "PC-01", cas, by=COMMAND, now=now
                )
                user = _user(session, organization, kind, now)
                people.append((kind, _log_in(session, user, registration, now), client))
            _fill(session, user.id, count, now)
            articles = {kind.name: _article_of(session, kind) for kind in KINDS}
    return app, [Seat(kind.name, _cookie(app, sid), client, articles[kind.name]) for kind, sid, client in people]


def _cookie(app: Flask, session_id: str) -> str:
    """The signed cookie as the browser would hold it after its first page."""
    with app.test_request_context(base_url=app.config["PORTAL"].base_url):
        cookie[SESSION_ID] = session_id
        cookie["csrf_token"] = secrets.token_hex(20)
        serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined] # Flask's own interface has it
        return f"{app.config['SESSION_COOKIE_NAME']}={serializer.dumps(dict(cookie))}"


def bare_page(size: int) -> Flask:
    """What Flask itself costs: one route that answers that many bytes."""
    app = Flask("bare")
    page = "<!doctype html><title>bare</title>" + "あ" * ((size - 34) // 3)

    @app.get("/")
    def show() -> tuple[str, dict[str, str]]:
        return page, {"Cache-Control": "no-store"}

    return app


def folder_for(root: Path, count: int) -> Path:
    folder = root / str(count)
    folder.mkdir(parents=True)
    return folder
