"""R4-5: digests 90, 60, 45, 30 and 14 days before a certificate's end, one for each organization; nobody twice."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, time, timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from auth.certificate_mails import ends_composer
from auth.certificate_notices import JOB, KIND, Teller, tell_of_ends, tell_organization
from auth.certificate_states import STAGES
from auth.models import Certificate, CertificateNotice, CertificateRegistration, Organization, User
from auth.registry import revoke_certificate, suspend_registration
from base.actors import COMMAND, WORKER
from base.audit import AuditEntry
from base.daily_runs import DailyRun, Turn, run_if_due
from base.db import db, transaction
from base.jst import JST, start_of
from base.mail_text import Composed, Skipped
from base.outbox import Mail
from base.settings import Operator
from tests import make
from tests.auth.registry_rows import HIGASHI, NISHI, organization
from tests.cast import Cast
from tests.settings import BASE_URL, OPERATOR

END_DAY = date(2027, 6, 30)
DESK = OPERATOR.desks[0].mail
HIGASHI_MANAGERS = ["azuma@higashi-gas.example", "higashino@higashi-gas.example"]


def morning(left: int) -> datetime:
    """Seven o'clock, so many days before the end."""
    return datetime.combine(END_DAY - timedelta(days=left), time(7), JST)


class House:
    """The cast's organizations, a clock, and the morning's run."""

    def __init__(self, app: Flask) -> None:
        self.app, self.now = app, morning(200)
        with app.app_context():
            self.engine: Engine = db.engine
        self.daily = DailyRun(JOB, time(7), self._run)

    def _clock(self) -> datetime:
        return self.now

    def _run(self, turn: Turn) -> str:
        return tell_of_ends(turn, Teller(self._clock, DESK))

    def run(self, left: int) -> None:
        self.now = morning(left)
        self.wake()

    def wake(self, daily: DailyRun | None = None) -> None:
        """The worker looks whether the day's run is due."""
        with self.app.app_context():
            run_if_due(daily or self.daily, self._clock)

    def certificate(self, *names: str, pc_name: str = "業務PC-03", end: date = END_DAY, **facts: object) -> int:
        """Not judged by any CA: it may end in any year."""
        with transaction(Session(self.engine)) as session:
            number = len(session.scalars(select(Certificate)).all())
            row = Certificate(
                fingerprint=f"{number:064x}",
                issuer="CN=CA",
                serial=f"abc{number:x}",
                subject="CN=pc",
                pem="",
                not_before=start_of(end - timedelta(days=729)),
                not_after=start_of(end + timedelta(days=1)) - timedelta(seconds=1),
            )
            at = facts.get("registered_at", row.not_before)
            assert isinstance(at, datetime)
            for name in names:
                of = organization(session, name).id
                row.registrations.append(CertificateRegistration(organization_id=of, pc_name=pc_name, registered_at=at))
            session.add(row)
            session.flush()
            return row.id

    def mails(self) -> list[Mail]:
        with Session(self.engine) as session:
            return list(session.scalars(select(Mail).where(Mail.kind == KIND).order_by(Mail.id)))

    def addresses(self) -> list[str]:
        return sorted(mail.address for mail in self.mails())

    def notices(self) -> list[tuple[int, int]]:
        with Session(self.engine) as session:
            rows = session.scalars(select(CertificateNotice)).all()
        return sorted((row.certificate_id, row.days_before) for row in rows)

    def written(self, mail: Mail, operator: Operator = OPERATOR) -> Composed | Skipped:
        with Session(self.engine) as session:
            answer = ends_composer(BASE_URL, operator)(session, mail, self.now)
        assert isinstance(answer, Composed | Skipped)
        return answer

    def letter_to(self, address: str) -> str:
        """The newest one."""
        answer = self.written([mail for mail in self.mails() if mail.address == address][-1])
        assert isinstance(answer, Composed), answer
        return answer.body


@pytest.fixture
def house(any_app: Flask, any_cast: Cast) -> Iterator[House]:
    """On each database; the cast's own certificates end beyond every day of these tests."""
    house = House(any_app)
    with transaction(Session(house.engine)) as session:
        for row in session.scalars(select(Certificate)):
            row.not_after = morning(-3000)
    yield house
    house.engine.dispose()


def test_each_stage_is_told_once_to_every_contact_manager(house: House) -> None:
    """R4-5, R2-4: a morning after the other; the primary and the deputy, nobody else."""
    row = house.certificate(HIGASHI)
    told: dict[int, int] = {}
    for left in range(92, -3, -1):
        before = len(house.mails())
        house.run(left)
        if len(house.mails()) > before:
            told[left] = len(house.mails()) - before
    assert told == dict.fromkeys(STAGES, 2)
    assert Counter(house.addresses()) == Counter(HIGASHI_MANAGERS * 5)
    assert house.notices() == sorted((row, stage) for stage in STAGES)


def test_a_missed_morning_is_made_up_for_by_the_latest_stage(house: House) -> None:
    """R4-5, G6: the machine stood still from the 91st to the 44th day."""
    row = house.certificate(HIGASHI)
    house.run(91)
    assert house.mails() == []
    house.run(44)
    assert house.addresses() == HIGASHI_MANAGERS
    assert house.notices() == [(row, 45)]
    house.run(43)
    assert len(house.mails()) == 2
    house.run(30)
    assert len(house.mails()) == 4


def test_before_seven_nothing_is_told_and_after_it_once(house: House) -> None:
    """R4-5, G4: of several workers that ask at once, and again, one tells."""
    house.certificate(HIGASHI)
    house.now = morning(90) - timedelta(seconds=1)
    house.wake()
    assert house.mails() == []
    house.now = morning(90) + timedelta(hours=3)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: house.wake(), range(4)))
    assert house.addresses() == HIGASHI_MANAGERS


def test_one_digest_names_every_certificate_that_ends_soon(house: House) -> None:
    """R4-5: also those whose stage isn't today's; with the last safe day, and what goes on."""
    house.certificate(HIGASHI, pc_name="十四日PC", end=END_DAY - timedelta(days=46))
    house.certificate(HIGASHI, pc_name="六十日PC")
    house.certificate(HIGASHI, pc_name="続くPC", end=END_DAY + timedelta(days=20))
    house.certificate(HIGASHI, pc_name="続くPC", end=END_DAY + timedelta(days=700))
    house.certificate(HIGASHI, pc_name="先のPC", end=END_DAY + timedelta(days=31))
    house.run(60)
    assert house.addresses() == HIGASHI_MANAGERS
    letter = house.letter_to("higashino@higashi-gas.example")
    assert "ひがしガス株式会社\n東野 花子 様" in letter
    assert "期限が近い証明書(3枚)" in letter
    assert letter.index("十四日PC") < letter.index("六十日PC") < letter.index("続くPC")
    assert "先のPC" not in letter
    assert "有効期限:2027/06/30(水) (あと60日)" in letter
    assert "申請の最終日:2027/06/13(日)\n" in letter
    assert "(過ぎています)" in letter.split("六十日PC")[0]
    assert "登録済み(2029/05/30(水) まで)" in letter
    assert f"{BASE_URL}/certificates" in letter
    assert DESK in letter


def test_of_a_shared_pc_each_organization_is_told_its_own_name_alone(house: House) -> None:
    """R4-4, R8-4: one digest each."""
    house.certificate(HIGASHI, NISHI, pc_name="共用PC")
    house.run(90)
    assert house.addresses() == sorted([*HIGASHI_MANAGERS, "nishikawa@nishi-gas.example"])
    letter = house.letter_to("nishikawa@nishi-gas.example")
    assert "にしガス株式会社\n西川 一郎 様" in letter
    assert "ひがし" not in letter
    assert [days for _, days in house.notices()] == [90, 90]


def test_of_the_operators_own_the_desk_is_told(house: House) -> None:
    """R4-4, R4-5."""
    house.certificate(OPERATOR.name, pc_name="受付PC-02")
    house.run(90)
    assert house.addresses() == [DESK]
    letter = house.letter_to(DESK)
    assert "受付PC-02" in letter
    assert f"{BASE_URL}/staff/certificates/expiring" in letter


def test_what_serves_nobody_any_more_is_not_told(house: House) -> None:
    """R4-5, R3-5: suspended, revoked, ended; a suspension that is lifted is made up for."""
    suspended, revoked = house.certificate(HIGASHI), house.certificate(HIGASHI)
    house.certificate(NISHI)
    with transaction(Session(house.engine)) as session:
        line = session.scalars(select(CertificateRegistration).filter_by(certificate_id=suspended)).one()
        suspend_registration(line, session=session, by=COMMAND, now=house.now)
        revoke_certificate(session.get_one(Certificate, revoked), session=session, by=COMMAND, now=house.now)
        organization(session, NISHI).ended_at = house.now
    house.run(90)
    assert house.mails() == []
    with transaction(Session(house.engine)) as session:
        line = session.scalars(select(CertificateRegistration).filter_by(certificate_id=suspended)).one()
        line.suspended_at = None
    house.run(80)
    assert house.notices() == [(suspended, 90)]


def test_where_there_is_nobody_to_tell_the_next_contact_manager_is_told(house: House) -> None:
    """R2-4: nothing counts as told."""
    house.certificate(NISHI)
    with transaction(Session(house.engine)) as session:
        person = session.scalars(select(User).where(User.login_id == "nishikawa@nishi-gas.example")).one()
        person.contact_role = None
    house.run(90)
    assert (house.mails(), house.notices()) == ([], [])
    with transaction(Session(house.engine)) as session:
        of = organization(session, NISHI)
        make.user(session, of, "atarashii@nishi-gas.example", name="新しい 人", contact_role="primary")
    house.run(89)
    assert house.addresses() == ["atarashii@nishi-gas.example"]


def test_a_run_that_dies_between_two_organizations_is_taken_up_and_nobody_is_told_twice(house: House) -> None:
    """R4-5, G4: notices and mails of an organization stand together or not at all."""
    for name in (HIGASHI, NISHI):
        house.certificate(name)
    calls = iter([house.now, house.now, house.now])

    def dying_clock() -> datetime:
        """The power fails at the second organization."""
        next(calls)
        return morning(90)

    house.now = morning(90)
    dying = DailyRun(JOB, time(7), lambda turn: tell_of_ends(turn, Teller(dying_clock, DESK)))
    with pytest.raises(StopIteration):
        house.wake(dying)
    assert len(house.notices()) == 1
    first = house.addresses()
    house.wake()
    assert house.addresses() == first
    house.now += timedelta(minutes=6)
    house.wake()
    assert house.addresses() == sorted([*HIGASHI_MANAGERS, "nishikawa@nishi-gas.example"])
    assert len(house.notices()) == 2


def test_told_twice_by_hand_or_by_two_at_once_it_is_told_once(house: House) -> None:
    """R4-5: the organization's row makes the second wait and find it done; the trail has one line."""
    house.certificate(HIGASHI)
    house.now = morning(90)
    with Session(house.engine) as session:
        of = organization(session, HIGASHI).id

    def tell(_: int) -> int:
        with transaction(Session(house.engine)) as session:
            return tell_organization(session, of, DESK, by=WORKER, now=house.now)

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(tell, range(4))) == [0, 0, 0, 2]
    with Session(house.engine) as session:
        (entry,) = session.scalars(select(AuditEntry).where(AuditEntry.action == "certificate.end_told"))
    assert (entry.actor, entry.organization_id) == ("worker", of)
    assert '"days_before": [90]' in entry.after


def test_at_the_moment_of_sending_it_is_judged_again(house: House) -> None:
    """F9, R4-5: as it stands now; to nobody who has no part in it any more."""
    row = house.certificate(HIGASHI)
    house.run(90)
    deputy, primary = sorted(house.mails(), key=lambda mail: mail.address)
    with transaction(Session(house.engine)) as session:
        person = session.scalars(select(User).where(User.login_id == deputy.address)).one()
        person.contact_role = None
    assert house.written(deputy) == Skipped("システム窓口責任者ではなくなりました。")
    house.now = morning(3)
    assert "(あと3日)" in house.letter_to(primary.address)
    house.now = morning(0)
    assert "(今日まで)" in house.letter_to(primary.address)
    house.now = morning(-1)
    assert house.written(primary) == Skipped("期限が近い証明書がありません。")
    house.now = morning(3)
    with transaction(Session(house.engine)) as session:
        revoke_certificate(session.get_one(Certificate, row), session=session, by=COMMAND, now=house.now)
    assert house.written(primary) == Skipped("期限が近い証明書がありません。")
    with transaction(Session(house.engine)) as session:
        session.scalars(select(Organization).where(Organization.name == HIGASHI)).one().ended_at = house.now
    assert house.written(primary) == Skipped("事業者の利用が終了しています。")


def test_a_hostile_pc_name_stays_one_line_of_text(house: House) -> None:
    """A21, F1."""
    house.certificate(HIGASHI, pc_name="PC\r\nBcc: x@evil.example")
    house.run(90)
    answer = house.written(house.mails()[0])
    assert isinstance(answer, Composed)
    assert "\r" not in answer.subject
    assert "\nBcc:" not in answer.body
