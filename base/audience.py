"""Who a route is for. A route that doesn't say so is nobody's: `tests/test_routes.py` walks the whole map."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

View = TypeVar("View", bound=Callable[..., object])


@dataclass(frozen=True, slots=True)
class Audience:
    """`permission` narrows staff to those whose role holds it."""

    name: str
    permission: str | None = None


OPEN = Audience("open")
CERTIFICATE = Audience("certificate")
READER = Audience("reader")
CONTACT_MANAGER = Audience("contact manager")
PROBE = Audience("probe")
DEMO = Audience("demo")
# Whoever knows the secret in the address; with a certificate, unless the operator has opened the feeds.
FEED = Audience("feed")


def staff(permission: str) -> Audience:
    return Audience("staff", permission)


def audience(who: Audience) -> Callable[[View], View]:
    def mark(view: View) -> View:
        view.audience = who  # type: ignore[attr-defined] # a function takes attributes; the walk over the map reads it
        return view

    return mark


def audience_of(view: object) -> Audience | None:
    found = getattr(view, "audience", None)
    return found if isinstance(found, Audience) else None
