"""`flask --app app geo …`: what the gate says of an address, and the same for an nginx that refuses before it (R2-8)."""

from collections.abc import Iterable, Iterator
from ipaddress import collapse_addresses, ip_network
from pathlib import Path

import click
from flask import Flask
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from auth.allowed_queries import entries_in_effect, organizations_allowed_at
from auth.country_data import CountryData, read_country_file
from auth.origin_rules import DOMESTIC, EMBEDDING, LOCAL, Network, passes, plain_address
from base import clock
from base.db import db
from base.settings import Settings

COUNTRIES_FILE = "portal-countries.conf"
ALLOWED_FILE = "portal-allowed.conf"


def _collapsed(networks: Iterable[Network]) -> Iterator[Network]:
    """Neighbours as one."""
    known = list(networks)
    yield from collapse_addresses(network for network in known if network.version == 4)
    yield from collapse_addresses(network for network in known if network.version == 6)


def _is_embedding(network: Network) -> bool:
    return any(network.version == other.version and network.overlaps(other) for other in EMBEDDING)


def country_lines(paths: Iterable[Path]) -> list[str]:
    """`NETWORK JP;` for nginx's `geo`, without what only claims to be somewhere (H3)."""
    sources = [file.source for file in map(read_country_file, paths) if file.source is not None]
    found = (network for source in sources for network in source.networks_in(DOMESTIC))
    return [f"{network} {DOMESTIC};" for network in _collapsed(each for each in found if not _is_embedding(each))]


def allowed_lines(session: Session, *, are_local_addresses_allowed: bool) -> list[str]:
    """`NETWORK 1;`: whose certificate it is, the application judges."""
    networks = {ip_network(row.network) for row in entries_in_effect(session) if row.organization.ended_at is None}
    networks |= set(LOCAL) if are_local_addresses_allowed else set()
    return [f"{network} 1;" for network in _collapsed(networks)]


def write_if_changed(file: Path, lines: Iterable[str]) -> bool:
    """Whole or not at all: nginx may read it at any moment."""
    text = "".join(f"{line}\n" for line in lines)
    if file.exists() and file.read_text(encoding="ascii") == text:
        return False
    beside = file.with_suffix(".new")
    beside.write_text(text, encoding="ascii")
    beside.replace(file)
    return True


def geo_commands(app: Flask, settings: Settings) -> AppGroup:
    group = AppGroup("geo", help="Where addresses are, as the gate sees it.")

    @group.command("where", help="Tell the country of ADDRESS and whether it is let in.")
    @click.argument("address")
    def where(address: str) -> None:
        countries: CountryData = app.extensions["countries"]
        origin = countries.origin(address, clock.now())
        is_let_in = passes(origin, are_local_addresses_allowed=settings.are_local_addresses_allowed)
        plain = plain_address(origin.address)
        allowed = organizations_allowed_at(db.session(), plain) if plain and not is_let_in else ()
        verdict = "let in" if is_let_in else "allowed for one organization" if allowed else "refused"
        click.echo(f"{origin.address or '-'} {origin.country or '-'} {verdict}")

    @group.command("export-nginx", help="Write Japan's networks and the allow-list into FOLDER, for nginx's geo.")
    @click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
    def export_nginx(folder: Path) -> None:
        """Exit code 3 where the data name no network: the older file stays, and nobody is locked out by it."""
        countries = country_lines(settings.country_data)
        allowed = allowed_lines(db.session(), are_local_addresses_allowed=settings.are_local_addresses_allowed)
        if settings.country_data and not countries:
            click.echo("no network of Japan in the country data: nothing written", err=True)
            raise SystemExit(3)
        changed = [
            name
            for name, lines in ((COUNTRIES_FILE, countries), (ALLOWED_FILE, allowed))
            if write_if_changed(folder / name, lines)
        ]
        click.echo(f"changed: {' '.join(changed)}" if changed else "unchanged")

    return group
