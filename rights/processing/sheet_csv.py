"""Hand-over files: for system operations what is to be set in each system, for the authentication system whom to register (R9-4)."""

import re
from collections.abc import Iterator
from datetime import date, datetime

from sqlalchemy.orm import Session

from base.csv_out import csv_day, csv_moment
from rights.codes import System
from rights.followers import replaced_ids
from rights.models import RightsRequest
from rights.processing.completion_rules import Sheet
from rights.processing.sheet_queries import Line, every_line
from rights.request_states import KIND_LABELS, RequestKind
from rights.shown_requests import title_of

KEY, NUMBER, SYSTEM, RESULT = "申請ID", "利用者番号", "個別システム", "結果"
# A spreadsheet would take some of the bare identifiers for numbers.
MARK = "R-"
READABLE = re.compile(rf"{MARK}([0-9a-z]{{12}})", re.IGNORECASE)
WHO = (KEY, "申請番号", "種別", "事業者", "所属事業者", "利用者名(漢字)", "利用者名(カナ)", "メールアドレス(ID)")
FOR_OPERATIONS = (
    SYSTEM,
    *WHO,
    NUMBER,
    "変更前コード",
    "変更前",
    "変更後コード",
    "変更後",
    "抹消する旧ID",
    "システム処理日",
    "完了入力日時",
    RESULT,
)
FOR_ACCOUNTS = (*WHO, "TAXIS", "JOHS", "システム処理日", "完了入力日時", NUMBER)


def key_of(public_id: str) -> str:
    return f"{MARK}{public_id}"


def public_id_in(cell: str) -> str | None:
    found = READABLE.fullmatch(cell)
    return found[1].lower() if found else None


def operations_rows(session: Session, m: date) -> Iterator[tuple[object, ...]]:
    """One line for each system of a request."""
    yield FOR_OPERATIONS
    replaced = replaced_ids(session, m)
    for sheet in (Sheet.TAXIS, Sheet.JOHS, Sheet.JUJU, Sheet.LOACUS):
        for line in every_line(session, m, sheet):
            yield _for_operations(line, m, replaced.get(line.request.id, ""))


def account_rows(session: Session, m: date) -> Iterator[tuple[object, ...]]:
    """One line for each new person; the last column comes back filled in."""
    yield FOR_ACCOUNTS
    for line in every_line(session, m, Sheet.ACCOUNTS):
        request = line.request
        number = line.person.user_number if line.person and request.registered_at else None
        yield (*_who(request), request.taxis, request.johs, csv_day(m), csv_moment(request.registered_at), number)


def _for_operations(line: Line, m: date, replaced: str) -> tuple[object, ...]:
    part, request = line.part, line.request
    assert part is not None
    system, number = System(part.system), line.person.user_number if line.person else None
    codes = (part.held_code, title_of(system, part.held_code), part.code, title_of(system, part.code))
    when = (csv_day(m), csv_moment(part.done_at))
    return (system, *_who(request), number, *codes, replaced, *when, _result(part.done_at))


def _result(done_at: datetime | None) -> str:
    return "済" if done_at else ""


def _who(request: RightsRequest) -> tuple[object, ...]:
    belongs_to = request.contractor.name if request.contractor else request.organization.name
    names = (request.name_kanji, request.name_kana, request.login_id)
    kind = KIND_LABELS[RequestKind(request.kind)]
    return (key_of(request.public_id), request.number, kind, request.organization.name, belongs_to, *names)
