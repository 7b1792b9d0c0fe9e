"""Certificates on their way into the registry: each chosen file with its own answer, nothing stored before the press (R4-3)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from auth.certificate_facts import CertificateFacts, Unreadable, facts_of
from auth.certificate_files import LARGEST_FILE, der_of_file
from auth.certificate_queries import known_fingerprints
from auth.issuing_cas import IssuingCas
from auth.models import Certificate, Organization
from auth.names import LONGEST_PC, pc_refusal_for, tidy_kanji
from auth.registry import reasons_against, register_certificate
from base.actors import Actor
from base.refusals import Refused
from base.sent_names import sent_name
from base.sentences import say

MOST_FILES = 20
MOST_BYTES = 200_000
TWICE = say("同じ証明書が、上のファイルにもあります。")
OVER = say("一度に確認できる量を超えています。分けて登録してください。")


@dataclass(frozen=True, slots=True)
class ChosenFile:
    """`content` may be cut one byte beyond what is read at all."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Entry:
    """One file or one line of the check: `reasons` against it, `pc_fault` beside its PC name, `others` it serves already."""

    name: str
    pc_name: str
    der: bytes = b""
    facts: CertificateFacts | None = None
    reasons: tuple[str, ...] = ()
    pc_fault: str = ""
    others: tuple[str, ...] = ()

    @property
    def is_sound(self) -> bool:
        return not self.reasons and not self.pc_fault


class EntriesRefused(Refused):
    """Something stands against at least one of them, so none is registered."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        super().__init__(say("登録できない証明書があります。"))
        self.entries = entries


def read_files(files: Iterable[ChosenFile]) -> list[Entry]:
    """What each file says, or what it is instead; its name is offered as the PC's."""
    entries: list[Entry] = []
    for number, file in enumerate(files, start=1):
        entry = Entry(sent_name(file.name), _offered_name(file.name))
        taken = sum(len(each.der) for each in entries) + min(len(file.content), LARGEST_FILE)
        if number > MOST_FILES or taken > MOST_BYTES:
            entries.append(replace(entry, reasons=(OVER,)))
        else:
            entries.append(_read(entry, file.content))
    return entries


def sent_entries(ders: Sequence[bytes], pc_names: Sequence[str]) -> list[Entry]:
    """What the check had found sound, as the form sends it back: judged anew."""
    pairs = list(zip(ders, pc_names, strict=True))[:MOST_FILES]
    return [_read(Entry("", pc_name), der) for der, pc_name in pairs]


def judged(
    session: Session, entries: Iterable[Entry], organization: Organization, cas: IssuingCas, now: datetime
) -> list[Entry]:
    """Each with everything that stands against registering it for the organization."""
    seen: set[str] = set()
    found: list[Entry] = []
    for entry in entries:
        reasons = entry.reasons
        if entry.facts is not None and not reasons:
            is_twice = entry.facts.fingerprint in seen
            reasons = (TWICE,) if is_twice else tuple(reasons_against(session, entry.der, organization, cas, now))
            seen.add(entry.facts.fingerprint)
        found.append(replace(entry, reasons=reasons))
    return _with_others(session, found, organization)


def with_named_pcs(entries: Iterable[Entry]) -> list[Entry]:
    tidied = [replace(entry, pc_name=tidy_kanji(entry.pc_name)) for entry in entries]
    return [replace(entry, pc_fault=pc_refusal_for(entry.pc_name) or "") for entry in tidied]


def register_entries(
    session: Session, entries: Iterable[Entry], organization: Organization, cas: IssuingCas, *, by: Actor, now: datetime
) -> int:
    """All or none; `EntriesRefused` says of each what stands against it. Answers how many."""
    every = judged(session, with_named_pcs(entries), organization, cas, now)
    if not every or not all(entry.is_sound for entry in every):
        raise EntriesRefused(every)
    for entry in every:
        register_certificate(session, entry.der, organization, entry.pc_name, cas, by=by, now=now)
    return len(every)


def _read(entry: Entry, content: bytes) -> Entry:
    try:
        der = der_of_file(content)
        return replace(entry, der=der, facts=facts_of(der))
    except Unreadable as unreadable:
        return replace(entry, reasons=(unreadable.reason,))


def _with_others(session: Session, entries: list[Entry], organization: Organization) -> list[Entry]:
    """Staff see whom the PC serves already (R4-4)."""
    known = known_fingerprints(session, (entry.facts.fingerprint for entry in entries if entry.facts))
    return [replace(entry, others=_others(known, entry, organization)) for entry in entries]


def _others(known: dict[str, Certificate], entry: Entry, organization: Organization) -> tuple[str, ...]:
    found = known.get(entry.facts.fingerprint) if entry.facts else None
    lines = found.registrations if found else []
    return tuple(line.organization.name for line in lines if line.organization_id != organization.id)


def _offered_name(name: str) -> str:
    return tidy_kanji(sent_name(name).rpartition(".")[0] or sent_name(name))[:LONGEST_PC]
