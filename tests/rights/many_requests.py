"""Requests by the thousand, written past the operations: for what has to be as fast with many as with few."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from auth.models import Contractor, Organization
from base.grams import fts_words, tokens
from base.identifiers import public_id
from rights.models import RequestPart, RequestText, RightsRequest
from rights.request_words import searched_text
from tests import make

ORGANIZATIONS = 300
AT_ONCE = 5_000
FAMILIES = ("北島", "東野", "西川", "南", "柴田", "堀", "久野", "平井", "大谷", "三田")
READINGS = ("キタジマ", "ヒガシノ", "ニシカワ", "ミナミ", "シバタ", "ホリ", "クノ", "ヒライ", "オオタニ", "ミタ")
RARE = "鰐淵"


def fill(session: Session, requests: int, now: datetime, waiting: int | None = None) -> None:
    """The newest `waiting` of them (else all) wait for acceptance, the others are complete; one in a thousand is for somebody rare."""
    operator = make.organization(session, "運営", is_operator=True)
    center = make.user(session, operator, "center@minami-network.example", staff_role="reception")
    of = [Organization(name=f"第{number:03d}ガス株式会社", created_at=now) for number in range(ORGANIZATIONS)]
    session.add_all(of)
    session.flush()
    contractors = [Contractor(organization_id=each.id, name=f"{each.name}委託サービス") for each in of[:10]]
    session.add_all(contractors)
    session.flush()
    first_waiting = requests - (requests if waiting is None else waiting)
    rows = _rows(requests, first_waiting, of, contractors, center.id, now)
    while batch := [row for row, _ in zip(rows, range(AT_ONCE), strict=False)]:
        _write(session, batch)


def _rows(
    requests: int, first_waiting: int, of: list[Organization], contractors: list[Contractor], by: int, now: datetime
) -> Iterator[dict[str, Any]]:
    for number in range(1, requests + 1):
        family = RARE if number % 1000 == 7 else FAMILIES[number % 10]
        login_id = f"person{number}@gas-{number % ORGANIZATIONS}.example"
        entered_at = now - timedelta(minutes=requests - number)
        is_done, is_contracted = number <= first_waiting, number % 997 == 3
        yield {
            "id": number,
            "public_id": public_id(),
            "number": f"N-2611-{number:05d}",
            "kind": "new" if number % 3 or not is_done else "change",
            "state": "completed" if is_done else "entered",
            "organization_id": of[number % ORGANIZATIONS].id,
            "contractor_id": contractors[number % 10].id if is_contracted else None,
            "name_kanji": f"{family} {number % 77}郎",
            "name_kana": f"{READINGS[number % 10]} {number % 77}",
            "login_id": login_id,
            "login_id_folded": login_id,
            "taxis": "1011",
            "juju": "yes" if number % 20 == 0 else None,
            "memo": "",
            "entered_at": entered_at,
            "entered_by_id": by,
            "ended_at": now if is_done else None,
        }


def _write(session: Session, rows: list[dict[str, Any]]) -> None:
    session.execute(insert(RightsRequest), rows)
    done = {row["id"]: row["ended_at"] for row in rows}
    parts = [
        {"request_id": row["id"], "system": system, "code": row[system.lower()], "done_at": at, "effect_at": at}
        for row in rows
        for system in ("TAXIS", "JUJU")
        if row[system.lower()]
        for at in (done[row["id"]],)
    ]
    session.execute(insert(RequestPart), parts)
    words = [
        (row["id"], searched_text(row["number"], row["name_kanji"], row["name_kana"], row["login_id"])) for row in rows
    ]
    session.execute(insert(RequestText), [{"request_id": id_, "text": each} for id_, each in words])
    if session.get_bind().dialect.name == "sqlite":
        add = text("INSERT INTO request_fts(rowid, tokens) VALUES (:id, :tokens)")
        session.execute(add, [{"id": id_, "tokens": fts_words(tokens(each))} for id_, each in words])
