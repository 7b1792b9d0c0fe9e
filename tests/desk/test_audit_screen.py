"""監査証跡: what staff see of the trail, narrowed, page by page and as a file; nobody else sees anything of it."""

import csv
import io
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from auth.models import Organization, User
from base.actors import Actor
from base.audience import audience_of, staff
from base.audit import AuditEntry, record, seal
from base.db import db, transaction
from desk import audit_queries
from desk.audit_lines import PLACES
from tests import make
from tests.browsing import Visitor, logged_in
from tests.cast import STAFF_PC, Cast, Person
from tests.certificates import NOW
from tests.conftest import Hands

Enter = Callable[[Person], Visitor]
UNKNOWN = "nobody@higashi-gas.example"
FORMULA = "=cmd|' /C calc'!A0"


@pytest.fixture
def clerk(cast: Cast, enter: Enter) -> Visitor:
    return enter(cast.reception)


def by(person: Person, **facts: Any) -> Actor:
    known = {"fingerprint": "ab" * 32, "address": "192.0.2.7", "reference": "0a1b2c3d"}
    return Actor(person.login_id, person.user_id, person.organization_id, **{**known, **facts})


def write(app: Flask, person: Person, action: str = "article saved", subject: str = "A1", **facts: Any) -> None:
    actor, now = by(person, **facts.pop("from_where", {})), facts.pop("now", NOW)
    with app.app_context(), transaction() as session:
        record(session, action, subject, by=actor, now=now, **facts)


def lines_on(page: str) -> list[str]:
    """Each line of the table as plain text."""
    body = page.partition("<tbody>")[2].partition("</tbody>")[0]
    rows = [re.sub(r"<[^>]+>", " ", row) for row in body.split("<tr>")[1:]]
    return [" ".join(row.split()) for row in rows]


def file_of(visitor: Visitor, query: str = "") -> list[dict[str, str]]:
    answer = visitor.get(f"/staff/audit.csv?{query}")
    assert (answer.status_code, answer.mimetype) == (200, "text/csv")
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))


def test_a_line_says_who_what_from_where_and_what_it_was_before(app: Flask, cast: Cast, clerk: Visitor) -> None:
    """R8-1, R8-2: in words, with names, seconds and weekday."""
    before, after = {"title": "旧い件名", "revision": 1}, {"title": "新しい件名", "revision": 2, "is_pinned": False}
    fingerprint = make_fingerprint(app, cast.reception)
    where = {"fingerprint": fingerprint}
    write(app, cast.reception, before=before, after=after, now=NOW + timedelta(seconds=5), from_where=where)
    line = lines_on(clerk.page("/staff/audit"))[0]
    said = [NOW.strftime("%Y/"), "(", ":05", cast.reception.name, cast.reception.login_id, "みなみ都市ガスネットワーク"]
    said += ["下書きを保存した", "記事 A1", "件名 旧い件名 → 新しい件名", "版 1 → 2", "固定表示 いいえ"]
    said += [STAFF_PC, "192.0.2.7", fingerprint[:8], "0a1b2c3d", "未封印"]
    assert [words for words in said if words not in line] == []
    assert "{" not in line
    with app.app_context(), transaction() as session:
        seal(session)
    assert "封印済み" in lines_on(clerk.page("/staff/audit"))[0]


def test_the_organization_concerned_stands_with_what_was_done(app: Flask, cast: Cast, clerk: Visitor) -> None:
    """R8-1: a clerk of the operator unlocks somebody of another organization."""
    of = cast.higashi_reader
    write(app, cast.reception, "account.unlocked", f"login:{of.login_id}", organization_id=of.organization_id)
    cells = clerk.page("/staff/audit?kind=lock").partition("<tbody>")[2].split("<td")
    who, what = (next(each for each in cells if f'data-label="{label}"' in each) for label in ("だれが", "何を"))
    assert ["みなみ" in who, "ひがし" in who, "みなみ" in what, "ひがし" in what] == [True, False, False, True]


def make_fingerprint(app: Flask, person: Person) -> str:
    with app.app_context():
        return make.certificate_of(db.session(), person.client).fingerprint


def test_logins_and_failures_are_there_in_words(app: Flask, cast: Cast, clerk: Visitor) -> None:
    """R6-8."""
    Visitor(app, cast.higashi_reader.client).log_in(cast.higashi_reader.login_id, "wrong-Horse1")
    Visitor(app, cast.higashi_reader.client).log_in(UNKNOWN)
    lines = lines_on(clerk.page("/staff/audit?kind=failure"))
    assert ["パスワードの誤り" in lines[1], "IDが登録されていない" in lines[0], len(lines)] == [True, True, 2]
    (line,) = lines_on(clerk.page("/staff/audit?kind=login"))
    assert "ログインした" in line
    assert f"パソコン {STAFF_PC}" in line


@pytest.mark.parametrize("person", ["nishi_manager", "nishi_reader", "higashi_manager", "higashi_reader", "operations"])
def test_nobody_else_sees_anything_of_the_trail(cast: Cast, enter: Enter, person: str) -> None:
    """E11, R8-4: contact managers neither."""
    visitor = enter(getattr(cast, person))
    assert visitor.get("/staff/audit").status_code == 404
    assert visitor.get("/staff/audit.csv").status_code == 404
    assert "/staff/audit" not in visitor.get("/", follow_redirects=True).text


def test_the_administrator_sees_it_too_without_links_to_what_is_not_for_him(
    app: Flask, cast: Cast, enter: Enter, clerk: Visitor
) -> None:
    """R8-1."""
    write(app, cast.reception, "request.accepted", "request:R1")
    assert 'href="/staff/requests/R1"' in clerk.page("/staff/audit?kind=request")
    page = enter(cast.administrator).page("/staff/audit?kind=request")
    assert "R1" in page
    assert 'href="/staff/requests/R1"' not in page


def queries_of(app: Flask, cast: Cast) -> dict[str, str]:
    """Each filter with a value that fits Higashi's reader alone."""
    with app.app_context():
        organization = db.session.get_one(Organization, cast.higashi_reader.organization_id).public_id
        certificate = make.certificate_of(db.session(), cast.higashi_reader.client)
        colons = ":".join(re.findall("..", certificate.fingerprint.upper()))
        return {
            "person's public id": f"person={cast.higashi_reader.public_id}",
            "ID": f"person={cast.higashi_reader.login_id.upper()}",
            "name": "person=南次郎",
            "part of the ID": "person=minami@",
            "organization": f"organization={organization}",
            "fingerprint": f"certificate={certificate.fingerprint}",
            "fingerprint with colons": f"certificate={colons}",
            "certificate's public id": f"certificate={certificate.public_id}",
            "serial": f"certificate=0{certificate.serial.upper()}",
            "reference": "reference=5EED5EED",
            "days": f"from={NOW + timedelta(days=3):%Y-%m-%d}&until={NOW + timedelta(days=3):%Y-%m-%d}",
            "kind": "kind=lock",
        }


def test_each_filter_finds_the_line_and_not_its_neighbour(app: Flask, cast: Cast, clerk: Visitor) -> None:
    """R6-8: person, organization, certificate, kind, days and reference; alone and all together."""
    fingerprint = make_fingerprint(app, cast.higashi_reader)
    mine = {"fingerprint": fingerprint, "reference": "5eed5eed"}
    subject = f"login:{cast.higashi_reader.login_id}"
    write(
        app,
        cast.higashi_reader,
        "account.locked",
        subject,
        now=NOW + timedelta(days=3),
        from_where=mine,
        after={"x": "mine"},
    )
    write(app, cast.nishi_reader, "login.failed", "login:nishi", now=NOW + timedelta(days=4), after={"x": "theirs"})
    queries, odd = queries_of(app, cast), []
    for what, query in {
        **queries,
        "all together": "&".join(
            queries[name] for name in ("ID", "organization", "fingerprint", "reference", "days", "kind")
        ),
    }.items():
        lines = lines_on(clerk.page(f"/staff/audit?{query}"))
        if not any("mine" in line for line in lines) or any("theirs" in line for line in lines):
            odd.append(what)
        rows = file_of(clerk, query)
        if [row["内容"] for row in rows if "mine" in row["内容"] or "theirs" in row["内容"]] != ["x:mine"]:
            odd.append(f"{what} as a file")
    assert odd == []


def test_what_was_done_to_a_person_is_found_with_what_the_person_did(app: Flask, cast: Cast, clerk: Visitor) -> None:
    """R6-3, R6-8: also by somebody without any account, and an ID that nobody has."""
    reader = cast.higashi_reader
    write(app, cast.reception, "account.locked", f"user:{reader.public_id}", after={"x": "by staff"})
    Visitor(app, reader.client).log_in(reader.login_id, "wrong-Horse1")
    Visitor(app, cast.nishi_reader.client).log_in(reader.login_id, "wrong-Horse1")
    Visitor(app, cast.nishi_reader.client).log_in(UNKNOWN)
    assert len(lines_on(clerk.page(f"/staff/audit?person={reader.public_id}"))) == 3
    assert len(lines_on(clerk.page(f"/staff/audit?person={UNKNOWN.upper()}"))) == 1


@pytest.mark.parametrize(
    "query",
    [
        "person=該当なし",
        "person=%25",
        "certificate=ffff",
        "organization=000000000000",
        "reference=ffffffff",
        "until=2001-01-01",
    ],
)
def test_what_fits_nothing_says_so_and_offers_the_way_back(clerk: Visitor, query: str) -> None:
    """R8-3."""
    page = clerk.page(f"/staff/audit?{query}")
    assert "条件に合う記録はありません" in page
    assert "<tbody>" not in page


ODD_QUERIES = (
    *("kind=nothing", "organization=1", "from=yesterday", "older_than=x", "newer_than=-1", "older_than=999999999"),
    *("older_than=999999999999999999", "newer_than=999999999999999999", "older_than=99999999999999999999"),
    *("person=" + "長" * 800, "person=%25_%5C", "kind=failure&kind=lock", "certificate=%27%22%3B--", "x=1"),
)


def test_odd_input_narrows_nothing_and_breaks_nothing(any_app: Flask, any_cast: Cast) -> None:
    """E17, R8-3: on both databases."""
    clerk = logged_in(any_app, any_cast.reception)
    paths = [f"/staff/{page}?{query}" for query in ODD_QUERIES for page in ("audit", "audit.csv")]
    assert [path for path in paths if clerk.get(path).status_code != 200] == []


def test_what_no_field_can_hold_is_refused(clerk: Visitor) -> None:
    """E17."""
    assert clerk.get("/staff/audit?person=%00").status_code == 400


def test_pages_follow_one_another_without_a_gap_and_back_again(
    app: Flask, cast: Cast, clerk: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keyset: whatever is written meanwhile shifts nothing; lines of the same second keep their order."""
    monkeypatch.setattr(audit_queries, "LINES_A_PAGE", 3)
    for number in range(8):
        when = NOW + timedelta(seconds=number // 3)
        write(app, cast.higashi_reader, "account.locked", after={"number": f"#{number}"}, now=when)
    seen, path = [], "/staff/audit?kind=lock"
    while path:
        page = clerk.page(path)
        seen.append(re.findall(r"#\d", " ".join(lines_on(page))))
        write(app, cast.higashi_reader, "account.locked", after={"number": "later"}, now=NOW + timedelta(days=1))
        found = re.search(r'href="([^"]+)" rel="next"', page)
        path = found[1].replace("&amp;", "&") if found else ""
        assert "kind=lock" in (path or "kind=lock")
    assert seen == [["#7", "#6", "#5"], ["#4", "#3", "#2"], ["#1", "#0"]]
    back = re.search(r'href="([^"]+)" rel="prev"', page)
    assert back
    assert re.findall(r"#\d", " ".join(lines_on(clerk.page(back[1].replace("&amp;", "&"))))) == seen[1]


def test_the_file_holds_everything_in_order_batch_by_batch(
    app: Flask, cast: Cast, clerk: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R2-3: no line twice, none lost where a batch ends."""
    monkeypatch.setattr(audit_queries, "LINES_AT_ONCE", 4)
    for number in range(11):
        write(app, cast.higashi_reader, "account.locked", after={"number": f"#{number}"})
    assert [row["内容"] for row in file_of(clerk, "kind=lock")] == [
        f"申請番号:#{number}" for number in range(10, -1, -1)
    ]


def test_no_cell_of_the_file_starts_a_formula(app: Flask, cast: Cast, clerk: Visitor) -> None:
    """E7, R8-7."""
    write(app, cast.higashi_reader, "something.new", FORMULA, after={FORMULA: FORMULA}, from_where={"address": FORMULA})
    (row,) = [row for row in file_of(clerk) if row["操作名"] == "something.new"]
    assert [cell for cell in row.values() if cell.startswith(("=", "+", "-", "@"))] == []
    assert row["対象"] == f"'{FORMULA}"


def test_an_export_is_in_the_trail_itself(app: Flask, cast: Cast, clerk: Visitor) -> None:
    """R8-1: who took what out of the house."""
    file_of(clerk, f"person={cast.higashi_reader.login_id}&kind=failure")
    with app.app_context():
        (line,) = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "audit.exported"))
    assert (line.user_id, line.organization_id) == (cast.reception.user_id, cast.reception.organization_id)
    (shown,) = lines_on(clerk.page("/staff/audit?kind=audit"))
    assert "監査証跡をCSVで取り出した" in shown
    assert cast.higashi_reader.login_id in shown


def test_what_people_typed_is_shown_and_never_run(app: Flask, cast: Cast, clerk: Visitor) -> None:
    """E1, A21."""
    hostile = "<script>window.__xss=1</script>"
    write(app, cast.higashi_reader, hostile, hostile, after={hostile: hostile}, before={hostile: "x"})
    page = clerk.page("/staff/audit")
    assert hostile not in page
    assert page.count("&lt;script&gt;") >= 4


def test_damaged_facts_are_shown_as_they_are(app: Flask, cast: Cast, clerk: Visitor) -> None:
    with app.app_context(), transaction() as session:
        for text in ("no json {", "[1, 2]", '"x"'):
            session.add(
                AuditEntry(at=NOW, actor="worker", action="something.odd", subject="x", before="{}", after=text)
            )
    lines = " ".join(lines_on(clerk.page("/staff/audit")))
    assert "no json {" in lines
    assert "1、2" in lines


def test_days_are_japanese(app: Flask, cast: Cast, clerk: Visitor) -> None:
    """R8-2: the day begins at 00:00 JST, 15:00 UTC."""
    for hour, minute in ((14, 59), (15, 0)):
        when = NOW.replace(year=2026, month=3, day=31, hour=hour, minute=minute)
        write(app, cast.higashi_reader, "account.locked", after={"memo": f"at {hour}:{minute:02}"}, now=when)
    assert ["at 15:00" in line for line in lines_on(clerk.page("/staff/audit?from=2026-04-01&until=2026-04-01"))] == [
        True
    ]
    assert ["at 14:59" in line for line in lines_on(clerk.page("/staff/audit?from=2026-03-31&until=2026-03-31"))] == [
        True
    ]


def test_in_english_the_words_are_english(app: Flask, cast: Cast, hands: Hands) -> None:
    with app.app_context(), transaction() as session:
        session.get_one(User, cast.reception_two.user_id).language = "en"
    page = logged_in(app, cast.reception_two).page("/staff/audit")
    assert "logged in" in page
    assert "Audit trail" in page


def test_every_place_that_a_line_leads_to_is_there(app: Flask, cast: Cast) -> None:
    """A link that leads nowhere would be worse than none."""
    rules = {rule.rule: audience_of(app.view_functions[rule.endpoint]) for rule in app.url_map.iter_rules()}
    for place in PLACES.values():
        named = (rules.get(place.path.replace("{}", name)) for name in ("<public_id>", "<slug>"))
        assert staff(place.permission) in named


def test_from_a_person_and_a_certificate_one_press_leads_to_their_lines(app: Flask, cast: Cast, clerk: Visitor) -> None:
    Visitor(app, cast.higashi_reader.client).log_in(cast.higashi_reader.login_id)
    with app.app_context():
        certificate = make.certificate_of(db.session(), cast.higashi_reader.client)
    for path, link in (
        (f"/staff/users/{cast.higashi_reader.public_id}", f"/staff/audit?person={cast.higashi_reader.public_id}"),
        (f"/staff/certificates/{certificate.public_id}", f"/staff/audit?certificate={certificate.fingerprint}"),
    ):
        assert f'href="{link}"' in clerk.page(path)
        assert any("ログインした" in line for line in lines_on(clerk.page(link)))
