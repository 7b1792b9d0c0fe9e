"""What an organization may choose from in each system, and what each choice allows (R5-2, R5-4, R5-8, R5-9)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rights.allowed import LOACUS_COLUMNS, TAXIS_COLUMNS, AllowedRow, what_loacus_allows, what_taxis_allows
from rights.codes import SYSTEMS_WITH_RIGHTS, AskedRights, Code, System, codes_of, refusals_for
from rights.request_rules import Terms

NOTHING = ""


@dataclass(frozen=True, slots=True)
class AllowedTable:
    columns: Sequence[str]
    rows: Sequence[AllowedRow]


@dataclass(frozen=True, slots=True)
class CodeChoice:
    """`refused`: why a code can't be asked for; `table` is None where the system has one code only."""

    system: System
    is_in_use: bool
    codes: Sequence[Code]
    notes: Mapping[str, str]
    refused: Mapping[str, str]
    table: AllowedTable | None


def choices_for(terms: Terms, *, has_special_approval: bool) -> list[CodeChoice]:
    """One for each system that knows rights of individuals, in the order of the screens."""
    tables = allowed_tables(has_special_approval=has_special_approval)
    return [
        CodeChoice(
            system=system,
            is_in_use=system in terms.systems_in_use,
            codes=codes_of(system),
            notes={code.value: code.explanation for code in codes_of(system)},
            refused=_refused(system, terms),
            table=tables.get(system),
        )
        for system in SYSTEMS_WITH_RIGHTS
    ]


def allowed_tables(*, has_special_approval: bool) -> dict[System, AllowedTable]:
    return {
        System.TAXIS: AllowedTable(TAXIS_COLUMNS, what_taxis_allows()),
        System.LOACUS: AllowedTable(LOACUS_COLUMNS, what_loacus_allows(has_special_approval=has_special_approval)),
    }


def _refused(system: System, terms: Terms) -> dict[str, str]:
    asking = {code.value: AskedRights(**{system.lower(): code.value}) for code in codes_of(system)}
    against = {value: refusals_for(asked, terms.systems_in_use, terms.kinds) for value, asked in asking.items()}
    return {value: refusals[0].reason for value, refusals in against.items() if refusals}
