"""The people of an organization as a file for Excel (R2-3, R5-19)."""

from collections.abc import Iterable, Iterator

from auth.dormancy_words import STAGE_LABELS
from base.csv_out import csv_day, csv_moment
from base.jst import day_of
from rights.codes import SYSTEMS_WITH_RIGHTS
from rights.held import Held
from rights.people.shown import PersonShown
from rights.request_states import KIND_LABELS, RequestKind
from rights.shown_requests import title_of

HEADINGS = (
    *("事業者", "所属事業者", "利用者名(カナ)", "利用者名(漢字)", "メールアドレス(ID)", "利用者番号", "役割"),
    *(
        f"{system}{words}"
        for system in SYSTEMS_WITH_RIGHTS
        for words in ("", "利用開始", "終了", "の次の権限", "の次の利用開始")
    ),
    *("アカウントの状態", "最終ログイン", "IDの発行", "長期未使用の段階", "段階の実施日"),
    *("手続き中の申請", "種別", "進捗"),
)
ROLES = {"primary": "システム窓口責任者(正担当)", "deputy": "システム窓口責任者(副担当)"}


def people_rows(people: Iterable[PersonShown]) -> Iterator[tuple[str, ...]]:
    for one in people:
        yield (*_who(one), *_rights(one), *_account(one), *_request(one))


def _who(one: PersonShown) -> tuple[str, ...]:
    user = one.user
    belongs_to = user.contractor.name if user.contractor else user.organization.name
    names = (user.organization.name, belongs_to, user.name_kana, user.name_kanji, user.login_id)
    return (*names, user.user_number or "", ROLES.get(user.contact_role or "", "システム利用者"))


def _rights(one: PersonShown) -> Iterator[str]:
    for cell in one.cells:
        yield from (_title(cell.now), _from(cell.now))
        yield csv_moment(cell.now.until_at if cell.now else None)
        yield from (_title(cell.coming), _from(cell.coming))


def _title(held: Held | None) -> str:
    return title_of(held.system, held.code) if held else ""


def _from(held: Held | None) -> str:
    return csv_moment(held.from_at) if held else ""


def _account(one: PersonShown) -> tuple[str, ...]:
    user, stage = one.user, one.dormancy
    times = (csv_moment(user.last_login_at), csv_day(day_of(user.issued_at)))
    taken = (STAGE_LABELS[stage.stage], csv_day(stage.stage_on)) if stage else ("", "")
    return (one.account[0], *times, *taken)


def _request(one: PersonShown) -> tuple[str, ...]:
    if one.request is None:
        return ("", "", "")
    row = one.request.row
    return (row.number, KIND_LABELS[RequestKind(row.kind)], one.request.progress)
