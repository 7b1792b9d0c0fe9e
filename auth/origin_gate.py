"""The first question of every request: from where? (R2-8) Before certificate, login, static files, errors and links (H6)."""

from datetime import datetime

from flask import current_app, g, render_template
from flask.globals import app_ctx
from flask.typing import ResponseReturnValue

from auth.allowed_queries import organizations_allowed_at, organizations_of
from auth.blocked_accesses import write_blocked
from auth.blocked_tally import BlockedTally, Counted, Source
from auth.certificate_facts import CertificateFacts
from auth.certificate_rules import Reason
from auth.country_data import CountryData
from auth.origin_rules import passes, plain_address
from auth.viewer import Viewer
from base import clock
from base.audience import PROBE, Audience
from base.db import UNWRITTEN, db, transaction
from base.headers import own_style
from base.jst import day_of
from base.logs import log


def is_served_here(organization_id: int) -> bool:
    """A PC may be registered for several organizations; its address abroad is allowed for one (R2-8, R4-4)."""
    return _serves(organization_id, g.allowed_for)


def _serves(organization_id: int, allowed_for: frozenset[int] | None) -> bool:
    return allowed_for is None or organization_id in allowed_for


class OriginGate:
    """Leaves `g.origin`, and in `g.allowed_for` the organizations an allowed address serves; None where it serves everybody."""

    def __init__(self, countries: CountryData, *, are_local_addresses_allowed: bool) -> None:
        self._countries = countries
        self._is_local_allowed = are_local_addresses_allowed
        self._blocked = BlockedTally()

    def refusal(
        self, address: str, facts: CertificateFacts | Reason, who: Audience | None
    ) -> ResponseReturnValue | None:
        now, own = clock.now(), app_ctx.g
        origin = own.origin = self._countries.origin(address, now)
        own.allowed_for = None
        if passes(origin, are_local_addresses_allowed=self._is_local_allowed) or self._is_own_probe(who):
            self._write_if_due(now)
            return None
        own.allowed_for = self._allowed_for(facts)
        return None if own.allowed_for else self.address_page(facts)

    @staticmethod
    def serves(viewer: Viewer | None, allowed_for: frozenset[int] | None) -> bool:
        return viewer is None or _serves(viewer.organization_id, allowed_for)

    def address_page(self, facts: CertificateFacts | Reason) -> ResponseReturnValue:
        """Brings its own style: nothing else is served to this address."""
        self._note(facts)
        style, policy = own_style(current_app.static_folder or "")
        page = render_template("errors/address.html", address=g.origin.address, own_style=style)
        return page, 403, {"Content-Security-Policy": policy}

    @staticmethod
    def _is_own_probe(who: Audience | None) -> bool:
        """The front forwards no probe: whoever asks stands at the socket itself, or in our own network."""
        return who == PROBE and (g.origin.is_local or not g.remote_address)

    @staticmethod
    def _allowed_for(facts: CertificateFacts | Reason) -> frozenset[int]:
        address = plain_address(g.origin.address)
        if address is None or isinstance(facts, Reason):
            return frozenset()
        allowed = organizations_allowed_at(db.session(), address)
        return allowed & organizations_of(db.session(), facts.fingerprint) if allowed else allowed

    def _note(self, facts: CertificateFacts | Reason) -> None:
        now, origin = clock.now(), g.origin
        fingerprint = "" if isinstance(facts, Reason) else facts.fingerprint
        country = origin.country or ""
        log.info(
            "address refused",
            reference=g.reference,
            address=origin.address,
            country=country,
            fingerprint=fingerprint,
        )
        self._blocked.note(Source(day_of(now), origin.address, fingerprint), country, now)
        self._write_if_due(now)

    def _write_if_due(self, now: datetime) -> None:
        """Whoever comes next writes what was counted: a request that passes, too."""
        if self._blocked.is_due(now):
            self._write(self._blocked.take(now))

    def _write(self, counted: dict[Source, Counted]) -> None:
        try:
            with transaction() as session:
                write_blocked(session, counted)
        except UNWRITTEN as fault:
            self._blocked.put_back(counted)
            log.error("blocked accesses not written", fault=type(fault).__name__)
