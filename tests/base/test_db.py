"""One place that commits: whole or not at all, and no reader that becomes a writer finds the database locked."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine, event, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, StatementError
from sqlalchemy.orm import Session

from base.closing_days import ClosingDay
from base.db import engine_options, transaction
from base.form_keys import FormKey
from base.refusals import Refused
from tests.certificates import NOW
from tests.databases import waiting_for_disks

TOKYO = timezone(timedelta(hours=9))
EARLIEST, LATEST = datetime.fromisoformat("1970-01-02"), datetime.fromisoformat("2999-12-30")


def key(number: int = 1, used_at: datetime = NOW) -> FormKey:
    return FormKey(key=f"{number:032x}", user_id=1, path_hash="0" * 64, answer_location="/", used_at=used_at)


def keys_in(engine: Engine) -> int:
    with Session(engine) as session:
        return len(session.scalars(select(FormKey)).all())


def test_what_is_changed_is_there_afterwards(engine: Engine) -> None:
    with transaction(Session(engine)) as session:
        session.add(key())
    assert keys_in(engine) == 1


@pytest.mark.parametrize("fault", [Refused("いいえ"), ZeroDivisionError(), KeyboardInterrupt(), SystemExit()])
def test_any_fault_takes_everything_back(engine: Engine, fault: BaseException) -> None:
    """R8-3: nothing is half-stored."""

    def change() -> None:
        with transaction(Session(engine)) as session:
            session.add(key())
            session.flush()
            raise fault

    with pytest.raises(type(fault)):
        change()
    assert keys_in(engine) == 0


def test_a_commit_that_fails_is_told(engine: Engine) -> None:
    """I4: what wasn't stored is never answered as saved."""
    with transaction(Session(engine)) as session:
        session.add(key())
    session = Session(engine)
    with pytest.raises(IntegrityError), transaction(session) as again:
        again.add(key())
    with transaction(session) as after:
        after.add(key(2))
    assert keys_in(engine) == 2


def test_one_inside_another_is_refused_and_takes_everything_back(engine: Engine) -> None:
    """It would drop what the outer one did, and commit the rest."""

    def nest() -> None:
        session = Session(engine)
        with transaction(session):
            session.add(key())
            with transaction(session):
                session.add(key(2))

    with pytest.raises(RuntimeError, match="open already"):
        nest()
    assert keys_in(engine) == 0


def test_after_a_refused_one_the_session_is_free_again(engine: Engine) -> None:
    session = Session(engine)
    for _ in range(2):
        with pytest.raises(Refused), transaction(session):
            raise Refused("いいえ")
    with transaction(session):
        session.add(key())
    assert keys_in(engine) == 1


def test_rows_read_before_are_read_again_inside(engine: Engine) -> None:
    """A decision rests on what is true once nobody else can write."""
    with transaction(Session(engine)) as session:
        session.add(key())
    early = Session(engine)
    before = early.scalars(select(FormKey)).one()
    with transaction(Session(engine)) as other:
        other.execute(text("UPDATE form_key SET answer_location = '/elsewhere'"))
    with transaction(early) as session:
        assert session.scalars(select(FormKey)).one().answer_location == "/elsewhere"
    assert before.answer_location == "/"


def test_on_sqlite_a_writer_takes_the_lock_at_once_and_a_reader_takes_none(sqlite_url: str) -> None:
    """A deferred transaction that reads and then writes fails at once, whatever the busy timeout."""
    engine = create_engine(sqlite_url, **engine_options(sqlite_url))
    seen: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *facts: seen.append(facts[2]))
    with transaction(Session(engine)) as session:
        session.scalars(select(FormKey)).all()
    with Session(engine) as session:
        session.scalars(select(FormKey)).all()
    assert [line for line in seen if line.startswith("BEGIN")] == ["BEGIN IMMEDIATE", "BEGIN"]
    engine.dispose()


def test_a_connection_that_wrote_goes_back_to_reading(sqlite_url: str) -> None:
    """Else every later reader would wait for every writer."""
    engine = create_engine(sqlite_url, **engine_options(sqlite_url), pool_size=1, max_overflow=0)
    with transaction(Session(engine)) as session:
        session.add(key())
    with Session(engine) as reader, create_engine(sqlite_url).connect() as other:
        reader.scalars(select(FormKey)).all()
        other.execution_options(is_write=True).exec_driver_sql("PRAGMA busy_timeout = 0")
        other.execute(text("DELETE FROM form_key"))
    engine.dispose()


def test_sqlite_keeps_what_it_acknowledged_and_its_references(sqlite_url: str) -> None:
    """I4, I8."""
    engine = create_engine(sqlite_url, **engine_options(sqlite_url))
    with waiting_for_disks(), engine.connect() as connection:
        asked = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in asked]
    assert found == ["wal", 2, 1, 5000]
    engine.dispose()


def test_many_who_read_and_then_write_never_find_the_database_locked(engine: Engine) -> None:
    """I5: each waits for its turn, none loses what another did."""
    with transaction(Session(engine)) as session:
        session.add(key())
        session.add(ClosingDay(day=NOW.date(), name="0"))

    def count_up(_turn: int) -> None:
        with transaction(Session(engine)) as session:
            row = session.scalars(select(ClosingDay).where(ClosingDay.day == NOW.date()).with_for_update()).one()
            row.name = str(int(row.name) + 1)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(count_up, range(40)))
    with Session(engine) as session:
        assert session.get_one(ClosingDay, NOW.date()).name == "40"


def test_a_reader_is_not_held_up_by_a_writer(engine: Engine) -> None:
    """I5."""
    has_written, may_end = threading.Event(), threading.Event()

    def write() -> None:
        with transaction(Session(engine)) as session:
            session.add(key())
            session.flush()
            has_written.set()
            may_end.wait(20)

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        assert has_written.wait(20)
        assert keys_in(engine) == 0
        may_end.set()
        writing.result()
    assert keys_in(engine) == 1


@settings(max_examples=25)
@given(moment=st.datetimes(min_value=EARLIEST, max_value=LATEST, timezones=st.just(UTC) | st.just(TOKYO)))
def test_an_instant_comes_back_as_it_was_in_utc(moments: Session, moment: datetime) -> None:
    """R8-2."""
    row = key(used_at=moment)
    moments.add(row)
    moments.flush()
    moments.expire_all()
    assert row.used_at == moment
    assert row.used_at.tzinfo is UTC
    assert moments.scalar(select(FormKey.key).where(FormKey.used_at == moment)) == row.key
    moments.delete(row)
    moments.flush()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def moments(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    engine = request.getfixturevalue("shared_engines")(request.param)
    with engine.connect().execution_options(is_write=True) as connection:
        outer = connection.begin()
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            yield session
        outer.rollback()


def test_an_instant_without_its_zone_is_refused(session: Session) -> None:
    """R8-2."""
    session.add(key(used_at=datetime(2026, 11, 22, 3, 0)))  # noqa: DTZ001 - that is the fault
    with pytest.raises(StatementError, match="time zone"):
        session.flush()


def test_a_fault_shows_no_values(engine: Engine) -> None:
    """D8: its text goes into the log."""
    secret = "correct-Horse7"
    with pytest.raises(DBAPIError) as fault, engine.connect() as connection:
        connection.execute(text("SELECT * FROM nowhere WHERE secret = :secret"), {"secret": secret})
    assert secret not in str(fault.value)


def test_a_database_that_is_away_is_an_operational_fault(tmp_path: Path) -> None:
    """B10."""
    url = f"sqlite:///{tmp_path}/no/such/folder/portal.db"
    with pytest.raises(OperationalError), transaction(Session(create_engine(url, **engine_options(url)))):
        pass
