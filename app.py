"""Puts the parts together. `create_app()` reads `PORTAL_*`; without any, only the commands that need none are there."""

import os
from collections.abc import Callable
from datetime import datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from flask import Flask, g, has_request_context, request
from flask_babel import Babel
from flask_migrate import Migrate
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from auth import list_alarms, password_reminders
from auth.account_views import account_blueprint
from auth.allowed_staff_views import allowed_staff_blueprint
from auth.blocked_accesses import forget_blocked
from auth.blocked_staff_views import blocked_staff_blueprint
from auth.ca_cli import cas_commands
from auth.ca_queries import issuing_cas
from auth.ca_staff_views import ca_staff_blueprint, list_desk
from auth.certificate_cli import certificate_command
from auth.certificate_entry_views import certificate_entry_blueprint
from auth.certificate_mails import ends_composer
from auth.certificate_notices import JOB as CERTIFICATE_ENDS
from auth.certificate_notices import KIND as CERTIFICATE_ENDS_MAIL
from auth.certificate_notices import Teller, tell_of_ends
from auth.certificate_source import CertificateSource, NginxHeaders, TlsSocket
from auth.certificate_staff_views import certificate_staff_blueprint
from auth.certificate_todos import todos as certificate_todos
from auth.certificate_views import certificate_blueprint
from auth.country_data import CountryData
from auth.credential_mails import Sender, credential_composer
from auth.credential_pairs import release_held_pairs
from auth.credential_queries import LINK, ONE_TIME_PASSWORD
from auth.credential_views import credential_blueprint
from auth.dormancy_cli import dormancy_commands
from auth.dormancy_digest_mails import other_composers
from auth.dormancy_digests import JOB
from auth.dormancy_mails import stage_composers
from auth.dormancy_run import Rounds, run_dormancy
from auth.dormancy_staff_views import dormancy_staff_blueprint
from auth.dormancy_views import dormancy_blueprint
from auth.flask_login_user import register_flask_login
from auth.gate import Gate, register_gate
from auth.geo_cli import geo_commands
from auth.identity import SessionLimits, UpperFloors, identity_reader
from auth.issuing_cas import IssuingCas
from auth.list_refresh import EVERY_SECONDS, refresh_all
from auth.login_candidates import candidate_finder
from auth.origin_gate import OriginGate
from auth.password_mails import reminder_composer
from auth.password_reminders import run_reminders
from auth.password_resets import RESET
from auth.password_views import password_blueprint
from auth.passwords import Passwords
from auth.reset_mails import ResetSender, reset_composer
from auth.reset_views import reset_blueprint
from auth.self_check_views import self_check_blueprint
from auth.tries import Tries
from auth.user_cli import user_commands
from auth.user_staff_views import user_staff_blueprint
from auth.user_waiting import todos as account_todos
from auth.viewer import Viewer
from auth.views import login_blueprint
from base import clock, clock_alarms
from base.actors import WORKER
from base.audit import seal
from base.behind_front import BehindFront
from base.business_days import BusinessCalendar
from base.clock_cli import clock_commands, clock_job
from base.closing_days import business_calendar
from base.commands import audit_commands, secrets_commands
from base.csrf import FormsProtect
from base.daily_runs import DailyRun, daily_job
from base.db import db, engine_options, transaction
from base.errors import register_errors
from base.form_keys import forget_old_keys
from base.headers import register_headers
from base.health import health_blueprint
from base.jobs import Bell
from base.jst import day_of
from base.logs import register_logs, set_up_logs
from base.mail_claims import Composer
from base.outbox import HAS_QUEUED
from base.plain_input import register_plain_input
from base.schedule_cli import schedule_command
from base.scripted_forms import register_scripted_forms
from base.settings import PREFIX, Settings, read_settings
from base.translations import SourceDomain
from base.upload_limits import register_upload_limits
from base.upload_spool import SpoolingRequest
from base.words import register_words
from base.worker import Job
from base.worker_cli import DELIVER_MAIL, worker_command
from content.addresses.addresses import release_held_links
from content.addresses.links import link_desk
from content.addresses.mails import address_composer
from content.addresses.staff_views import address_staff_blueprint
from content.addresses.todos import todos as address_todos
from content.addresses.views import address_blueprint
from content.calendar.views import calendar_blueprint
from content.files import alarms as file_alarms
from content.files.cli import JOB as SWEEP_FILES
from content.files.cli import file_commands, run_sweep
from content.files.storage import FileStore
from content.files.stores import EXTENSION, chosen_store
from content.files.views import file_blueprint
from content.mailing.chase_mails import reminder_composer as chase_composer
from content.mailing.chases import REMINDER
from content.mailing.mail_desk_views import mail_desk_blueprint
from content.mailing.trial_mails import TRIAL, trial_mail_composer
from content.mailing.update_mails import update_mail_composer
from content.manuals.views import manual_blueprint
from content.queries import page_versions, reads
from content.reading.about_views import about_blueprint, own_text
from content.reading.acknowledgement_todos import todos as acknowledgement_todos
from content.reading.change_views import change_blueprint
from content.reading.room import ReadingRoom
from content.reading.views import reading_blueprint
from content.search.cli import search_commands
from content.search.jobs import search_jobs
from content.search.views import search_blueprint
from content.systems.staff_views import system_staff_blueprint
from content.systems.views import system_blueprint
from content.texts.site_texts import Slug
from content.texts.staff_views import site_text_blueprint
from content.writing import going_live_run
from content.writing.autosaves import forget_old_autosaves
from content.writing.publishing_routes import publishing_blueprint
from content.writing.template_staff_views import template_blueprint
from demo.inbox_views import inbox_blueprint
from desk.audit_staff_views import audit_blueprint
from desk.desk_views import desk_blueprint
from rights.dormancy_todos import todos as dormancy_todos
from rights.dormancy_todos import unremoved
from rights.my_rights import my_rights
from rights.processing_cli import processing_commands
from rights.processing_jobs import processing_jobs
from rights.queries import held_systems, login_from
from rights.request_mails import request_composers
from rights.request_views import requests_blueprint
from rights.staff_views import staff_requests_blueprint
from rights.starting_mails import starting_composer
from rights.starting_news import KIND as RIGHTS_START
from rights.starting_news import starting_run
from rights.todos import todos as request_todos

HERE = Path(__file__).resolve().parent
SITE = HERE / "site"
LARGEST_FORM = 1024 * 1024
FORM_PARTS = 500
KEYS_LIVE = timedelta(days=7)
BLOCKED_KEPT = timedelta(days=400)


class Portal(Flask):
    """No view is a coroutine: none has to be asked whether it is."""

    request_class = SpoolingRequest

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func


def _configure(app: Flask, settings: Settings) -> None:
    app.config.update(
        PORTAL=settings,
        SECRET_KEY=settings.secrets.keys[0],
        SECRET_KEY_FALLBACKS=list(settings.secrets.keys[1:]),
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(settings.database_url),
        SESSION_COOKIE_NAME="__Host-session",
        SESSION_COOKIE_SECURE=True,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,
        TRUSTED_HOSTS=[settings.host.rsplit(":", 1)[0] if ":" in settings.host else settings.host],
        MAX_CONTENT_LENGTH=LARGEST_FORM,
        MAX_FORM_PARTS=FORM_PARTS,
        TEMPLATES_AUTO_RELOAD=False,
        BABEL_DEFAULT_LOCALE="ja",
    )


def _certificate_source(settings: Settings) -> CertificateSource:
    if settings.certificate_source == "tls":
        return TlsSocket()
    return NginxHeaders(settings.secrets.front_secret, settings.is_front_socket)


def _locale() -> str:
    viewer = g.get("viewer") if has_request_context() else None
    if isinstance(viewer, Viewer):
        return viewer.language
    return request.accept_languages.best_match(["ja", "en"], "ja") if has_request_context() else "ja"


def _register_who(app: Flask, settings: Settings) -> None:
    above = UpperFloors(held_systems(), page_versions(), reads())
    limits = SessionLimits(settings.session_idle, settings.session_life, settings.are_stale_lists_closed)
    read_identity = identity_reader(above, limits, settings.unlock_roles)
    countries = CountryData(settings.country_data)
    app.extensions["countries"] = countries
    origins = OriginGate(countries, are_local_addresses_allowed=settings.are_local_addresses_allowed)
    register_gate(app, Gate(_certificate_source(settings), read_identity, settings.password_days, origins))
    register_flask_login(app)
    app.extensions["tries"] = Tries(settings.limits_url, settings.tries_by_certificate, settings.tries_by_id)
    passwords = Passwords(settings.argon2_memory, settings.argon2_time)
    app.extensions["passwords"] = passwords
    app.register_blueprint(login_blueprint(passwords, candidate_finder(held_systems()), partial(own_text, Slug.FAQ)))
    app.register_blueprint(password_blueprint(passwords))
    app.register_blueprint(account_blueprint())
    app.register_blueprint(credential_blueprint(passwords, login_from))
    app.register_blueprint(reset_blueprint(passwords))
    app.register_blueprint(allowed_staff_blueprint())
    app.register_blueprint(blocked_staff_blueprint())
    app.register_blueprint(user_staff_blueprint(my_rights))


def _register_reading(app: Flask, settings: Settings) -> None:
    room = ReadingRoom(settings.password_days)
    store = app.extensions[EXTENSION] = chosen_store(settings)
    todos = [
        *(acknowledgement_todos, dormancy_todos, certificate_todos, account_todos(settings.credentials_days)),
        *(address_todos, request_todos),
    ]
    app.register_blueprint(reading_blueprint(room, todos))
    app.register_blueprint(file_blueprint(room, store, are_sent_by_front=settings.are_files_sent_by_front))
    app.register_blueprint(manual_blueprint(room))
    app.register_blueprint(change_blueprint(room))
    app.register_blueprint(search_blueprint(room))
    app.register_blueprint(about_blueprint())
    app.register_blueprint(system_blueprint(room))
    app.register_blueprint(calendar_blueprint(room, settings.secrets.keys))


def _register_commands(app: Flask, settings: Settings | None) -> None:
    def calendar() -> BusinessCalendar:
        return business_calendar(db.session()) if settings else BusinessCalendar()

    def cas() -> IssuingCas:
        return issuing_cas(db.session()) if settings else IssuingCas(())

    app.cli.add_command(schedule_command(calendar))
    app.cli.add_command(certificate_command(cas))
    app.cli.add_command(secrets_commands())
    app.cli.add_command(dormancy_commands(settings.operator.desks[0].mail if settings else None))
    if settings:
        app.cli.add_command(audit_commands())
        app.cli.add_command(clock_commands())
        app.cli.add_command(user_commands())
        app.cli.add_command(cas_commands(list_desk(settings)))
        app.cli.add_command(geo_commands(app, settings))
        app.cli.add_command(processing_commands())
        app.cli.add_command(file_commands())
        app.cli.add_command(search_commands())


def _seal_all() -> None:
    sealed = 1
    while sealed:
        try:
            with transaction() as session:
                sealed = seal(session)
        except IntegrityError:
            # Another host's worker has just sealed these lines.
            sealed = 0


def _job(name: str, seconds: int, operation: Callable[[Session, datetime], object]) -> Job:
    """One operation in a transaction of its own."""

    def run() -> None:
        with transaction() as session:
            operation(session, clock.now())

    return Job(name, seconds, run)


def _daily_runs(settings: Settings, store: FileStore) -> list[DailyRun]:
    desk_address = settings.operator.desks[0].mail
    rounds, teller = Rounds(clock.now, desk_address), Teller(clock.now, desk_address)
    return [
        DailyRun(JOB, time(7), lambda turn: run_dormancy(turn, rounds, day_of(clock.now()))),
        DailyRun(CERTIFICATE_ENDS, time(7), lambda turn: tell_of_ends(turn, teller)),
        starting_run(clock.now),
        DailyRun(SWEEP_FILES, time(4), lambda turn: run_sweep(turn, store, desk_address, clock.now)),
        DailyRun(
            password_reminders.JOB, time(7, 30), lambda turn: run_reminders(turn, settings.password_days, clock.now)
        ),
    ]


def _account_composers(settings: Settings) -> dict[str, Composer]:
    keys, base_url, operator = settings.secrets.keys, settings.base_url, settings.operator
    credentials = credential_composer(Sender(keys, base_url, operator, settings.credentials_days))
    reset = ResetSender(keys, base_url, operator, settings.reset_seconds, settings.is_question_asked)
    return {LINK: credentials, ONE_TIME_PASSWORD: credentials, RESET: reset_composer(reset)}


def _register_worker(app: Flask, settings: Settings, bell: Bell) -> None:
    composers: dict[str, Composer] = {
        "publication": update_mail_composer(settings.base_url, settings.operator),
        clock_alarms.KIND: clock_alarms.clock_alarm_composer(settings.base_url, settings.operator.name),
        list_alarms.KIND: list_alarms.alarm_composer(
            settings.base_url, settings.operator.name, are_closed=settings.are_stale_lists_closed
        ),
        file_alarms.KIND: file_alarms.file_alarm_composer(
            app.extensions[EXTENSION], settings.base_url, settings.operator.name
        ),
        "verify-address": address_composer(link_desk(settings.secrets.keys), settings.base_url, settings.operator),
        **stage_composers(settings.base_url, settings.operator),
        **other_composers(settings.base_url, settings.operator),
        **_account_composers(settings),
        TRIAL: trial_mail_composer(settings.base_url, settings.operator),
        REMINDER: chase_composer(settings.base_url, settings.operator),
        **request_composers(settings.base_url, settings.operator),
        RIGHTS_START: starting_composer(settings.base_url, settings.operator),
        CERTIFICATE_ENDS_MAIL: ends_composer(settings.base_url, settings.operator),
        password_reminders.KIND: reminder_composer(
            settings.base_url, settings.operator, settings.password_days, held_systems()
        ),
    }
    periodic = [
        Job("seal audit", 30, _seal_all),
        clock_job(settings.operator.desks[0].mail),
        Job(
            "go live",
            going_live_run.EVERY_SECONDS,
            partial(going_live_run.announce_all_due, clock.now, partial(bell.ring, DELIVER_MAIL)),
        ),
        _job("release held links", 30, lambda session, now: release_held_links(session, now=now)),
        _job("release held credentials", 30, lambda session, now: release_held_pairs(session, now=now)),
        _job("forget form keys", 3600, lambda session, now: forget_old_keys(session, now - KEYS_LIVE)),
        _job("forget autosaves", 3600, forget_old_autosaves),
        _job("forget blocked accesses", 3600, lambda session, now: forget_blocked(session, day_of(now - BLOCKED_KEPT))),
        Job("revocation lists", EVERY_SECONDS, partial(refresh_all, list_desk(settings), by=WORKER)),
        *processing_jobs(clock.now),
        *search_jobs(app.extensions[EXTENSION], clock.now),
        *(daily_job(daily, clock.now) for daily in _daily_runs(settings, app.extensions[EXTENSION])),
    ]
    app.cli.add_command(worker_command(app, settings, bell, composers, periodic))


def _register_bell(app: Flask, bell: Bell) -> None:
    @app.after_request
    def ring(response: Response) -> Response:
        if request.method == "POST" and db.session.info.pop(HAS_QUEUED, None):
            bell.ring(DELIVER_MAIL)
        return response


def create_app(settings: Settings | None = None) -> Flask:
    """`SettingsFault` names everything that is wrong with the settings at once."""
    app = Portal(__name__, static_folder=str(SITE / "static"), template_folder=str(SITE / "templates"))
    if settings is None and not any(name.startswith(PREFIX) for name in os.environ):
        _register_commands(app, None)
        return app
    settings = settings or read_settings(os.environ)
    set_up_logs()
    if settings.clock_file:
        clock.use(clock.shifted_by(settings.clock_file))
    _configure(app, settings)
    db.init_app(app)
    Migrate(app, db, directory=str(HERE / "migrations"), render_as_batch=True)
    Babel(app, locale_selector=_locale).domain_instance = SourceDomain(SITE / "translations")
    register_words(app, settings)
    register_logs(app)
    register_headers(app)
    register_errors(app)
    _register_who(app, settings)
    register_upload_limits(app)
    FormsProtect(app)
    register_plain_input(app)
    register_scripted_forms(app)
    for blueprint in (
        *(health_blueprint, self_check_blueprint, requests_blueprint, staff_requests_blueprint, ca_staff_blueprint),
        *(certificate_blueprint, certificate_staff_blueprint, certificate_entry_blueprint, dormancy_staff_blueprint),
        *(address_staff_blueprint, system_staff_blueprint, mail_desk_blueprint, desk_blueprint, audit_blueprint),
        *(publishing_blueprint, template_blueprint, site_text_blueprint),
    ):
        app.register_blueprint(blueprint())
    app.register_blueprint(address_blueprint(link_desk(settings.secrets.keys)))
    app.register_blueprint(dormancy_blueprint(unremoved))
    _register_reading(app, settings)
    if settings.is_demo and settings.mail_dir:
        app.register_blueprint(inbox_blueprint(settings.mail_dir))
    _register_commands(app, settings)
    bell = Bell(settings.jobs_url)
    _register_bell(app, bell)
    _register_worker(app, settings, bell)
    if settings.certificate_source == "nginx":
        app.wsgi_app = BehindFront(app.wsgi_app)  # type: ignore[method-assign] # Flask's own way to wrap
    return app
