"""Bulk files from the upload to the requests, at the screens and in the worker, and what shuts on the way (R9-13, R8-7)."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from auth.models import User
from base import clock
from base.db import db, transaction
from rights.bulk import work
from rights.bulk.columns import HEADINGS
from rights.bulk.files import enter_lines
from rights.bulk.models import BulkFile
from rights.bulk.work import work_on_all
from rights.models import RightsRequest
from rights.right_changes import rights_at
from tests.browsing import Visitor, forms_of
from tests.cast import Cast, Person
from tests.conftest import Hands
from tests.rights.bulk.test_lines import file_of

Enter = Callable[[Person], Visitor]
NEW = "新規,ひがしガスサービス株式会社,新田 一,ニッタ ハジメ,nitta@higashi-gas.example,1011,あり,,,"
CHANGE = "変更,,南 次郎,,minami@higashi-gas.example,1010,,,なし,"
REMOVAL = "抹消,,,,kita@higashi-gas.example,,,,,退職"


def uploaded(visitor: Visitor, content: bytes, name: str = "四月.csv") -> TestResponse:
    form = next(form for form in forms_of(visitor.page("/requests/bulk")) if form.action == "/requests/bulk")
    return visitor.post(form.action, form.values | {"file": (io.BytesIO(content), name)})


def at_work(app: Flask) -> None:
    with app.app_context():
        work_on_all(clock.now)


def checked(visitor: Visitor, app: Flask, content: bytes) -> str:
    """Uploaded and seen by the worker; answers where it stands."""
    answer = uploaded(visitor, content)
    assert answer.status_code == 303, answer.text[:3000]
    at_work(app)
    return answer.location


def pressed(visitor: Visitor, page: str, action: str) -> TestResponse:
    return visitor.submit(page, f"{page}/{action}")


def requests_in(app: Flask) -> list[RightsRequest]:
    with app.app_context():
        return list(db.session.scalars(select(RightsRequest).order_by(RightsRequest.id)))


@pytest.fixture
def manager(cast: Cast, enter: Enter) -> Visitor:
    return enter(cast.higashi_manager)


def test_a_file_is_checked_looked_at_and_entered_whole(manager: Visitor, app: Flask, cast: Cast, hands: Hands) -> None:
    """R9-13, R8-7, R5-14, R5-15, R5-18: one of each kind, by the very same operations, in the sender's name."""
    page = checked(manager, app, file_of(NEW, CHANGE, ",,,,nobody@higashi-gas.example,,,,,", REMOVAL))
    assert requests_in(app) == []
    seen = manager.page(page)
    assert all(words in seen for words in ("3件を申請しますか。", "新規1件、変更1件、抹消1件", "1行"))
    assert pressed(manager, page, "send").status_code == 303
    at_work(app)
    rows = requests_in(app)
    assert [(row.kind, row.login_id, row.entered_by_id) for row in rows] == [
        ("new", "nitta@higashi-gas.example", cast.higashi_manager.user_id),
        ("change", "minami@higashi-gas.example", cast.higashi_manager.user_id),
        ("removal", "kita@higashi-gas.example", cast.higashi_manager.user_id),
    ]
    assert "3件を申請しました。" in manager.page(page)
    with app.app_context():
        held = rights_at(db.session(), cast.higashi_reader.user_id, hands.now)
    assert held == {"TAXIS": "1010", "JOHS": "J1010", "JUJU": "yes", "LOACUS": "02010"}


BAD_ROWS = {
    "新規,,新田 一,ニッタ ハジメ,nitta@higashi-gas.example,1110,,,,": "2022/01/24 に廃止",
    "新規,,新田 一,新田,nitta@higashi-gas.example,1011,,,,": "カタカナ",
    "新規,,新田 一,ニッタ ハジメ,{nishi},1011,,,,": "このIDは使用できません",
    "新規,なし商事,新田 一,ニッタ ハジメ,nitta@higashi-gas.example,1011,,,,": "委託先事業者",
    "変更,,,,{nishi},1011,,,,": "貴社の利用者の中に",
    "変更,,,,nobody@higashi-gas.example,1011,,,,": "貴社の利用者の中に",
    "変更,,北 四郎,,kita@higashi-gas.example,1011,,,,": "氏名の訂正",
    "変更,,,,kita@higashi-gas.example,,,,,": "いまの利用権限と同じです",
    "変更,,,,kita@higashi-gas.example,,なし,,,": "抹消を申請",
    "変更,,,,kita@higashi-gas.example,,,,03010,": "製造事業者として登録",
    "抹消,,,,kita@higashi-gas.example,1011,,,,": "権限の列は空欄",
    "抹消,,,,azuma@higashi-gas.example,,,,,": "抹消する利用権限がありません",
    "とりけし,,,,kita@higashi-gas.example,,,,,": "申請種別は",
}


def findings_of(visitor: Visitor, page: str) -> list[list[str]]:
    text = visitor.get(f"{page}/findings.csv").data.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))[1:]


def test_each_bad_row_is_named_with_its_reason_and_nothing_is_stored(manager: Visitor, app: Flask, cast: Cast) -> None:
    """R8-7, R8-4, R5-3, R5-4, R5-7, R5-16: another's person is answered as nobody's."""
    for row, words in BAD_ROWS.items():
        page = checked(manager, app, file_of(CHANGE, row.format(nishi=cast.nishi_reader.login_id)))
        found = findings_of(manager, page)
        assert [line[0] for line in found] == ["3"], (row, found)
        assert words in found[0][2], (row, found)
        assert words in manager.page(page)
    assert requests_in(app) == []


def test_half_of_the_rows_are_bad_and_all_of_them_are_named(manager: Visitor, app: Flask) -> None:
    """R8-7: what is at fault can't be sent, not even past the screen."""
    good = [NEW.replace("nitta@", f"n{number}@") for number in range(300)]
    bad = [NEW.replace("nitta@", f"b{number}@").replace("1011", "9999") for number in range(300)]
    page = checked(manager, app, file_of(*(row for pair in zip(good, bad, strict=True) for row in pair)))
    assert [int(line[0]) for line in findings_of(manager, page)] == list(range(3, 603, 2))
    seen = manager.page(page)
    assert "300行" in seen
    assert "先頭の200行を表示しています" in seen
    keys = next(form for form in forms_of(seen) if form.action.endswith("/discard")).values
    assert manager.post(f"{page}/send", keys).status_code == 409
    at_work(app)
    assert requests_in(app) == []


def test_an_id_that_stands_twice_and_the_sixth_juju_user_are_found_in_the_file(manager: Visitor, app: Flask) -> None:
    """R5-5, R5-17: Higashi has three JUJU users; the third new one is the sixth."""
    rows = [f"新規,,新田 一,ニッタ ハジメ,n{number}@higashi-gas.example,,,あり,," for number in range(4)]
    page = checked(manager, app, file_of(rows[0], rows[1], rows[2], rows[0], rows[3] + "検針の交代要員"))
    sixth, twice = findings_of(manager, page)
    assert (sixth[0], "6人目" in sixth[2]) == ("4", True)
    assert (twice[0], "2行目と同じID" in twice[2]) == ("5", True)


def test_what_changed_since_the_check_stops_the_whole_file(manager: Visitor, app: Flask, cast: Cast) -> None:
    """R8-7, R5-17: nothing is half stored."""
    page = checked(manager, app, file_of(NEW, CHANGE))
    other = checked(manager, app, file_of(CHANGE.replace("1010", "1012")))
    assert pressed(manager, other, "send").status_code == 303
    at_work(app)
    assert pressed(manager, page, "send").status_code == 303
    at_work(app)
    assert [row.login_id for row in requests_in(app)] == [cast.higashi_reader.login_id]
    seen = manager.page(page)
    assert "確認のあとで状況が変わった" in seen
    assert "手続き中の申請" in seen


def test_it_is_sent_once_and_by_whoever_still_may(manager: Visitor, app: Flask, cast: Cast) -> None:
    """G1, G8."""
    page = checked(manager, app, file_of(NEW))
    form = next(form for form in forms_of(manager.page(page)) if form.action.endswith("/send"))
    assert [manager.post(form.action, form.values).status_code for _ in range(2)] == [303, 303]
    with app.app_context(), transaction() as session:
        session.get_one(User, cast.higashi_manager.user_id).contact_role = None
    at_work(app)
    assert requests_in(app) == []
    with app.app_context():
        assert db.session.scalars(select(BulkFile.state)).all() == ["faulty"]


def test_a_worker_that_died_over_a_file_is_followed_by_another(
    manager: Visitor, app: Flask, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    """G4: killed between the entering and its commit, nothing is there; later all is."""
    page = checked(manager, app, file_of(NEW, CHANGE))
    pressed(manager, page, "send")

    class Killed(BaseException):
        pass

    def killed(*arguments: object, **facts: object) -> None:
        enter_lines(*arguments, **facts)  # type: ignore[arg-type] # passed on as they came
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(work, "enter_lines", killed)
        with pytest.raises(Killed):
            at_work(app)
    at_work(app)
    assert requests_in(app) == []
    hands.now += timedelta(minutes=6)
    at_work(app)
    assert len(requests_in(app)) == 2


def test_another_organization_s_file_isn_t_there(manager: Visitor, app: Flask, cast: Cast, enter: Enter) -> None:
    """R8-4: nor is it for a reader of the own one."""
    page, outsider = checked(manager, app, file_of(NEW)), enter(cast.nishi_manager)
    assert outsider.get(page).status_code == 404
    assert outsider.get(f"{page}/findings.csv").status_code == 404
    keys = outsider.form("/requests/bulk", "/requests/bulk").values
    assert outsider.post(f"{page}/send", keys).status_code == 404
    assert "四月" not in outsider.page("/requests/bulk")
    assert enter(cast.higashi_reader).get(page).status_code == 404
    assert enter(cast.higashi_deputy).get(page).status_code == 200


def test_the_pattern_comes_back_without_an_order_in_it(manager: Visitor, app: Flask) -> None:
    """R9-13, R8-7: with the people and what they hold; filled in at one row it orders that."""
    pattern = manager.get("/requests/bulk/pattern.csv?people").data
    text = pattern.decode("utf-8-sig")
    assert text.splitlines()[0] == ",".join(f'"{heading}"' for heading in HEADINGS)
    assert "nishi" not in text
    page = checked(manager, app, pattern)
    assert "申請種別が入力された行がありません" in manager.page(page)
    filled = text.replace('"","","南 次郎"', '"変更","","南 次郎"').replace(
        '"02010 託送供給依頼者(更新権限)"', '"02011"'
    )
    page = checked(manager, app, filled.encode())
    assert "1件を申請しますか。" in manager.page(page)


def test_a_file_is_given_up_and_leaves_nothing(manager: Visitor, app: Flask) -> None:
    """R9-13."""
    page = checked(manager, app, file_of(NEW))
    assert pressed(manager, page, "discard").status_code == 303
    assert manager.get(page).status_code == 404
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(BulkFile)) == 0


@pytest.mark.parametrize(("content", "word"), [(b"", "選択"), (b"\0PK", "CSV")])
def test_no_file_and_no_csv_are_refused_with_a_reason(manager: Visitor, app: Flask, content: bytes, word: str) -> None:
    """R8-3, R8-7."""
    answer = uploaded(manager, content)
    if answer.status_code == 303:
        at_work(app)
        assert word in manager.page(answer.location)
    else:
        assert answer.status_code == 422
        assert word in answer.text
