"""What a request asks for, system by system: the difference between what is held and what shall be (R5-12)."""

from dataclasses import dataclass

from base.sentences import say
from rights.codes import SYSTEMS_WITH_RIGHTS, AskedRights, Refusal, System
from rights.request_states import SET_BY_REGISTRATION

NOTHING_CHANGES = say("いまの利用権限と同じです。変更する項目を選択してください。")
NOTHING_LEFT = say("利用権限がすべてなくなります。利用をやめる場合は、変更ではなく抹消を申請してください。")


@dataclass(frozen=True, slots=True)
class Part:
    """`code` None takes the right away; `held` is what the person has until then."""

    system: System
    code: str | None
    held: str | None

    @property
    def is_at_once(self) -> bool:
        """TAXIS and JOHS change without a processing date (R5-14)."""
        return self.system in SET_BY_REGISTRATION


def parts_between(held: AskedRights, wanted: AskedRights) -> tuple[Part, ...]:
    """The systems in which something differs, in the order of the screens."""
    before, after = dict(held.by_system()), dict(wanted.by_system())
    pairs = ((system, after.get(system), before.get(system)) for system in SYSTEMS_WITH_RIGHTS)
    return tuple(Part(system, code, was) for system, code, was in pairs if code != was)


def parts_of_new(asked: AskedRights) -> tuple[Part, ...]:
    return parts_between(AskedRights(), asked)


def parts_of_removal(held: AskedRights) -> tuple[Part, ...]:
    return parts_between(held, AskedRights())


def refusals_of_change(held: AskedRights, wanted: AskedRights) -> list[Refusal]:
    """A change that leaves nothing, or that changes nothing (R5-16)."""
    if not wanted.systems:
        return [Refusal("rights", NOTHING_LEFT)]
    if not parts_between(held, wanted):
        return [Refusal("rights", NOTHING_CHANGES)]
    return []
