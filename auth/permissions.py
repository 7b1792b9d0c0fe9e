"""What each staff role may do: one table."""

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
    "reception": frozenset({DESK, PUBLISH, ADDRESSES, REQUESTS, REVIEW, USERS, UNLOCK, CERTIFICATES, AUDIT}),
    "operations": frozenset({DESK, SHEETS, COMPLETE}),
    "administrator": frozenset({DESK, ACCOUNTS, SETTINGS, ALLOW_LIST, USERS, UNLOCK, CERTIFICATES, AUDIT}),
}


def permissions_of(role: str | None) -> frozenset[str]:
    """The empty set for whoever is no staff."""
    return PERMISSIONS.get(role or "", frozenset())
