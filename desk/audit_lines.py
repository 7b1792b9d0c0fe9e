"""Lines of the audit trail as people read them: names instead of numbers, words instead of JSON."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.models import Certificate, CertificateRegistration, Organization, User
from auth.permissions import ADDRESSES, CERTIFICATES, PUBLISH, REQUESTS, USERS
from base.audit import AuditEntry, AuditSeal
from content.models import Article
from desk.audit_words import action_words
from rights.inventory.models import InventoryCampaign
from rights.models import RightsRequest

# The product itself, as `base/actors.py` calls it.
OURSELVES = {"worker": "自動処理", "command line": "コマンド", "gate": "入口の検査"}
SUBJECTS = {
    "login": "ID",
    "user": "利用者",
    "certificate": "証明書",
    "request": "申請",
    "draft": "下書き",
    "bulk": "一括申請のファイル",
    "jnote": "J-noteのID一覧",
    "inventory": "棚卸",
    "article": "記事",
    "text": "文面",
    "attachment": "添付ファイル",
    "address": "連絡先",
    "allowed-address": "接続元の許可",
    "run": "処理日",
    "mail": "メール",
    "mails": "更新通知",
    "stop": "計画停止",
    "disturbance": "障害",
    "hours": "利用時間",
    "feed": "カレンダー",
}


@dataclass(frozen=True, slots=True)
class Place:
    """A screen on which a subject is shown, and the permission that it asks for."""

    path: str
    permission: str


PLACES = {
    "user": Place("/staff/users/{}", USERS),
    "certificate": Place("/staff/certificates/{}", CERTIFICATES),
    "request": Place("/staff/requests/{}", REQUESTS),
    "inventory": Place("/staff/inventories/{}", REQUESTS),
    "article": Place("/staff/articles/{}", PUBLISH),
    "text": Place("/staff/texts/{}", PUBLISH),
    "mail": Place("/staff/mails/{}", ADDRESSES),
    "stop": Place("/staff/systems/{}", PUBLISH),
    "disturbance": Place("/staff/systems/{}", PUBLISH),
}


@dataclass(frozen=True, slots=True)
class Change:
    """One fact of a line: `before` is None where the line tells of what is, not of what became."""

    name: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Line:
    """`kind`: of its action. `organization`: whom it concerns, whosever the actor is. `href`: where the subject is shown, for whoever may see it. `pc_name`: of the certificate at the actor's organization."""

    row: AuditEntry
    kind: str
    label: str
    actor_name: str
    actor_organization: str
    organization: str
    pc_name: str
    subject_kind: str
    subject: str
    href: str
    changes: Sequence[Change]
    is_sealed: bool


@dataclass(frozen=True, slots=True)
class _Names:
    people: Mapping[int, User]
    by_login: Mapping[str, User]
    organizations: Mapping[int, str]
    pcs: Mapping[str, str]
    titles: Mapping[tuple[str, str], str]
    sealed: frozenset[int]


def lines_of(session: Session, rows: Sequence[AuditEntry], permissions: frozenset[str]) -> list[Line]:
    """A handful of queries, however many rows."""
    names = _names(session, rows)
    return [_line(row, names, permissions) for row in rows]


def subject_of(row: AuditEntry) -> tuple[str, str]:
    """Its kind and its name; the oldest actions name the kind themselves."""
    kind, separator, name = row.subject.partition(":")
    return (kind, name) if separator else (row.action.split(" ")[0].split(".")[0], row.subject)


def changes_of(row: AuditEntry) -> list[Change]:
    before, after = _facts(row.before), _facts(row.after)
    names = dict.fromkeys([*before, *after])
    return [Change(name, before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)]


def _facts(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {"": text}
    return found if isinstance(found, dict) else {"": found}


def _line(row: AuditEntry, names: _Names, permissions: frozenset[str]) -> Line:
    action_kind, label = action_words(row.action)
    person = names.people.get(row.user_id or 0)
    kind, name = subject_of(row)
    return Line(
        row=row,
        kind=action_kind,
        label=label,
        actor_name=person.name_kanji if person else OURSELVES.get(row.actor, ""),
        actor_organization=names.organizations.get(person.organization_id, "") if person else "",
        organization=names.organizations.get(row.organization_id or 0, ""),
        pc_name=names.pcs.get(row.fingerprint or "", ""),
        subject_kind=SUBJECTS.get(kind, kind),
        subject=names.titles.get((kind, name), name),
        href=_href(kind, name, names, permissions),
        changes=changes_of(row),
        is_sealed=row.id in names.sealed,
    )


def _href(kind: str, name: str, names: _Names, permissions: frozenset[str]) -> str:
    if kind == "login":
        person = names.by_login.get(name)
        kind, name = "user", person.public_id if person else ""
    place = PLACES.get(kind)
    return place.path.format(name) if place and name and place.permission in permissions else ""


def _names(session: Session, rows: Sequence[AuditEntry]) -> _Names:
    subjects = [subject_of(row) for row in rows]
    logins = {name for kind, name in subjects if kind == "login"}
    wanted_people = User.id.in_({row.user_id for row in rows if row.user_id})
    people = {person.id: person for person in session.scalars(select(User).where(wanted_people))}
    found = session.scalars(select(User).where(User.login_id.in_(logins)))
    companies = select(Organization.id, Organization.name)
    concerned = {row.organization_id for row in rows if row.organization_id}
    wanted = companies.where(Organization.id.in_(concerned | {person.organization_id for person in people.values()}))
    seals = select(AuditSeal.entry_id).where(AuditSeal.entry_id.in_([row.id for row in rows]))
    return _Names(
        people=people,
        by_login={person.login_id: person for person in found},
        organizations={each.id: each.name for each in session.execute(wanted)},
        pcs=_pcs(session, {row.fingerprint for row in rows if row.fingerprint}),
        titles=_titles(session, subjects),
        sealed=frozenset(session.scalars(seals)),
    )


def _pcs(session: Session, fingerprints: Iterable[str]) -> dict[str, str]:
    """A certificate that serves several organizations may have several names."""
    named = select(Certificate.fingerprint, CertificateRegistration.pc_name)
    rows = session.execute(named.join(Certificate.registrations).where(Certificate.fingerprint.in_(fingerprints)))
    return _joined((fingerprint, pc_name) for fingerprint, pc_name in rows)


def _joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, dict[str, None]] = {}
    for key, name in pairs:
        found.setdefault(key, {})[name] = None
    return {key: "・".join(names) for key, names in found.items()}


def _titles(session: Session, subjects: Sequence[tuple[str, str]]) -> dict[tuple[str, str], str]:
    named = {
        "user": select(User.public_id, User.login_id),
        "request": select(RightsRequest.public_id, RightsRequest.number),
        "article": select(Article.public_id, Article.title),
        "inventory": select(InventoryCampaign.public_id, InventoryCampaign.name),
    }
    titles: dict[tuple[str, str], str] = {}
    for kind, query in named.items():
        wanted = {name for each, name in subjects if each == kind}
        column = query.selected_columns[0]
        rows = session.execute(query.where(column.in_(wanted))) if wanted else ()
        titles |= {(kind, public_id): title for public_id, title in rows}
    of_pc = select(Certificate.public_id, CertificateRegistration.pc_name).join(Certificate.registrations)
    wanted = {name for kind, name in subjects if kind == "certificate"}
    rows = session.execute(of_pc.where(Certificate.public_id.in_(wanted))) if wanted else ()
    pcs = _joined((public_id, pc_name) for public_id, pc_name in rows)
    return titles | {("certificate", public_id): name for public_id, name in pcs.items()}
