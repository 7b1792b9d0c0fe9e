"""Builders with keyword defaults; each adds its row and flushes."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache
from itertools import count
from secrets import token_hex
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.ca_registry import add_ca
from auth.login_id import fold
from auth.models import (
    AllowedAddress,
    Certificate,
    CertificateRegistration,
    Contractor,
    IssuingCa,
    Organization,
    OrganizationKind,
    OrganizationSystem,
    User,
)
from auth.passwords import Passwords
from auth.registry import register_certificate
from base.actors import COMMAND
from content.files.models import Manual
from content.markup import render
from content.models import Article, ArticleKind, Attachment, Category, ContactAddress, Page, SystemStop
from demo.authority import Authority, Issued
from rights.models import HeldRight
from tests.certificates import ISSUED_AT, NOW, authority, pinned

PASSWORD = "correct-Horse7"
_numbers = count(1)


@cache
def password_hash(password: str = PASSWORD) -> str:
    return Passwords(8, 1).hash(password)


def organization(
    session: Session,
    name: str | None = None,
    *,
    systems: Iterable[str] = (),
    kinds: Iterable[str] = (),
    created_at: datetime = ISSUED_AT,
    **facts: Any,
) -> Organization:
    row = Organization(name=name or f"事業者{next(_numbers)}", created_at=created_at, **facts)
    row.systems = [OrganizationSystem(system=system) for system in systems]
    row.kinds = [OrganizationKind(kind=kind) for kind in kinds]
    session.add(row)
    session.flush()
    return row


def contractor(session: Session, of: Organization, name: str = "委託先サービス株式会社") -> Contractor:
    row = Contractor(organization_id=of.id, name=name)
    session.add(row)
    session.flush()
    return row


def user(
    session: Session,
    of: Organization,
    login_id: str | None = None,
    *,
    name: str = "東野 花子",
    kana: str = "ヒガシノ ハナコ",
    rights: dict[str, str] | None = None,
    password: str | None = PASSWORD,
    created_at: datetime = ISSUED_AT,
    **facts: Any,
) -> User:
    login_id = login_id or f"person{next(_numbers)}@higashi-gas.example"
    row = User(
        organization_id=of.id,
        login_id=login_id,
        login_id_folded=fold(login_id),
        name_kanji=name,
        name_kana=kana,
        password_hash=password_hash(password) if password else None,
        password_set_at=created_at if password else None,
        created_at=created_at,
        **facts,
    )
    session.add(row)
    session.flush()
    for system, code in (rights or {}).items():
        session.add(HeldRight(user_id=row.id, system=system, code=code, from_at=created_at))
    session.flush()
    return row


def issuing_ca(session: Session, issuer: Authority | None = None, *, now: datetime = NOW) -> IssuingCa:
    """A row for the CA; without a revocation list."""
    return add_ca(session, (issuer or authority()).ca.der, by=COMMAND, now=now)


def client_certificate(name: str = "pc", **facts: Any) -> Issued:
    return authority().issue_client(name, not_before=facts.pop("not_before", ISSUED_AT), **facts)


def registration(
    session: Session, of: Organization, issued: Issued, pc_name: str = "PC-01", now: datetime = NOW
) -> CertificateRegistration:
    return register_certificate(session, issued.der, of, pc_name, pinned(), by=COMMAND, now=now)


def certificate_of(session: Session, issued: Issued) -> Certificate:
    return session.scalars(select(Certificate).where(Certificate.pem == issued.pem.decode())).one()


def page(session: Session, slug: str = "common") -> Page:
    return session.scalars(select(Page).where(Page.slug == slug)).one()


def article(
    session: Session,
    author: User,
    *,
    on: str = "common",
    title: str = "お知らせの件名",
    source: str = "本文です。",
    kind: str = "business",
    published_at: datetime | None = NOW - timedelta(days=1),
    **facts: Any,
) -> Article:
    kind_row = session.scalars(select(ArticleKind).where(ArticleKind.slug == kind)).one()
    row = Article(
        page_id=page(session, on).id,
        category_id=session.get_one(Category, kind_row.category_id).id,
        kind_id=kind_row.id,
        title=title,
        source=source,
        html=render(source),
        author_id=author.id,
        editor_id=author.id,
        created_at=published_at or NOW,
        edited_at=published_at or NOW,
        published_at=published_at,
        **facts,
    )
    session.add(row)
    session.flush()
    return row


def allowed_address(
    session: Session, of: Organization, by: User, network: str = "198.51.100.8/29", **facts: Any
) -> AllowedAddress:
    given = {"reason": "海外拠点での業務", "approver": "管理 正", "review_on": NOW.date() + timedelta(days=300)}
    row = AllowedAddress(organization_id=of.id, network=network, added_at=NOW, added_by_id=by.id, **{**given, **facts})
    session.add(row)
    session.flush()
    return row


def address(session: Session, of: Organization, by: User, mail: str | None = None, **facts: Any) -> ContactAddress:
    """Verified unless told otherwise."""
    mail = mail or f"contact{next(_numbers)}@higashi-gas.example"
    facts = {"verified_at": ISSUED_AT, "registered_at": ISSUED_AT, "person_name": "窓口 太郎"} | facts
    row = ContactAddress(
        organization_id=of.id, address=mail, address_folded=mail.lower(), registered_by_id=by.id, **facts
    )
    session.add(row)
    session.flush()
    return row


def restored_disturbance(session: Session, by: User, system: str, *, from_at: datetime, ended_at: datetime) -> None:
    times = {"from_at": from_at, "created_at": from_at, "ended_at": ended_at}
    facts = {"system": system, "kind": "disturbance", "effect": "遅延", "created_by_id": by.id, "ended_by_id": by.id}
    session.add(SystemStop(**facts, **times))
    session.flush()


def planned_stop(session: Session, by: User, system: str = "TAXIS", **facts: Any) -> SystemStop:
    """Tomorrow, unless told otherwise."""
    given = {
        "from_at": NOW + timedelta(days=1),
        "until_at": NOW + timedelta(days=1, hours=3),
        "effect": "機器の入れ替え",
    }
    row = SystemStop(system=system, kind="planned_stop", created_at=NOW, created_by_id=by.id, **{**given, **facts})
    session.add(row)
    session.flush()
    return row


def attachment(session: Session, of: Article, *, name: str = "手順書.pdf", **facts: Any) -> Attachment:
    """Without bytes in the store."""
    kept = {"kind": "PDF", "media_type": "application/pdf", "size": 1, "sha256": "0" * 64, "position": 1}
    row = Attachment(article_id=of.id, name=name, storage_key=token_hex(16), **{"added_at": NOW, **kept, **facts})
    session.add(row)
    session.flush()
    return row


def manual(session: Session, *versions: Attachment, name: str = "操作マニュアル", **facts: Any) -> Manual:
    """`versions` count up."""
    row = Manual(article_id=versions[0].article_id, name=name, created_at=NOW, **facts)
    session.add(row)
    session.flush()
    for number, version in enumerate(versions, start=1):
        version.manual_id, version.version, version.what_changed = row.id, number, f"第{number}版の変更点"
    session.flush()
    return row
