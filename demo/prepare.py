"""Makes a demo's folder, once: certificates, database, files, accounts. What is there already is only brought up to date."""

import json
import shutil
import sys
from datetime import datetime
from pathlib import Path

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy.orm import Session

from app import create_app
from auth.dormancy import STAGE_DAYS, Stage
from auth.passwords import Passwords
from auth.questions import answer_hash
from base import clock
from base.closing_days import business_calendar
from base.db import db, transaction
from base.secret_file import write_secrets
from base.settings import read_settings
from content.files.storage import FolderStore
from demo.abroad import note_foreigners, write_countries
from demo.archive import add_archive, index_archive
from demo.authority import LIST_FILE, write_authority, write_client, write_list, write_server
from demo.closing import know_closing_days, move_starting_days
from demo.crowd import add_crowd
from demo.desk import enter_requests, register_addresses
from demo.dormant import note_dormant
from demo.drafts import leave_drafts
from demo.enrolment import (
    Certificates,
    Enrolled,
    Hashes,
    ask_for_list,
    enrol,
    invite,
    issue_certificates,
    revocation_list,
)
from demo.environment import Ports, portal_settings
from demo.folder import P12_PASSWORD, SECRET_ANSWER, UNFINISHED, DemoFolder
from demo.inventory import take_inventory
from demo.made_by import note_migrations
from demo.manuals import keep_manual, note_fetched_versions
from demo.newsroom import AUTHORS, name_systems, note_acknowledgements, note_readings, publish_articles
from demo.organizations import ORGANIZATIONS, PCS, PEOPLE, DemoPerson
from demo.people import ask_about_people
from demo.plans import plan_articles
from demo.stops import note_stops
from demo.typed import begin_requests, bring_jnote_ids

SMALL, LARGE = "small", "large"
PASSWORD = "Takusou-2718"
ROLES = {
    "reception": "reception center",
    "operations": "system operations",
    "administrator": "administrator",
    "primary": "contact manager",
    "deputy": "deputy contact manager",
    "reader": "reader",
}


class NotADemo(Exception):
    """The folder holds something else."""


def prepare(folder: DemoFolder, size: str = SMALL) -> None:
    """`NotADemo` where the folder is somebody else's. A demo that is there keeps its size."""
    if folder.accounts.exists():
        write_countries(folder)
        with _application(folder).app_context():
            upgrade()
        note_migrations(folder)
        return
    unfinished = DemoFolder(folder.root / UNFINISHED)
    if unfinished.root.exists():
        shutil.rmtree(unfinished.root)
    if folder.root.exists() and any(folder.root.iterdir()):
        raise NotADemo(f"{folder.root} holds files that are no demo's: empty it or name another folder (DEMO_DIR=…)")
    unfinished.inside.mkdir(parents=True)
    # Passwords, mailed links and the database lie in here.
    folder.root.chmod(0o700)
    _make(unfinished, size)
    _move(unfinished, folder)


def _application(folder: DemoFolder) -> Flask:
    """For commands alone: nobody reaches it by a port."""
    return create_app(read_settings(portal_settings(folder, Ports(site=443, smtp=25), "tls")))


def _make(folder: DemoFolder, size: str) -> None:
    folder.mail.mkdir()
    write_secrets(folder.secrets)
    write_countries(folder)
    app = _application(folder)
    with app.app_context():
        upgrade()
        note_migrations(folder)
        now = clock.now()
        certificates = issue_certificates(now)
        _write_certificates(folder, certificates, now)
        with transaction() as session:
            enrolled = enrol(session, certificates, _hashes(app), now)
            ask_for_list(session, (folder.root / LIST_FILE).read_bytes(), now)
            if size == LARGE:
                authors = [enrolled.people[login_id].id for login_id in AUTHORS]
                add_crowd(session, authors[0], _hashes(app), tell, now)
                add_archive(session, authors, tell, now)
            _fill(session, folder, enrolled, now)
            if size == LARGE:
                index_archive(session, tell)
        db.engine.dispose()
    accounts = [_account(person) for person in PEOPLE if _may_log_in(person)]
    folder.accounts.write_text(json.dumps(accounts, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _fill(session: Session, folder: DemoFolder, enrolled: Enrolled, now: datetime) -> None:
    know_closing_days(session, enrolled, now)
    calendar = business_calendar(session)
    name_systems(session)
    register_addresses(session, enrolled, now)
    publish_articles(session, enrolled, FolderStore(folder.files), calendar, now)
    keep_manual(session, enrolled, FolderStore(folder.files), calendar, now)
    leave_drafts(session, enrolled, now)
    note_readings(session, enrolled)
    plan_articles(session, enrolled, calendar, now)
    note_fetched_versions(session)
    note_acknowledgements(session, enrolled)
    enter_requests(session, enrolled, calendar, now)
    ask_about_people(session, enrolled, calendar, now)
    begin_requests(session, enrolled, now)
    bring_jnote_ids(session, enrolled, now)
    invite(session, enrolled, now)
    note_foreigners(session, enrolled, now)
    note_dormant(session, now)
    note_stops(session, enrolled, now)
    take_inventory(session, enrolled, calendar, now)
    move_starting_days(session, enrolled, now)


def _hashes(app: Flask) -> Hashes:
    passwords: Passwords = app.extensions["passwords"]
    return Hashes(passwords.hash(PASSWORD), answer_hash(SECRET_ANSWER, passwords))


def _write_certificates(folder: DemoFolder, certificates: Certificates, now: datetime) -> None:
    write_authority(folder.root, certificates.authority)
    write_list(folder.root, revocation_list(certificates, now))
    write_server(folder.inside, certificates.authority.issue_server(not_before=now))
    for pc in PCS:
        issued = certificates.issued[pc.client]
        write_client(folder.root, pc.client, issued, certificates.authority_of(pc), P12_PASSWORD)


def _may_log_in(person: DemoPerson) -> bool:
    ended = {each.name for each in ORGANIZATIONS if each.ended is not None}
    is_dormant = (person.last_login or 0) >= STAGE_DAYS[Stage.LOCK]
    return person.has_credentials and not person.is_locked and not is_dormant and person.organization not in ended


def _account(person: DemoPerson) -> dict[str, str]:
    return {
        "login_id": person.login_id,
        "password": PASSWORD,
        "organization": person.organization,
        "role": ROLES[person.staff_role or person.contact_role or "reader"],
        "client": person.client,
    }


def _move(unfinished: DemoFolder, folder: DemoFolder) -> None:
    """The accounts last: where they are, the demo is complete."""
    for path in sorted(unfinished.root.iterdir(), key=lambda path: path.name == folder.accounts.name):
        path.rename(folder.root / path.name)
    unfinished.root.rmdir()


def tell(what: str, done: int, total: int) -> None:
    print(f"{what}: {done:,} of {total:,}", flush=True)


def main() -> None:
    try:
        prepare(DemoFolder(Path(sys.argv[1])), *sys.argv[2:3])
    except NotADemo as fault:
        sys.exit(str(fault))


if __name__ == "__main__":
    main()
