"""The systems, the codes a person may hold in them, and who may ask for which (R5-2 to R5-4, R5-13)."""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum

from base.sentences import say


class System(StrEnum):
    TAXIS = "TAXIS"
    JOHS = "JOHS"
    JUJU = "JUJU"
    LOACUS = "LOACUS"
    API = "API"


class BusinessKind(StrEnum):
    RETAILER = "retailer"
    SHIPPER = "shipper"
    PRODUCER = "producer"


SYSTEMS_WITH_RIGHTS = (System.TAXIS, System.JOHS, System.JUJU, System.LOACUS)

KIND_LABELS: Mapping[BusinessKind, str] = {
    BusinessKind.RETAILER: say("ガス小売事業者"),
    BusinessKind.SHIPPER: say("託送供給依頼者"),
    BusinessKind.PRODUCER: say("製造事業者"),
}


@dataclass(frozen=True, slots=True)
class Code:
    """A value of one system; `needs` is the kind of organization that may ask for it (R5-4)."""

    system: System
    value: str
    label: str
    explanation: str
    needs: BusinessKind | None = None

    @property
    def title(self) -> str:
        """As 1010 更新権限なし; JUJU's own value says nothing to its readers."""
        if self.system is System.JUJU:
            return self.label
        return say("%(value)s %(label)s", value=self.value, label=self.label)


JUJU_YES = "yes"

CODES = (
    Code(System.TAXIS, "1010", say("更新権限なし"), say("照会だけを行う方。検針・請求の照会を含みます")),
    Code(System.TAXIS, "1011", say("更新権限あり"), say("申込み・解約可否の回答・アラート消込まで、すべて行う方")),
    Code(System.TAXIS, "1012", say("更新権限あり(業務限定あり)"), say("検針結果と請求情報は見られません")),
    Code(System.JOHS, "J1010", say("権限あり"), say("供給地点の情報を照会する方")),
    Code(System.JUJU, JUJU_YES, say("権限あり"), say("消費機器の保安情報を授受する方。1事業者あたり原則5名までです")),
    Code(
        System.LOACUS, "02010", say("託送供給依頼者(更新権限)"), say("払出計画の登録まで行う方"), BusinessKind.SHIPPER
    ),
    Code(
        System.LOACUS,
        "02011",
        say("託送供給依頼者(参照権限)"),
        say("計画・指示・実績の照会だけを行う方"),
        BusinessKind.SHIPPER,
    ),
    Code(System.LOACUS, "03010", say("製造事業者"), say("注入指示・調整指令などを照会する方"), BusinessKind.PRODUCER),
)

ABOLISHED: Mapping[tuple[System, str], str] = {
    (System.TAXIS, "1110"): say(
        "権限コード 1110 は 2022/01/24 に廃止されました。1011 更新権限あり を選択してください。"
    ),
}

# What holders of an abolished code have had since; an import maps it and says so (R5-3).
SUCCESSORS: Mapping[tuple[System, str], str] = {(System.TAXIS, "1110"): "1011"}


@dataclass(frozen=True, slots=True)
class AskedRights:
    """The code asked for in each system; None asks for nothing there."""

    taxis: str | None = None
    johs: str | None = None
    juju: str | None = None
    loacus: str | None = None

    def by_system(self) -> Iterator[tuple[System, str]]:
        """What is asked for, in the order of the screens."""
        for system in SYSTEMS_WITH_RIGHTS:
            code = getattr(self, system.lower())
            if code is not None:
                yield system, code

    def in_all_systems(self) -> Iterator[tuple[System, str | None]]:
        """The same with the systems in which nothing is asked for."""
        codes = dict(self.by_system())
        for system in SYSTEMS_WITH_RIGHTS:
            yield system, codes.get(system)

    @property
    def systems(self) -> frozenset[System]:
        return frozenset(system for system, _ in self.by_system())


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a field can't stay as it is; `rights` is the choice of codes as a whole (R8-3)."""

    field: str
    reason: str


def codes_of(system: System) -> tuple[Code, ...]:
    return tuple(code for code in CODES if code.system is system)


def code_for(system: System, value: str) -> Code | None:
    return next((code for code in codes_of(system) if code.value == value), None)


def refusals_for(asked: AskedRights, systems_in_use: AbstractSet[str], kinds: AbstractSet[str]) -> list[Refusal]:
    """Every reason against what an organization asks for; the empty list lets it through (R5-3, R5-4, R5-13)."""
    if not asked.systems:
        return [Refusal("rights", say("TAXIS・JOHS・JUJU・LOACUS のうち、少なくとも1つの権限を選択してください。"))]
    answers = ((system, _reason_against(system, value, systems_in_use, kinds)) for system, value in asked.by_system())
    return [Refusal(system.lower(), reason) for system, reason in answers if reason]


def _typed_as(code: Code) -> str:
    """As a file or form has it: JUJU is asked for with a word, not a code."""
    return "あり" if code.value == JUJU_YES else code.value


def _reason_against(
    system: System, value: str, systems_in_use: AbstractSet[str], kinds: AbstractSet[str]
) -> str | None:
    if (system, value) in ABOLISHED:
        return ABOLISHED[system, value]
    code = code_for(system, value)
    if code is None:
        there = "・".join(_typed_as(code) for code in codes_of(system))
        return say("%(system)s にこの権限コードはありません。使えるのは %(codes)s です。", system=system, codes=there)
    if system not in systems_in_use:
        return say("貴社は %(system)s を利用していないため、この権限は申請できません。", system=system)
    if code.needs and code.needs not in kinds:
        return say(
            "%(title)s は、%(kind)sとして登録された事業者だけが申請できます。",
            title=code.title,
            kind=KIND_LABELS[code.needs],
        )
    return None
