"""A CA's revocation list may have hundreds of thousands of lines: no question about certificates reads them through (E17, R4-5)."""

import pytest
from sqlalchemy import Select, create_engine, text
from sqlalchemy.dialects import sqlite

from auth.certificate_queries import every_registration, in_state
from auth.certificate_states import CertificateState
from base.db import engine_options
from tests.certificates import NOW


def plan_of(url: str, query: Select[object]) -> list[str]:
    written = query.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
    engine = create_engine(url, **engine_options(url))
    try:
        with engine.connect() as connection:
            return [row.detail for row in connection.execute(text(f"EXPLAIN QUERY PLAN {written}"))]
    finally:
        engine.dispose()


@pytest.mark.parametrize("state", [CertificateState.VALID, CertificateState.EXPIRING, CertificateState.REVOKED])
def test_a_line_is_looked_up_by_its_key(sqlite_url: str, state: CertificateState) -> None:
    """E17: with two hundred thousand lines a filter took a minute."""
    steps = [
        step
        for step in plan_of(sqlite_url, every_registration().where(in_state(state, NOW)))
        if "revoked_serial" in step
    ]
    assert steps
    assert all("issuing_ca_id=? AND serial=?" in step for step in steps), steps
