"""棚卸 at the contact manager's screens: answers, the second step, completion, files (R5-20, R9-5)."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from pypdf import PdfReader
from werkzeug.test import TestResponse

from tests.browsing import Visitor
from tests.cast import Cast, Person
from tests.certificates import NOW
from tests.conftest import Hands
from tests.rights.inventory.asking import NAME, answers, begun
from tests.rights.people.test_views import asked_for

Enter = Callable[[Person], Visitor]


@pytest.fixture
def campaign(app: Flask, cast: Cast) -> str:
    return begun(app, cast)


def rows_of(answer: TestResponse) -> list[list[str]]:
    assert answer.status_code == 200
    assert answer.data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))


def press(visitor: Visitor, path: str, **values: str) -> TestResponse:
    """One of the buttons of the list."""
    return visitor.submit(path, f"{path}/answers", **values)


def keep_everybody(visitor: Visitor, path: str) -> TestResponse:
    return visitor.submit(f"{path}/keep", f"{path}/keep", own="yes")


def test_the_list_shows_rights_logins_and_certificates_and_marks_oneself(
    app: Flask, cast: Cast, enter: Enter, campaign: str
) -> None:
    """R5-20, R9-5: nobody of another organization."""
    manager = enter(cast.higashi_manager)
    page = manager.page(f"/inventory/{campaign}")
    for words in ("東野 花子", "ご本人", "南 次郎", "1011 更新権限あり", "PC-03", "4名のうち0名が回答済み"):
        assert words in page
    assert "西田" not in page
    assert page.count("ご本人") == 1
    rows = rows_of(manager.get(f"/inventory/{campaign}/people.csv"))
    assert len(rows) == 5
    own = dict(zip(rows[0], next(row for row in rows if row[0] == "東野 花子"), strict=True))
    assert (own["ご本人"], own["LOACUS"], own["回答"]) == ("○", "02010 託送供給依頼者(更新権限)", "未回答")
    assert (own["最終ログインのPC"], own["そのPCの証明書の期限"]) == ("PC-03", "2028/11/20")


def test_one_press_answers_for_one_person_and_the_filters_stay(
    app: Flask, cast: Cast, enter: Enter, campaign: str
) -> None:
    """R5-20, R8-8: opening changes nothing; pressed twice, it is answered once."""
    manager, path = enter(cast.higashi_manager), f"/inventory/{campaign}"
    form = manager.form(f"{path}?show=unanswered", f"{path}/answers?show=unanswered")
    values = {**form.values, "keep": cast.higashi_reader.public_id}
    sent = [manager.post(form.action, values) for _ in range(2)]
    assert [answer.location for answer in sent] == [f"{path}?show=unanswered"] * 2
    assert answers(app)["南 次郎"] == "keep"
    page = manager.page(f"{path}?show=unanswered")
    assert "南 次郎" not in page
    assert "4名のうち1名が回答済み" in page
    press(manager, path, undo=cast.higashi_reader.public_id)
    assert answers(app)["南 次郎"] is None


def test_a_change_and_a_removal_are_one_step_away_and_lead_back(
    app: Flask, cast: Cast, enter: Enter, campaign: str
) -> None:
    """R5-20: their forms are those of the person; what was asked for there is the answer here."""
    manager, path = enter(cast.higashi_manager), f"/inventory/{campaign}"
    changed, removed = (f"/people/{person.public_id}" for person in (cast.higashi_reader, cast.higashi_johs_only))
    page = manager.page(path)
    assert f'href="{changed}/change"' in page
    assert f'href="{removed}/remove"' in page
    answer = asked_for(manager, f"{changed}/change", taxis="1010")
    gone = manager.submit(f"{removed}/remove")
    for request in (answer.location, gone.location):
        assert f'href="{path}">棚卸に戻る' in manager.page(request)
    found = answers(app)
    assert (found["南 次郎"], found["北 三郎"], found["委託 四郎"]) == ("change", "remove", None)
    assert f'href="{answer.location}">C-2611-0001' in manager.page(f"{path}?show=change")


def test_those_who_are_ticked_are_kept_with_one_button(app: Flask, cast: Cast, enter: Enter, campaign: str) -> None:
    """R5-20: whoever isn't of the organization, or nobody, counts for nothing."""
    manager, path = enter(cast.higashi_manager), f"/inventory/{campaign}"
    form = manager.form(path, f"{path}/answers")
    people = [cast.higashi_reader, cast.higashi_contractor, cast.nishi_reader]
    manager.post(form.action, {**form.values, "person": [each.public_id for each in people]})
    assert {name for name, answer in answers(app).items() if answer} == {"南 次郎", "委託 四郎"}
    assert "継続にする方を選択してください。" in manager.post(form.action, form.values, follow_redirects=True).text


def test_all_are_kept_in_a_second_step_that_names_them(app: Flask, cast: Cast, enter: Enter, campaign: str) -> None:
    """R9-5: the own rights only where they are ticked themselves."""
    manager, path = enter(cast.higashi_manager), f"/inventory/{campaign}"
    page = manager.page(f"{path}/keep")
    assert all(name in page for name in ("南 次郎", "北 三郎", "委託 四郎", "私自身の利用権限も"))
    assert not any(answers(app).values())
    manager.submit(f"{path}/keep", f"{path}/keep")
    assert {name for name, answer in answers(app).items() if answer} == {"南 次郎", "北 三郎", "委託 四郎"}
    keep_everybody(manager, path)
    assert answers(app)["東野 花子"] == "keep"
    assert answers(app)["西田 五郎"] is None


def test_what_was_shown_in_the_second_step_is_kept_or_nothing(
    app: Flask, cast: Cast, enter: Enter, campaign: str
) -> None:
    """R9-5, R5-20: the deputy answers for somebody in between."""
    manager, deputy, path = enter(cast.higashi_manager), enter(cast.higashi_deputy), f"/inventory/{campaign}"
    form = manager.form(f"{path}/keep", f"{path}/keep")
    press(deputy, path, keep=cast.higashi_reader.public_id)
    answer = manager.post(form.action, form.values)
    assert answer.status_code == 409
    assert "もう一度ご確認ください" in answer.text
    assert [name for name, given in answers(app).items() if given] == ["南 次郎"]


def test_completed_it_changes_no_more_and_has_its_record(app: Flask, cast: Cast, enter: Enter, campaign: str) -> None:
    """R9-5: as CSV and as PDF, whose text can be found; before that there is none."""
    manager, path = enter(cast.higashi_manager), f"/inventory/{campaign}"
    assert manager.get(f"{path}/record.pdf").status_code == 404
    keep_everybody(manager, path)
    late = manager.form(path, f"{path}/answers")
    assert manager.submit(path, f"{path}/completion").status_code == 303
    refused = manager.post(late.action, {**late.values, "undo": cast.higashi_reader.public_id})
    assert refused.status_code == 409
    assert "/answers" not in manager.page(path)
    rows = rows_of(manager.get(f"{path}/record.csv"))
    assert ["棚卸", NAME] in rows
    own = next(row for row in rows if row[0] == "東野 花子")
    assert own[4] == "○"
    assert own[5:13] == ["1011", "J1010", "権限あり", "02010"] * 2
    assert own[13:15] == ["継続", "東野 花子"]
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(manager.get(f"{path}/record.pdf").data)).pages)
    for words in (NAME, "ひがしガス株式会社", "委託 四郎", "TAXIS 1011", "東野 花子(ご本人)", "継続 4名"):
        assert words in text
    assert "西田" not in text


def test_the_home_asks_until_it_is_completed(app: Flask, cast: Cast, enter: Enter, campaign: str, hands: Hands) -> None:
    """R5-20: how many, until when, and that it is late."""
    manager, path = enter(cast.higashi_manager), f"/inventory/{campaign}"
    assert "利用権限の棚卸:4名が未回答です" in manager.page("/")
    assert "棚卸" not in enter(cast.higashi_reader).page("/")
    keep_everybody(manager, path)
    assert "全員の回答がそろいました。完了してください" in manager.page("/")
    manager.submit(path, f"{path}/completion")
    assert "完了してください" not in manager.page("/")
    hands.now = NOW + timedelta(days=25)
    assert "期限 2026/12/11(金) を過ぎています" in enter(cast.nishi_manager).page("/")


def test_an_outsider_sees_his_own_people_alone(app: Flask, cast: Cast, enter: Enter, campaign: str) -> None:
    """R8-4: the same inventory; nothing of others, and nothing for them."""
    nishi, path = enter(cast.nishi_manager), f"/inventory/{campaign}"
    for page in (nishi.page(path), nishi.page(f"{path}/keep"), nishi.get(f"{path}/people.csv").text):
        assert "西田 五郎" in page
        assert "東野" not in page
    press(nishi, path, keep=cast.higashi_reader.public_id)
    assert not any(answers(app).values())
    assert enter(cast.higashi_reader).get(path).status_code == 404
