"""Where an account stands, for lists and screens: derived, never stored (R6-1, R6-3, R6-5)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class AccountState(StrEnum):
    ACTIVE = "active"
    UNREGISTERED = "unregistered"
    EXPIRED = "expired"
    LOCKED = "locked"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """`is_password_expired` counts for nothing where there is no password."""

    has_password: bool
    is_password_expired: bool = False
    locked_at: datetime | None = None
    lock_reason: str | None = None
    deleted_at: datetime | None = None


# A tag is its words and its colour.
STATE_TAGS: dict[AccountState, tuple[str, str]] = {
    AccountState.ACTIVE: ("利用できます", "green"),
    AccountState.UNREGISTERED: ("認証情報未登録", "amber"),
    AccountState.EXPIRED: ("パスワード期限切れ", "amber"),
    AccountState.LOCKED: ("ロック中", "red"),
    AccountState.DELETED: ("削除済み", ""),
}

LOCK_TAGS: dict[str, tuple[str, str]] = {
    "password": ("ロック中(パスワード誤り)", "red"),
    "answer": ("ロック中(秘密の答えの誤り)", "red"),
    "dormancy": ("ロック中(長期未使用)", "red"),
    "staff": ("ロック中(担当者による)", "red"),
}


def account_state(facts: AccountFacts) -> AccountState:
    """What stands in the way first, from outside inwards: a locked account without password is locked."""
    if facts.deleted_at:
        return AccountState.DELETED
    if facts.locked_at:
        return AccountState.LOCKED
    if not facts.has_password:
        return AccountState.UNREGISTERED
    return AccountState.EXPIRED if facts.is_password_expired else AccountState.ACTIVE


def account_tag(facts: AccountFacts) -> tuple[str, str]:
    """Words and colour; a lock says why."""
    state = account_state(facts)
    if state is AccountState.LOCKED and facts.lock_reason in LOCK_TAGS:
        return LOCK_TAGS[facts.lock_reason]
    return STATE_TAGS[state]
