"""The lists of dormant IDs: staff's, the contact manager's own, the to-do after a deletion, the desk's tiles."""

import csv
import io
from collections.abc import Callable
from datetime import datetime, time, timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from auth.dormancy import STAGE_DAYS, Stage
from auth.dormancy_digests import JOB
from auth.dormancy_queries import occasion_of
from auth.models import DormancyStep, Organization, User
from base.db import transaction
from base.job_runs import JobRun
from base.jst import JST, day_of
from base.outbox import queue_mail
from tests import make
from tests.browsing import Visitor
from tests.cast import Cast, Person
from tests.certificates import NOW
from tests.rights.entries import acting, entered

Enter = Callable[[Person], Visitor]
TODAY = day_of(NOW)


def away(session: Session, user: User, days: int, stage: Stage | None) -> User:
    """Away for so many days, with every stage up to that one taken and told of on its day."""
    user.last_login_at = datetime.combine(TODAY - timedelta(days=days), time(9), JST)
    for each in list(Stage)[: list(Stage).index(stage) + 1] if stage else []:
        at = user.last_login_at + timedelta(days=STAGE_DAYS[each])
        session.add(DormancyStep(user_id=user.id, counted_from=user.last_login_at, stage=each, on=day_of(at), at=at))
        occasion = occasion_of(user.public_id, user.last_login_at, each)
        mail = queue_mail(session, kind=f"dormancy-{each}", occasion=occasion, address=user.login_id, now=at)
        assert mail is not None
        mail.state, mail.sent_at = "sent", at
    if stage == Stage.DELETION:
        user.deleted_at = at
    session.flush()
    return user


@pytest.fixture
def people(app: Flask, cast: Cast) -> dict[str, int]:
    """Higashi's: one at each stage; Nishi's: nobody."""
    with app.app_context(), transaction() as session:
        of = session.get_one(Organization, cast.higashi_manager.organization_id)
        given = (("warned", 125, Stage.WARNING1), ("twice", 160, Stage.WARNING2), ("locked", 190, Stage.LOCK))
        named = {
            name: away(
                session, make.user(session, of, f"{name}@higashi-gas.example", name=f"{name}さん"), days, stage
            ).id
            for name, days, stage in given
        }
        gone = make.user(session, of, "gone@higashi-gas.example", name="消えた人", rights={"JOHS": "J1010"})
        return named | {"gone": away(session, gone, 215, Stage.DELETION).id}


def table(answer: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.removeprefix("\ufeff"))))


def test_staff_see_everybody_at_a_stage_and_what_comes_next(cast: Cast, enter: Enter, people: dict[str, int]) -> None:
    """R5-40, R5-44."""
    page = enter(cast.reception).get("/staff/dormancy").text
    for name in ("warned", "twice", "locked"):
        assert f"{name}さん" in page
    assert "消えた人" not in page
    assert "125日" in page
    assert "消えた人" in enter(cast.reception).get("/staff/dormancy?stage=deletion").text


@pytest.mark.parametrize(
    ("query", "shown"), [("stage=warning2", "twice"), ("stage=lock", "locked"), ("who=managers", "")]
)
def test_the_list_is_narrowed(cast: Cast, enter: Enter, people: dict[str, int], query: str, shown: str) -> None:
    """R2-3."""
    page = enter(cast.reception).get(f"/staff/dormancy?{query}").text
    assert {name for name in ("warned", "twice", "locked") if f"{name}さん" in page} == ({shown} if shown else set())


def test_the_list_is_narrowed_to_an_organization(app: Flask, cast: Cast, enter: Enter, people: dict[str, int]) -> None:
    """R2-3."""
    with app.app_context(), transaction() as session:
        ids = {of.name: of.public_id for of in session.query(Organization)}
    staff = enter(cast.reception)
    assert "warnedさん" in staff.get(f"/staff/dormancy?organization={ids['ひがしガス株式会社']}").text
    assert "warnedさん" not in staff.get(f"/staff/dormancy?organization={ids['にしガス株式会社']}").text


def test_the_list_as_a_file(cast: Cast, enter: Enter, people: dict[str, int]) -> None:
    """R2-3, R8-7."""
    heading, *rows = table(enter(cast.reception).get("/staff/dormancy.csv").text)
    by_id = {row[4]: dict(zip(heading, row, strict=True)) for row in rows}
    locked = by_id["locked@higashi-gas.example"]
    assert locked["段階"] == "アカウントロック"
    assert locked["次の段階"] == "アカウント削除"
    assert locked["次の段階の日"] == f"{TODAY + timedelta(days=20):%Y/%m/%d}"
    assert locked["通知メール"] == "送信済み"


@pytest.mark.parametrize("path", ["/staff/dormancy", "/staff/dormancy.csv"])
def test_the_list_is_for_those_who_look_after_users(cast: Cast, enter: Enter, path: str) -> None:
    """R8-6."""
    assert enter(cast.administrator).get(path).status_code == 200
    for person in (cast.operations, cast.higashi_manager, cast.nishi_manager, cast.nishi_reader):
        assert enter(person).get(path).status_code == 404


def test_a_contact_manager_sees_only_his_own_people(cast: Cast, enter: Enter, people: dict[str, int]) -> None:
    """R5-43, R5-44, R8-4."""
    page = enter(cast.higashi_manager).get("/dormancy").text
    for name in ("warnedさん", "twiceさん", "lockedさん", "消えた人"):
        assert name in page
    foreign = enter(cast.nishi_manager)
    assert "さん" not in foreign.get("/dormancy").text.replace("皆さん", "")
    assert len(table(foreign.get("/dormancy.csv").text)) == 1
    assert len(table(enter(cast.higashi_manager).get("/dormancy.csv").text)) == 5
    assert enter(cast.higashi_reader).get("/dormancy").status_code == 404


def test_after_a_deletion_the_contact_manager_has_a_to_do_until_removal_is_requested(
    app: Flask, cast: Cast, enter: Enter, people: dict[str, int]
) -> None:
    """R5-43."""
    todo = "消えた人さんの利用権限の抹消を申請してください"
    assert todo in enter(cast.higashi_manager).get("/").text
    assert todo not in enter(cast.nishi_manager).get("/").text
    with app.app_context(), transaction() as session:
        manager = session.get_one(User, cast.higashi_manager.user_id)
        row = entered(session, manager.organization, acting(manager), NOW, login_id="x@higashi-gas.example")
        row.kind, row.user_id = "removal", people["gone"]
    assert todo not in enter(cast.higashi_manager).get("/").text
    with app.app_context(), transaction() as session:
        session.merge(row).state = "withdrawn"
    assert todo in enter(cast.higashi_manager).get("/").text


def test_whoever_held_no_right_leaves_no_to_do(app: Flask, cast: Cast, enter: Enter) -> None:
    """R5-43: there is nothing to remove."""
    with app.app_context(), transaction() as session:
        of = session.get_one(Organization, cast.higashi_manager.organization_id)
        away(session, make.user(session, of, "gone@higashi-gas.example", name="消えた人"), 215, Stage.DELETION)
    assert "消えた人" not in enter(cast.higashi_manager).get("/").text


def test_the_desk_sees_a_run_that_refused(app: Flask, cast: Cast, enter: Enter) -> None:
    """G11."""
    staff = enter(cast.reception)
    assert "中止された長期未使用IDの処理" not in staff.get("/staff").text
    with app.app_context(), transaction() as session:
        facts = {"begun_at": NOW, "touched_at": NOW, "ended_at": NOW, "runner": "x"}
        session.add(JobRun(job=JOB, on=TODAY, outcome="refused: many", **facts))
    assert "中止された長期未使用IDの処理" in staff.get("/staff").text
    assert "--force" in staff.get("/staff/dormancy").text


def test_the_desk_sees_organizations_whose_contact_managers_all_stay_away(app: Flask, cast: Cast, enter: Enter) -> None:
    """R5-40."""
    staff = enter(cast.reception)
    with app.app_context(), transaction() as session:
        for person in (cast.higashi_manager, cast.higashi_deputy, cast.nishi_manager, cast.minato_manager):
            session.get_one(User, person.user_id).last_login_at = NOW
    assert "窓口責任者が長期未使用の事業者" not in staff.get("/staff").text
    with app.app_context(), transaction() as session:
        away(session, session.get_one(User, cast.nishi_manager.user_id), 121, Stage.WARNING1)
        away(session, session.get_one(User, cast.higashi_deputy.user_id), 121, Stage.WARNING1)
    assert "窓口責任者が長期未使用の事業者" in staff.get("/staff").text
    managers = staff.get("/staff/dormancy?who=managers").text
    assert cast.nishi_manager.login_id in managers


def test_a_person_s_own_screen_tells_the_stage(app: Flask, cast: Cast, enter: Enter, people: dict[str, int]) -> None:
    """R5-40."""
    with app.app_context(), transaction() as session:
        public_id = session.get_one(User, people["locked"]).public_id
    page = enter(cast.reception).get(f"/staff/users/{public_id}").text
    assert "190日 ・ アカウントロック" in page
    assert "次はアカウント削除" in page
