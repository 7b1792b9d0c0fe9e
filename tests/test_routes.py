"""The whole map of addresses: who may, who may not, and what every press needs. A new route is walked by itself."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import inspect
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from app import create_app
from auth.permissions import PERMISSIONS, UNLOCK, permissions_of
from base.audience import CERTIFICATE, CONTACT_MANAGER, DEMO, FEED, OPEN, PROBE, READER, Audience, audience_of
from base.db import db, transaction
from base.form_keys import new_form_key
from base.headers import FIXED
from tests.browsing import Visitor, forms_of, logged_in
from tests.cast import Cast, Person
from tests.hidden import Hidden, hidden_rows, keys_of
from tests.settings import settings_for
from tests.test_floors import CODE, functions_of, tree_of

# They begin and end sessions, or ask for a mail: a form key belongs to somebody who is known.
# What is typed is kept again and again, by the browser: it is no press.
WITHOUT_FORM_KEY = {"auth.log_in", "auth.log_out", "reset.ask", "publishing.autosave", "entry.keep_left"}
# POST for what is too long for an address: they show and change nothing, which is proven below.
SHOWN_BY_POST = {
    "entry.check_entry",
    "people.check_change",
    "people.check_correct",
    "people.check_new_id",
    "people.check_anew",
    "publishing.show_preview",
    "staff_cas.check_file",
    "publishing.check_update",
    "publishing.show_update_as",
    "publishing.choose",
    "site_texts.show_preview",
    "templates.preview_template",
    "templates.use",
    "passwords.judge_password",
    "certificate_entries.check",
}
# A link that was mailed says whom it is for (D5); its token can't be guessed.
TOLD = {"addresses.show_link", "addresses.press_button"}
# These rows need a history or bytes that no builder gives them; their own tests do.
NEEDS_MORE = {
    "credentials.show_done",
    "publishing.show_revisions",
    "publishing.show_check",
    "publishing.show_update",
    "addresses.show_verified",
    "files.send_file",
    "files.send_latest",
    "publishing.show_begin",
    "publishing.show_manual",
    "publishing.show_announcement",
}
READING = {"GET", "HEAD", "OPTIONS"}
CHANGING_HEADERS = {"Date", "Content-Length"}
CHANGING_TEXT = re.compile(r'(name="(?:csrf_token|form_key|draft)" value=")[^"]*')


@pytest.fixture
def hidden(app: Flask, cast: Cast) -> Hidden:
    with app.app_context(), transaction() as session:
        return hidden_rows(session, cast)


def rules_of(app: Flask) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]


def audience_at(app: Flask, rule: Rule) -> Audience:
    found = audience_of(app.view_functions[rule.endpoint])
    assert found is not None, f"{rule.rule} declares no audience"
    return found


def methods_of(rule: Rule) -> list[str]:
    return sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})


def presses_of(app: Flask) -> Iterator[tuple[Rule, str]]:
    """Every route with a method that may change something."""
    for rule in rules_of(app):
        yield from ((rule, method) for method in methods_of(rule) if method not in READING)


def people_of(cast: Cast) -> dict[str, Person]:
    return {name: getattr(cast, name) for name in cast.__slots__}


def whose(app: Flask, cast: Cast, who: Audience) -> Person:
    """Somebody for whom the route is."""
    if who.name != "staff":
        return cast.higashi_manager
    staff = (cast.reception, cast.operations, cast.administrator)
    return next(person for person in staff if who.permission in permissions_at(app, person))


def permissions_at(app: Flask, person: Person) -> frozenset[str]:
    roles = {"uketsuke": "reception", "uketsuke2": "reception", "unei": "operations", "kanri": "administrator"}
    return permissions_of(roles[person.login_id.split("@")[0]], app.config["PORTAL"].unlock_roles)


class Crowd:
    """Each person logs in once for the whole walk."""

    def __init__(self, app: Flask, cast: Cast) -> None:
        self.app = app
        self.cast = cast
        self._visitors: dict[str, Visitor] = {}
        self._tokens: dict[int, str] = {}

    def of(self, person: Person) -> Visitor:
        if person.login_id not in self._visitors:
            self._visitors[person.login_id] = logged_in(self.app, person)
        return self._visitors[person.login_id]

    def of_audience(self, who: Audience) -> Visitor:
        return self.of(whose(self.app, self.cast, who))

    def token(self, visitor: Visitor) -> str:
        """Of its session, which none of these walks ends."""
        if id(visitor) not in self._tokens:
            forms = forms_of(visitor.get("/", follow_redirects=True).text)
            self._tokens[id(visitor)] = str(
                next(form.values["csrf_token"] for form in forms if form.action == "/logout")
            )
        return self._tokens[id(visitor)]


@pytest.fixture
def crowd(app: Flask, cast: Cast) -> Crowd:
    return Crowd(app, cast)


def sent(visitor: Visitor, method: str, path: str, data: Any = None, **headers: str) -> TestResponse:
    """`headers` by their names with underscores."""
    extra = {name.replace("_", "-"): value for name, value in headers.items()}
    return visitor.browser.open(
        path, method=method, base_url="https://portal.example", data=data, headers=visitor._headers(extra)
    )


def steady(answer: TestResponse) -> tuple[int, str, list[tuple[str, str]]]:
    headers = sorted((name, value) for name, value in answer.headers if name not in CHANGING_HEADERS)
    return answer.status_code, CHANGING_TEXT.sub(r"\1", answer.text), headers


@cache
def selects_of(app: Flask) -> dict[str, str]:
    """One for each table that the database itself knows of, whatever the models say."""
    tables = [name for name in inspect(db.engine).get_table_names() if "_fts" not in name]
    assert len(tables) > 20
    return {name: f"SELECT * FROM {name}" for name in tables}


def everything_in(app: Flask) -> dict[str, list[Any]]:
    """Every row of every table."""
    with app.app_context(), db.engine.connect() as connection:
        return {name: list(connection.exec_driver_sql(rows)) for name, rows in selects_of(app).items()}


def test_every_route_declares_its_audience(app: Flask) -> None:
    """R8-6: deny by default."""
    known = {OPEN, CERTIFICATE, FEED, READER, CONTACT_MANAGER, PROBE, DEMO}
    permissions = {UNLOCK}.union(*PERMISSIONS.values())
    odd = []
    for rule in rules_of(app):
        who = audience_of(app.view_functions[rule.endpoint])
        is_staff = who is not None and who.name == "staff" and who.permission in permissions
        if who not in known and not is_staff:
            odd.append(f"{rule.rule}: {who}")
    assert odd == []
    assert len(rules_of(app)) > 10


def test_only_the_page_for_strangers_and_the_probes_are_open(app: Flask) -> None:
    """R4-1: nothing else is reachable without a certificate."""
    open_rules = {rule.rule for rule in rules_of(app) if audience_at(app, rule) in {OPEN, PROBE}}
    assert open_rules == {"/certificate-needed", "/self-check", "/healthz", "/readyz"}


def test_the_demo_declares_its_audiences_too(sqlite_url: str, tmp_path: Any) -> None:
    """R8-6."""
    app = create_app(settings_for(sqlite_url, tmp_path, is_demo=True, mail_dir=tmp_path))
    assert [rule.rule for rule in rules_of(app) if audience_of(app.view_functions[rule.endpoint]) is None] == []
    assert not [rule.rule for rule in rules_of(app) if audience_at(app, rule) == DEMO and rule.methods == {"POST"}]


def test_without_a_certificate_every_route_is_the_explaining_page(app: Flask, hidden: Hidden) -> None:
    """R4-1, A1, H6."""
    nobody, odd = Visitor(app, None), []
    for rule in rules_of(app):
        if audience_at(app, rule) in {OPEN, PROBE}:
            continue
        for method in methods_of(rule):
            answer = sent(nobody, method, hidden.path(rule))
            if answer.status_code != 403 or "証明書の管理" not in answer.text or "Set-Cookie" in answer.headers:
                odd.append(f"{method} {rule.rule}: {answer.status_code}")
    assert odd == []


def test_from_abroad_every_route_is_the_page_that_names_the_address(app: Flask, crowd: Crowd, hidden: Hidden) -> None:
    """R2-8, H6, H7: whoever asks, in whatever way, logged in or not; the page holds nothing else and nothing changes."""
    cast, odd = crowd.cast, []
    everybody = [Visitor(app, None), Visitor(app, cast.higashi_reader.client)]
    everybody += [crowd.of(one) for one in (cast.higashi_manager, cast.nishi_reader, cast.administrator)]
    paths = {
        f"{method} {hidden.path(rule)}": (method, hidden.path(rule))
        for rule in rules_of(app)
        for method in methods_of(rule)
    }
    odd_ones = ("/nowhere", "/static/css/core.css", "/static/nowhere", "/healthz", "//", "/%00")
    paths |= {f"GET {path}": ("GET", path) for path in odd_ones}
    page = everybody[0].get("/", headers={"X-Client-Address": "198.51.100.7"}).text
    for visitor in everybody:
        for what, (method, path) in paths.items():
            answer = sent(visitor, method, path, X_Client_Address="198.51.100.7")
            is_bare = method == "HEAD" or answer.text == page
            if answer.status_code != 403 or not is_bare or "Set-Cookie" in answer.headers:
                odd.append(f"{what}: {answer.status_code}")
    assert "この接続元からはご利用になれません" in page
    assert odd == []


def test_without_login_every_route_leads_to_the_login(app: Flask, cast: Cast, hidden: Hidden) -> None:
    """R8-6: a certificate alone shows nothing but the login page."""
    stranger, odd = Visitor(app, cast.higashi_manager.client), []
    for rule in rules_of(app):
        if audience_at(app, rule) in {OPEN, PROBE, CERTIFICATE, FEED}:
            continue
        for method in methods_of(rule):
            answer = sent(stranger, method, hidden.path(rule))
            if answer.status_code not in {302, 303} or not answer.location.startswith("/login"):
                odd.append(f"{method} {rule.rule}: {answer.status_code}")
    assert odd == []


@pytest.mark.parametrize(
    "person", ["nishi_reader", "nishi_manager", "higashi_manager", "higashi_reader", "operations", "administrator"]
)
def test_whom_a_route_is_not_for_it_does_not_exist(app: Flask, crowd: Crowd, hidden: Hidden, person: str) -> None:
    """R7-2, R8-4, R8-6, E9: 404, as for an address that is nobody's."""
    someone = getattr(crowd.cast, person)
    visitor, odd = crowd.of(someone), []
    nowhere = steady(visitor.get("/nowhere"))
    for rule in rules_of(app):
        who = audience_at(app, rule)
        is_for_him = who in {OPEN, PROBE, CERTIFICATE, FEED, READER} or (
            who == CONTACT_MANAGER and person.endswith("_manager")
        )
        if who.name == "staff" and someone.organization_id == crowd.cast.reception.organization_id:
            is_for_him = who.permission in permissions_at(app, someone)
        if is_for_him:
            continue
        answers = {method: steady(sent(visitor, method, hidden.path(rule))) for method in methods_of(rule)}
        odd += [f"{method} {rule.rule}" for method, answer in answers.items() if answer != nowhere]
    assert odd == []


@pytest.mark.parametrize("person", ["nishi_reader", "nishi_manager"])
def test_another_organizations_object_is_as_absent_as_one_that_is_not_there(
    app: Flask, crowd: Crowd, hidden: Hidden, person: str
) -> None:
    """E9, R8-4, R8-6: byte by byte; nothing changes."""
    visitor, odd = crowd.of(getattr(crowd.cast, person)), []
    token, before = crowd.token(visitor), everything_in(app)
    for rule in rules_of(app):
        if not keys_of(rule) or audience_at(app, rule) in {OPEN, PROBE}:
            continue
        for method in methods_of(rule):
            data = None if method in READING else {"csrf_token": token, "form_key": new_form_key()}
            theirs = steady(sent(visitor, method, hidden.path(rule), data))
            absent = steady(sent(visitor, method, hidden.absent(rule), data))
            if theirs[0] != 404 or (theirs != absent and rule.endpoint not in TOLD):
                odd.append(f"{method} {rule.rule}: {theirs[0]}, absent {absent[0]}")
    assert odd == []
    assert everything_in(app) == before


def test_no_page_of_the_outsider_names_the_insider(app: Flask, crowd: Crowd, hidden: Hidden) -> None:
    """R8-4: in no list, no count, no choice."""
    odd = []
    for person in (crowd.cast.nishi_manager, crowd.cast.nishi_reader):
        for rule in rules_of(app):
            if keys_of(rule) or "GET" not in methods_of(rule) or audience_at(app, rule) in {OPEN, PROBE}:
                continue
            text = crowd.of(person).get(rule.rule, follow_redirects=True).text
            odd += [f"{rule.rule}: {word}" for word in ("ひがし", "higashi", "東野") if word in text]
    assert odd == []


def test_whoever_a_route_is_for_gets_an_answer(app: Flask, crowd: Crowd, hidden: Hidden) -> None:
    """Else the tests above would prove nothing; no route fails for want of anything in the address."""
    odd = []
    for rule in rules_of(app):
        who = audience_at(app, rule)
        if "GET" not in methods_of(rule) or who in {OPEN, DEMO} or rule.endpoint in NEEDS_MORE:
            continue
        answer = crowd.of_audience(who).get(hidden.path(rule))
        if answer.status_code not in {200, 302}:
            odd.append(f"{rule.rule}: {answer.status_code}")
    assert odd == []


def tokens_against(crowd: Crowd, visitor: Visitor) -> dict[str, dict[str, str]]:
    """Every way of not having the token of this very session."""
    person = next(one for one in people_of(crowd.cast).values() if crowd.of(one) is visitor)
    earlier = logged_in(crowd.app, person)
    old = crowd.token(earlier)
    assert earlier.post("/logout", {"csrf_token": old}).status_code == 303
    another = crowd.token(crowd.of(crowd.cast.minato_manager))
    good = crowd.token(visitor)
    return {
        "missing": {},
        "empty": {"csrf_token": ""},
        "another person's": {"csrf_token": another},
        "from before a logout": {"csrf_token": old},
        # Not its last character: some of that one's bits mean nothing.
        "changed": {"csrf_token": good[:-2] + ("A" if good[-2] != "A" else "B") + good[-1]},
        "in another field": {"token": good},
    }


def test_no_press_works_without_the_token_of_its_session(app: Flask, crowd: Crowd, hidden: Hidden) -> None:
    """B7, R8-8."""
    odd, before, against = [], None, {}
    for rule, method in presses_of(app):
        visitor = crowd.of_audience(audience_at(app, rule))
        if id(visitor) not in against:
            against[id(visitor)] = tokens_against(crowd, visitor)
            before = None
        before = before or everything_in(app)
        for what, fields in against[id(visitor)].items():
            answer = sent(visitor, method, hidden.path(rule), {**fields, "form_key": new_form_key()})
            if answer.status_code != 400:
                odd.append(f"{method} {rule.rule} with a token {what}: {answer.status_code}")
        if everything_in(app) != before:
            odd.append(f"{method} {rule.rule} changed something")
            before = None
    assert odd == []


def test_a_token_in_the_address_or_from_another_site_counts_for_nothing(
    app: Flask, crowd: Crowd, hidden: Hidden
) -> None:
    """B7."""
    odd = []
    for rule, method in presses_of(app):
        visitor = crowd.of_audience(audience_at(app, rule))
        token, path = crowd.token(visitor), hidden.path(rule)
        data = {"csrf_token": token, "form_key": new_form_key()}
        answers = {
            "in the address": sent(visitor, method, f"{path}?csrf_token={token}", {"form_key": new_form_key()}),
            "from another site": sent(visitor, method, path, data, Referer="https://evil.example/"),
            "from plain http": sent(visitor, method, path, data, Referer="http://portal.example/"),
            "without a referer": sent(visitor, method, path, data, Referer=""),
        }
        odd += [f"{method} {rule.rule} {what}" for what, answer in answers.items() if answer.status_code != 400]
    assert odd == []


def test_no_press_takes_anything_but_a_form(app: Flask, crowd: Crowd, hidden: Hidden) -> None:
    """B7, C12: even with the token in the header."""
    odd = []
    for rule, method in presses_of(app):
        visitor = crowd.of_audience(audience_at(app, rule))
        token = crowd.token(visitor)
        for kind in ("application/json", "text/plain", "application/xml"):
            answer = sent(visitor, method, hidden.path(rule), "{}", X_CSRFToken=token, Content_Type=kind)
            if answer.status_code != 400:
                odd.append(f"{method} {rule.rule} {kind}: {answer.status_code}")
    assert odd == []


def test_opening_a_press_is_refused_and_changes_nothing(app: Flask, crowd: Crowd, hidden: Hidden) -> None:
    """B7, R8-8."""
    shown = {rule.rule for rule in rules_of(app) if "GET" in methods_of(rule)}
    odd = []
    for rule, method in presses_of(app):
        visitor = crowd.of_audience(audience_at(app, rule))
        token = crowd.token(visitor)
        query = f"?csrf_token={token}&form_key={new_form_key()}"
        if rule.rule not in shown:
            answer = sent(visitor, "GET", hidden.path(rule) + query)
            # Some other route may take this for an object of its own; then that object isn't there.
            if answer.status_code not in {404, 405}:
                odd.append(f"GET {rule.rule}: {answer.status_code}")
        for other in {"PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"} - {method}:
            answer = sent(visitor, other, hidden.path(rule), {"csrf_token": token})
            if answer.status_code not in {400, 405}:
                odd.append(f"{other} {rule.rule}: {answer.status_code}")
    assert odd == []


def test_no_header_and_no_field_turns_reading_into_a_press(app: Flask, crowd: Crowd, hidden: Hidden) -> None:
    """B7, R8-8: method override is unknown, and reading writes nothing but what was read."""
    odd = []
    for rule, _method in presses_of(app):
        visitor = crowd.of_audience(audience_at(app, rule))
        path = hidden.path(rule)
        plain = sent(visitor, "GET", path).status_code
        before = everything_in(app)
        for name in ("X_HTTP_Method_Override", "X_HTTP_Method", "X_Method_Override"):
            overridden = sent(visitor, "GET", f"{path}?_method=POST", **{name: "POST"}).status_code
            if overridden != plain:
                odd.append(f"{rule.rule} {name}: {overridden}, plain {plain}")
        if everything_in(app) != before:
            odd.append(f"{rule.rule} changed something")
    assert odd == []


def test_no_press_works_without_a_form_key(app: Flask, crowd: Crowd, hidden: Hidden) -> None:
    """G1: nor does an empty form; nothing changes."""
    odd = []
    for rule, method in presses_of(app):
        if rule.endpoint in WITHOUT_FORM_KEY | SHOWN_BY_POST:
            continue
        visitor = crowd.of_audience(audience_at(app, rule))
        token, before = crowd.token(visitor), everything_in(app)
        answer = sent(visitor, method, hidden.path(rule), {"csrf_token": token})
        # A form may be read before its key: what it lacks, or that nothing was chosen, is told first.
        if answer.status_code not in {303, 400, 404, 422} or everything_in(app) != before:
            odd.append(f"{method} {rule.rule}: {answer.status_code}")
    assert odd == []


def test_what_only_shows_by_post_changes_nothing(app: Flask, crowd: Crowd, hidden: Hidden) -> None:
    """R8-8: whatever it is sent."""
    shown = [(rule, method) for rule, method in presses_of(app) if rule.endpoint in SHOWN_BY_POST]
    assert {rule.endpoint for rule, _ in shown} == SHOWN_BY_POST
    for rule, method in shown:
        visitor = crowd.of_audience(audience_at(app, rule))
        token, before = crowd.token(visitor), everything_in(app)
        filled = {"title": "件名", "body": "本文", "source": "本文", "page": "common", "kind": "business"}
        for fields in ({}, filled):
            answer = sent(visitor, method, hidden.path(rule), {"csrf_token": token, **fields})
            assert answer.status_code < 500
        assert everything_in(app) == before


def calls_by_function() -> dict[str, set[str]]:
    """Which functions of the project each of its functions calls or hands on, by name."""
    names = {one.name: set[str]() for path in CODE for one in functions_of(tree_of(path))}
    for path in CODE:
        for one in functions_of(tree_of(path)):
            mentioned = {node.id for node in ast.walk(one) if isinstance(node, ast.Name)}
            names[one.name] |= mentioned & set(names)
    return names


def test_every_press_runs_through_the_form_keys(app: Flask) -> None:
    """G1: pressed twice, one effect."""
    calls = calls_by_function()

    def reached_from(name: str) -> set[str]:
        found, fresh = {name}, {name}
        while fresh:
            fresh = set().union(*(calls.get(one, set()) for one in fresh)) - found
            found |= fresh
        return found

    views = {rule.endpoint: app.view_functions[rule.endpoint] for rule, _ in presses_of(app)}
    without = {endpoint for endpoint, view in views.items() if "once" not in reached_from(view.__name__)}
    assert without - WITHOUT_FORM_KEY - SHOWN_BY_POST == set()


def test_every_answer_has_its_headers_and_no_page_is_kept(app: Flask, crowd: Crowd, hidden: Hidden) -> None:
    """B8, D8, E19: whoever asks, whatever the answer."""
    visitors = [Visitor(app, None), Visitor(app, crowd.cast.higashi_reader.client)]
    visitors += [
        crowd.of(crowd.cast.nishi_reader),
        crowd.of(crowd.cast.higashi_manager),
        crowd.of(crowd.cast.reception),
    ]
    odd = []
    for visitor in visitors:
        for path in [
            *(hidden.path(rule) for rule in rules_of(app)),
            "/nowhere",
            "/static/css/core.css",
            "/static/nowhere",
        ]:
            with visitor.get(path) as answer:
                missing = [name for name, value in FIXED.items() if answer.headers.get(name) != value]
                policy = answer.headers.get("Content-Security-Policy", "")
                is_kept = "no-store" not in answer.headers.get("Cache-Control", "")
                is_page = answer.mimetype == "text/html"
                if missing or "default-src 'none'" not in policy or "unsafe" in policy:
                    odd.append(f"{path}: {missing} {policy}")
                if is_page and is_kept:
                    odd.append(f"{path} may be kept")
    assert odd == []
