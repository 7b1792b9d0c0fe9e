"""What each staff role may do: one table, and `unlock`, which a setting gives (R6-3)."""

PUBLISH = "publish"
ADDRESSES = "addresses"
REQUESTS = "requests"
REVIEW = "review"
USERS = "users"
UNLOCK = "unlock"
CERTIFICATES = "certificates"
SHEETS = "sheets"
COMPLETE = "complete"
ACCOUNTS = "accounts"
SETTINGS = "settings"
ALLOW_LIST = "allow list"
AUDIT = "audit"
DESK = "desk"

PERMISSIONS: dict[str, frozenset[str]] = {
    "reception": frozenset({DESK, PUBLISH, ADDRESSES, REQUESTS, SHEETS, COMPLETE, REVIEW, USERS, CERTIFICATES, AUDIT}),
    "operations": frozenset({DESK, SHEETS, COMPLETE}),
    "administrator": frozenset({DESK, ACCOUNTS, SETTINGS, ALLOW_LIST, USERS, CERTIFICATES, AUDIT}),
}


def permissions_of(role: str | None, unlock_roles: frozenset[str]) -> frozenset[str]:
    """The empty set for whoever is no staff. Whoever unlocks has to find the person first."""
    held = PERMISSIONS.get(role or "", frozenset())
    return held | {UNLOCK, USERS} if role in unlock_roles else held
