"""Puts the parts together. `create_app()` reads `PORTAL_*`; without any, only the commands that need none are there."""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from flask import Flask, g, has_request_context, request
from flask.globals import request_ctx
from flask_babel import Babel
from werkzeug.wrappers import Response

from auth import jobs as auth_jobs
from auth.account_views import account_blueprint
from auth.blueprints import BLUEPRINTS as AUTH_BLUEPRINTS
from auth.ca_cli import cas_commands
from auth.ca_queries import issuing_cas
from auth.ca_staff_views import list_desk
from auth.certificate_cli import certificate_command
from auth.certificate_source import CertificateSource, NginxHeaders, TlsSocket
from auth.certificate_todos import todos as certificate_todos
from auth.country_data import CountryData
from auth.credential_views import credential_blueprint
from auth.dormancy_cli import dormancy_commands
from auth.dormancy_views import dormancy_blueprint
from auth.flask_login_user import register_flask_login
from auth.gate import Gate, register_gate
from auth.geo_cli import geo_commands
from auth.identity import SessionLimits, UpperFloors, identity_reader
from auth.issuing_cas import IssuingCas
from auth.login_candidates import candidate_finder
from auth.origin_gate import OriginGate
from auth.password_views import password_blueprint
from auth.passwords import Passwords
from auth.reset_views import reset_blueprint
from auth.tries import Tries
from auth.user_cli import user_commands
from auth.user_staff_views import user_staff_blueprint
from auth.user_waiting import todos as account_todos
from auth.viewer import Viewer
from auth.views import login_blueprint
from base import clock, worker_jobs
from base.assets import VERSION, YEAR, asset_addresses
from base.behind_front import BehindFront
from base.business_days import BusinessCalendar
from base.clock_cli import clock_commands
from base.closing_days import business_calendar
from base.commands import audit_commands, secrets_commands
from base.csrf import FormsProtect
from base.daily_runs import daily_job
from base.db import db, engine_options
from base.errors import register_errors
from base.headers import register_headers
from base.health import health_blueprint
from base.jobs import Bell
from base.logs import register_logs, set_up_logs
from base.one_host import OneHostMap
from base.outbox import HAS_QUEUED
from base.plain_input import register_plain_input
from base.schedule_cli import schedule_command
from base.schema import register_migrations
from base.scripted_forms import register_scripted_forms
from base.settings import PREFIX, Settings, read_settings
from base.translations import SourceDomain
from base.upload_limits import register_upload_limits
from base.upload_spool import SpoolingRequest
from base.words import register_words
from base.worker_cli import DELIVER_MAIL, worker_command
from content import jobs as content_jobs
from content.addresses.links import link_desk
from content.addresses.todos import todos as address_todos
from content.addresses.views import address_blueprint
from content.blueprints import BLUEPRINTS as CONTENT_BLUEPRINTS
from content.calendar.views import calendar_blueprint
from content.files.cli import file_commands
from content.files.storage import FileStore
from content.files.stores import EXTENSION, chosen_store
from content.files.views import file_blueprint
from content.manuals.views import manual_blueprint
from content.queries import page_versions, reads
from content.reading.about_views import about_blueprint, own_text
from content.reading.change_views import change_blueprint
from content.reading.room import ReadingRoom
from content.reading.views import reading_blueprint
from content.search.cli import search_commands
from content.search.views import search_blueprint
from content.systems.views import system_blueprint
from content.texts.site_texts import Slug
from demo.inbox_views import inbox_blueprint
from desk import jobs as desk_jobs
from desk.blueprints import BLUEPRINTS as DESK_BLUEPRINTS
from rights import jobs as rights_jobs
from rights.blueprints import BLUEPRINTS as RIGHTS_BLUEPRINTS
from rights.bulk.views import bulk_blueprint
from rights.bulk.work import JOB as BULK_FILES
from rights.cli import rights_commands
from rights.dormancy_todos import todos as dormancy_todos
from rights.dormancy_todos import unremoved
from rights.inventory.todos import todos as inventory_todos
from rights.my_rights import my_rights
from rights.processing.cli import processing_commands
from rights.queries import held_systems, login_from
from rights.todos import todos as request_todos

HERE = Path(__file__).resolve().parent
SITE = HERE / "site"
LARGEST_FORM = 1024 * 1024
FORM_PARTS = 500


class Portal(Flask):
    """No view is a coroutine: none has to be asked whether it is."""

    request_class = SpoolingRequest
    url_map_class = OneHostMap

    def get_send_file_max_age(self, filename: str | None) -> int | None:
        """As nginx answers: what is asked for by its content never changes."""
        return YEAR if has_request_context() and VERSION in request.args else super().get_send_file_max_age(filename)

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
    app.register_blueprint(user_staff_blueprint(my_rights))


def _register_reading(app: Flask, settings: Settings) -> None:
    room = ReadingRoom(settings.password_days)
    store = app.extensions[EXTENSION] = chosen_store(settings)
    todos = [
        *(dormancy_todos, certificate_todos, account_todos(settings.credentials_days)),
        *(address_todos, inventory_todos, request_todos),
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
        app.cli.add_command(rights_commands())
        app.cli.add_command(cas_commands(list_desk(settings)))
        app.cli.add_command(geo_commands(app, settings))
        app.cli.add_command(file_commands())
        app.cli.add_command(search_commands())
        app.cli.add_command(processing_commands())


def _register_worker(app: Flask, settings: Settings, bell: Bell) -> None:
    store: FileStore = app.extensions[EXTENSION]
    composers = {
        **worker_jobs.composers(settings),
        **auth_jobs.composers(settings, held_systems()),
        **rights_jobs.composers(settings),
        **content_jobs.composers(settings, store),
        **desk_jobs.composers(settings),
    }
    daily_runs = [
        *auth_jobs.daily_runs(settings),
        *rights_jobs.daily_runs(settings),
        *content_jobs.daily_runs(settings, store),
        *desk_jobs.daily_runs(settings),
    ]
    jobs = [
        *worker_jobs.jobs(settings),
        *auth_jobs.jobs(settings),
        *rights_jobs.jobs(settings),
        *content_jobs.jobs(store, partial(bell.ring, DELIVER_MAIL)),
        *desk_jobs.jobs(settings),
        *(daily_job(daily, clock.now) for daily in daily_runs),
    ]
    app.cli.add_command(worker_command(app, settings, bell, composers, jobs))


def _register_bell(app: Flask, bell: Bell) -> None:
    @app.after_request
    def ring(response: Response) -> Response:
        if request_ctx.request.method == "POST" and db.session.info.pop(HAS_QUEUED, None):
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
    register_migrations(app, HERE / "migrations")
    Babel(app, locale_selector=_locale).domain_instance = SourceDomain(SITE / "translations")
    register_words(app, settings)
    app.jinja_env.globals["asset"] = asset_addresses(SITE / "static")
    register_logs(app)
    register_headers(app)
    register_errors(app)
    _register_who(app, settings)
    register_upload_limits(app)
    FormsProtect(app)
    register_plain_input(app)
    register_scripted_forms(app)
    for blueprint in (*AUTH_BLUEPRINTS, *RIGHTS_BLUEPRINTS, *CONTENT_BLUEPRINTS, *DESK_BLUEPRINTS):
        app.register_blueprint(blueprint())
    app.register_blueprint(health_blueprint())
    app.register_blueprint(address_blueprint(link_desk(settings.secrets.keys)))
    app.register_blueprint(dormancy_blueprint(unremoved))
    _register_reading(app, settings)
    if settings.is_demo and settings.mail_dir:
        app.register_blueprint(inbox_blueprint(settings.mail_dir))
    _register_commands(app, settings)
    bell = Bell(settings.jobs_url)
    _register_bell(app, bell)
    app.register_blueprint(bulk_blueprint(partial(bell.ring, BULK_FILES)))
    _register_worker(app, settings, bell)
    if settings.certificate_source == "nginx":
        app.wsgi_app = BehindFront(app.wsgi_app)  # type: ignore[method-assign] # Flask's own way to wrap
    return app
