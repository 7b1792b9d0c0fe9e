"""The list of J-note's IDs: brought by staff as CSV, checked row by row, replaced as a whole (R5-7, R8-7)."""

import io
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from auth.models import User
from base.csv_in import by_reason
from base.db import db, transaction
from base.refusals import Conflict, Refused
from rights.bulk.facts import known_ids
from rights.id_refusals import NOT_YOURS, id_refusal, refusal_of_known
from rights.jnote.csv_rules import judge_list
from rights.jnote.lists import KEPT_FOR, forget_unpressed, keep_checked, lock_list, present_list, take_over
from rights.jnote.models import JNoteList
from rights.jnote.queries import every_id
from rights.models import JNoteId
from rights.requests import IN_JNOTE, accept_request
from tests import make
from tests.browsing import Visitor, forms_of
from tests.cast import Cast, Person
from tests.certificates import NOW
from tests.conftest import Hands
from tests.rights.asking import checked
from tests.rights.entries import CALENDAR, acting, at, entered, higashi

HERE = "/staff/jnote"
Enter = Callable[[Person], Visitor]
LIST = (
    "メールアドレス(ID),氏名\r\nKITAJIMA@higashi-gas.example,北島\r\nx@jnote.example,髙橋\r\nX@JNOTE.example,髙橋\r\n"
)


@pytest.mark.parametrize(
    "content",
    [
        LIST.encode(),
        LIST.encode("utf-8-sig"),
        LIST.replace("髙橋", "高橋").encode("cp932"),
        b"kitajima@higashi-gas.example\nx@jnote.example\nx@jnote.example",
        "番号,ID\n1,kitajima@higashi-gas.example\n2,x@jnote.example\n3,x@jnote.example\n".encode(),
        '"ID\n(複数行)",ID\n"a\nb",kitajima@higashi-gas.example\n"c",x@jnote.example\n,x@jnote.example\n\n'.encode(),
    ],
)
def test_a_list_is_read_as_excel_and_others_write_it(content: bytes) -> None:
    """R8-7, R5-7: with or without BOM, CP932, with headings or without, with line breaks in cells; case is ignored."""
    found = judge_list(content)
    assert (found.ids, found.repeated, found.faults) == (["kitajima@higashi-gas.example", "x@jnote.example"], 1, [])


def test_every_bad_row_is_named() -> None:
    """R8-7: half of 100 000 rows are bad, and each stands in the answer with its number."""
    rows = [f"user{n}@jnote.example" if n % 2 else f"user{n}" for n in range(1, 100_001)]
    begun = time.process_time()
    found = judge_list("\n".join(rows).encode())
    (faulty,) = by_reason(found.faults)
    assert time.process_time() - begun < 5
    assert (len(found.ids), faulty.count) == (50_000, 50_000)
    assert [int(row) for row in faulty.rows.split(", ")] == list(range(2, 100_001, 2))


def test_faults_are_told_by_their_reason_and_neighbours_as_one() -> None:
    """R8-7."""
    content = "ID,x\na@b@c,1\nno address,1\n,1\n,2\n,3\na@jnote.example,1\n,4\n日本@jnote.example,1\n"
    found = by_reason(judge_list(content.encode()).faults)
    assert {group.rows for group in found} == {"2", "3", "4–6, 8", "9"}
    assert found[0].rows == "4–6, 8"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "1件もありません"),
        (b"ID\n", "1件もありません"),
        (b"\x81\xff\x00\xfe", "読み取れません"),
        (b"a@b.example\0", "CSVファイルではありません"),
        (b'"a@b.example', "CSVとして読み取れません"),
        (b"a@b.example\n" * 200_001, "行数が多すぎます"),
    ],
)
def test_what_is_no_list_is_refused_as_a_whole(content: bytes, words: str) -> None:
    """R8-7, E4: an empty file never empties the list."""
    with pytest.raises(Refused, match=words):
        judge_list(content)


def taken(session: Session, content: bytes, by: User) -> JNoteList:
    row = keep_checked(session, judge_list(content), "ids.csv", by=acting(by), now=NOW)
    take_over(session, row, by=acting(by), now=NOW)
    return row


@pytest.fixture
def center(session: Session) -> User:
    return make.user(session, make.organization(session, "みなみ", is_operator=True), staff_role="reception")


def test_a_list_takes_the_place_of_the_other_as_a_whole(session: Session, center: User) -> None:
    """R5-7."""
    taken(session, b"a@jnote.example\nb@jnote.example", center)
    row = taken(session, b"b@jnote.example\nC@jnote.example", center)
    assert list(every_id(session)) == ["b@jnote.example", "c@jnote.example"]
    assert (present_list(session), row.count, row.ids) == (row, 2, "")


def test_an_older_check_does_not_replace_a_newer_list(session: Session, center: User) -> None:
    """G2: nor is one list taken over twice."""
    by = acting(center)
    older, newer = (keep_checked(session, judge_list(b"a@b.example"), "ids.csv", by=by, now=NOW) for _ in range(2))
    take_over(session, newer, by=by, now=NOW + timedelta(minutes=1))
    for row in (older, newer):
        with pytest.raises(Conflict):
            take_over(session, row, by=by, now=NOW + timedelta(minutes=2))


def test_what_was_checked_and_never_pressed_is_forgotten(session: Session, center: User) -> None:
    keep_checked(session, judge_list(b"a@b.example"), "ids.csv", by=acting(center), now=NOW)
    row = taken(session, b"b@b.example", center)
    forget_unpressed(session, NOW + KEPT_FOR + timedelta(seconds=1))
    assert session.scalars(select(JNoteList)).all() == [row]


def test_a_hundred_thousand_ids_are_taken_over_in_one_go(session: Session, center: User) -> None:
    """R5-7, R8-7."""
    begun = time.process_time()
    taken(session, "\n".join(f"User{n}@jnote.example" for n in range(100_000)).encode(), center)
    assert session.scalar(select(func.count()).select_from(JNoteId)) == 100_000
    assert time.process_time() - begun < 20


def test_an_id_of_j_note_is_refused_without_a_reason(session: Session, center: User) -> None:
    """R5-7, R8-4, R9-13: one by one and from a file; in the same words as another organization's; the own people's are told as before."""
    organization, other = higashi(session), make.organization(session)
    make.user(session, other, "theirs@nishi-gas.example")
    make.user(session, organization, "removed@higashi-gas.example", name="西 一")
    make.user(session, organization, "holder@higashi-gas.example", name="南 二", rights={"JOHS": "J1010"})
    taken(session, b"j@jnote.example\nREMOVED@higashi-gas.example\nholder@higashi-gas.example", center)
    found = {
        name: id_refusal(session, organization, name, NOW)
        for name in ("j@jnote.example", "theirs@nishi-gas.example", "removed@higashi-gas.example", "new@x.example")
    }
    assert list(found.values()) == [NOT_YOURS, NOT_YOURS, NOT_YOURS, None]
    found["holder"] = id_refusal(session, organization, "holder@higashi-gas.example", NOW)
    assert "南 二さん" in (found["holder"] or "")
    names = ("j@jnote.example", "theirs@nishi-gas.example", "removed@higashi-gas.example", "new@x.example")
    known = known_ids(session, organization, [*names, "holder@higashi-gas.example"], NOW)
    assert [refusal_of_known(each.of_id, organization, NOW) for each in known.values()] == list(found.values())


def test_what_has_become_j_notes_since_is_not_accepted(session: Session, center: User) -> None:
    """G8, R5-7."""
    organization = higashi(session)
    by = acting(make.user(session, organization, contact_role="primary"))
    request = entered(session, organization, by, at(date(2018, 12, 13)))
    taken(session, b"KITAJIMA@higashi-gas.example", center)
    with pytest.raises(Refused, match="J-note") as refused:
        accept_request(session, request, CALENDAR, by=acting(center), now=at(date(2018, 12, 14)))
    assert (refused.value.reason, request.state) == (IN_JNOTE, "entered")


def test_two_lists_at_once_leave_one_of_them_whole(any_app: Flask, any_cast: Cast) -> None:
    """G1, G2: on both databases, never a mixture."""
    with any_app.app_context(), transaction() as session:
        by = acting(session.get_one(User, any_cast.reception.user_id))
        contents = [b"a@jnote.example\nsame@jnote.example", b"b@jnote.example\nsame@jnote.example"]
        names = [keep_checked(session, judge_list(each), "ids.csv", by=by, now=NOW).public_id for each in contents]

    def press(public_id: str) -> bool:
        try:
            with any_app.app_context(), transaction() as session:
                row = lock_list(session, public_id)
                assert row is not None
                take_over(session, row, by=by, now=NOW + timedelta(minutes=1))
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(press, names))
    with any_app.app_context():
        left = list(every_id(db.session()))
    assert outcomes == [False, True]
    assert left in (["a@jnote.example", "same@jnote.example"], ["b@jnote.example", "same@jnote.example"])


@pytest.fixture
def staff(cast: Cast, enter: Enter) -> Visitor:
    return enter(cast.reception)


def brought(visitor: Visitor, content: bytes, name: str = "C:\\temp\\ids.csv") -> TestResponse:
    values = next(form for form in forms_of(visitor.page(HERE)) if (form.action, form.method) == (HERE, "post")).values
    return visitor.post(HERE, values | {"file": (io.BytesIO(content), name)}, content_type="multipart/form-data")


def test_staff_check_a_file_look_at_it_and_press(staff: Visitor, app: Flask, cast: Cast, enter: Enter) -> None:
    """R5-7, R8-7, R8-8: the dry run changes nothing that anybody asks; then the present list says date and count."""
    answer = brought(staff, b"kitajima@higashi-gas.example\nminami@higashi-gas.example")
    assert answer.status_code == 303
    manager = enter(cast.higashi_manager)
    assert checked(manager).status_code == 200
    page = staff.page(answer.location)
    assert all(words in page for words in ("ids.csv", "2件", "南 次郎", "入れ替えますか"))
    assert staff.submit(answer.location, f"{answer.location}/take").status_code == 303
    present = staff.page(f"{HERE}?q=KITAJIMA@higashi-gas.example")
    assert "2026/11/22(日) 12:00 に取り込み" in present
    assert "J-noteの一覧にあります" in present
    assert "J-noteの一覧にありません" in staff.page(f"{HERE}?q=%3Cb%3E")
    refused = checked(manager)
    assert (refused.status_code, NOT_YOURS in refused.text, "J-note" in refused.text) == (422, True, False)
    assert staff.get(f"{HERE}.csv").text.split() == [
        '\ufeff"ID"',
        '"kitajima@higashi-gas.example"',
        '"minami@higashi-gas.example"',
    ]
    assert "すでに取り込まれています" in staff.page(answer.location)


def test_a_file_with_a_bad_row_is_answered_with_all_of_them_and_kept_nowhere(staff: Visitor, app: Flask) -> None:
    """R8-3, R8-7."""
    answer = brought(staff, b"a@jnote.example\n<b>bad</b>\nc@jnote.example\nworse")
    assert answer.status_code == 422
    assert re.search(r'class="lines">2, 4</td>', answer.text)
    assert "<b>bad" not in answer.text
    nothing = brought(staff, b"", "")
    assert (nothing.status_code, "CSVファイルを選択してください" in nothing.text) == (422, True)
    with app.app_context():
        assert db.session.scalars(select(JNoteList)).all() == []


def test_a_list_that_shrinks_is_warned_of(staff: Visitor, hands: Hands) -> None:
    path = brought(staff, b"\n".join(b"u%d@jnote.example" % n for n in range(10))).location
    assert "半分より少なく" not in staff.page(path)
    staff.submit(path, f"{path}/take")
    hands.now += timedelta(minutes=1)
    assert "半分より少なくなります" in staff.page(brought(staff, b"u1@jnote.example").location)


@pytest.mark.parametrize("who", ["higashi_manager", "nishi_manager", "operations", "administrator"])
def test_the_list_is_the_reception_centers(enter: Enter, cast: Cast, who: str) -> None:
    """R8-4, R8-6: nobody else knows whose IDs are there."""
    for path in (HERE, f"{HERE}.csv"):
        assert enter(getattr(cast, who)).get(path).status_code == 404
