from dataclasses import dataclass
from datetime import datetime

from base.actors import Actor


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who is looking, as true at this very request: read live each time, never kept."""

    user_id: int
    public_id: str
    name: str
    login_id: str
    language: str
    organization_id: int
    organization_name: str
    contact_role: str | None
    staff_role: str | None
    permissions: frozenset[str]
    systems_in_use: frozenset[str]
    held_systems: frozenset[str]
    page_versions: str
    session_hash: str
    fingerprint: str
    pc_name: str
    previous_login_at: datetime | None
    previous_login_pc: str | None
    reads: int = 0
    password_set_at: datetime | None = None

    # What Flask-Login asks of whoever is logged in.
    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        return self.public_id

    @property
    def is_staff(self) -> bool:
        return self.staff_role is not None

    @property
    def is_contact_manager(self) -> bool:
        return self.contact_role is not None

    def may(self, permission: str) -> bool:
        return permission in self.permissions

    def actor(self, address: str | None, reference: str | None) -> Actor:
        return Actor(self.login_id, self.user_id, self.organization_id, self.fingerprint, address, reference)
