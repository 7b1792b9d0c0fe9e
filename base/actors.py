from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something, as the audit trail keeps it (R8-1). No user: the product itself."""

    label: str
    user_id: int | None = None
    organization_id: int | None = None
    fingerprint: str | None = None
    address: str | None = None
    reference: str | None = None


WORKER = Actor("worker")
COMMAND = Actor("command line")
