"""The part of a form in which rights are asked for: codes, tables, tasks, JUJU's seats; for new requests and changes (R9-9)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from rights.code_choices import CodeChoice, choices_for
from rights.codes import System
from rights.entry.tasks import Chooser, chooser
from rights.request_rules import JUJU_SEATS, Terms


@dataclass(frozen=True, slots=True)
class AskedPart:
    """`choosers` have the systems whose codes differ in what they allow."""

    choices: Sequence[CodeChoice]
    choosers: Mapping[System, Chooser]
    juju_taken: int
    juju_seats: int = JUJU_SEATS

    @property
    def codes(self) -> dict[str, str]:
        """What the ticked tasks come to, by the form's fields."""
        found = {system.lower(): each.code for system, each in self.choosers.items()}
        return {field: code for field, code in found.items() if code}


def asked_part(terms: Terms, ticked: Collection[str], *, has_special_approval: bool) -> AskedPart:
    """`ticked`: keys of tasks as the form sends them; what isn't there counts for nothing."""
    choices = choices_for(terms, has_special_approval=has_special_approval)
    choosers = {
        choice.system: chooser(choice.system, choice.table, choice.refused, ticked)
        for choice in choices
        if choice.table is not None and choice.is_in_use
    }
    return AskedPart(choices, choosers, terms.juju_taken)
