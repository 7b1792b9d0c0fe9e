"""What each staff role may do: one table."""

PUBLISH = "publish"
ADDRESSES = "addresses"
REQUESTS = "requests"
REVIEW = "review"
UNLOCK = "unlock"
SHEETS = "sheets"
COMPLETE = "complete"
ACCOUNTS = "accounts"
SETTINGS = "settings"
ALLOW_LIST = "allow list"
DESK = "desk"

PERMISSIONS: dict[str, frozenset[str]] = {
    "reception": frozenset({DESK, PUBLISH, ADDRESSES, REQUESTS, REVIEW, UNLOCK}),
    "operations": frozenset({DESK, SHEETS, COMPLETE}),
    "administrator": frozenset({DESK, ACCOUNTS, SETTINGS, ALLOW_LIST, UNLOCK}),
}


def permissions_of(role: str | None) -> frozenset[str]:
    """The empty set for whoever is no staff."""
    return PERMISSIONS.get(role or "", frozenset())
