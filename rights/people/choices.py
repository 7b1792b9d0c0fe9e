"""What a contact manager can ask for about one person, as things stand (R5-14 to R5-21, R5-43)."""

from dataclasses import dataclass
from enum import StrEnum

from rights.request_states import RequestKind


class Choice(StrEnum):
    CHANGE = "change"
    CORRECT = "correct"
    NEW_ID = "new-id"
    REMOVE = "remove"
    ANEW = "anew"


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """`open_kind`: of the request that is under way; `follows`: that is a removal which waits for a new ID."""

    has_rights: bool
    is_deleted: bool = False
    is_contact_manager: bool = False
    open_kind: RequestKind | None = None
    follows: bool = False


def choices(facts: PersonFacts) -> frozenset[Choice]:
    """One request at a time (R5-17); a removal, and setting a deleted ID anew, are held up by none."""
    return frozenset(choice for choice in Choice if _MAY[choice](facts))


def _may_change(facts: PersonFacts) -> bool:
    return facts.has_rights and not facts.is_deleted and facts.open_kind is None


def _may_correct(facts: PersonFacts) -> bool:
    is_known = facts.has_rights or facts.is_contact_manager
    return is_known and not facts.is_deleted and facts.open_kind is None


def _may_remove(facts: PersonFacts) -> bool:
    if facts.open_kind is RequestKind.REMOVAL:
        return facts.follows
    return facts.has_rights or facts.open_kind is not None


def _may_set_anew(facts: PersonFacts) -> bool:
    """An ID that was set anew already waits for its new request."""
    if facts.is_deleted:
        return facts.open_kind is not RequestKind.NEW
    return not facts.has_rights and facts.open_kind is None


_MAY = {
    Choice.CHANGE: _may_change,
    Choice.CORRECT: _may_correct,
    Choice.NEW_ID: _may_change,
    Choice.REMOVE: _may_remove,
    Choice.ANEW: _may_set_anew,
}
