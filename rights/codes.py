"""The systems, the codes a person may hold in them, and who may ask for which (R5-2 to R5-4, R5-13)."""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum


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
    BusinessKind.RETAILER: "ガス小売事業者",
    BusinessKind.SHIPPER: "託送供給依頼者",
    BusinessKind.PRODUCER: "製造事業者",
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
        return self.label if self.system is System.JUJU else f"{self.value} {self.label}"


JUJU_YES = "yes"

CODES = (
    Code(System.TAXIS, "1010", "更新権限なし", "照会だけを行う方。検針・請求の照会を含みます"),
    Code(System.TAXIS, "1011", "更新権限あり", "申込み・解約可否の回答・アラート消込まで、すべて行う方"),
    Code(System.TAXIS, "1012", "更新権限あり(業務限定あり)", "検針結果と請求情報は見られません"),
    Code(System.JOHS, "J1010", "権限あり", "供給地点の情報を照会する方"),
    Code(System.JUJU, JUJU_YES, "権限あり", "消費機器の保安情報を授受する方。1事業者あたり原則5名までです"),
    Code(System.LOACUS, "02010", "託送供給依頼者(更新権限)", "払出計画の登録まで行う方", BusinessKind.SHIPPER),
    Code(
        System.LOACUS, "02011", "託送供給依頼者(参照権限)", "計画・指示・実績の照会だけを行う方", BusinessKind.SHIPPER
    ),
    Code(System.LOACUS, "03010", "製造事業者", "注入指示・調整指令などを照会する方", BusinessKind.PRODUCER),
)

ABOLISHED: Mapping[tuple[System, str], str] = {
    (System.TAXIS, "1110"): "権限コード 1110 は 2022/01/24 に廃止されました。1011 更新権限あり を選択してください。",
}


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
        return [Refusal("rights", "TAXIS・JOHS・JUJU・LOACUS のうち、少なくとも1つの権限を選択してください。")]
    answers = ((system, _reason_against(system, value, systems_in_use, kinds)) for system, value in asked.by_system())
    return [Refusal(system.lower(), reason) for system, reason in answers if reason]


def _reason_against(
    system: System, value: str, systems_in_use: AbstractSet[str], kinds: AbstractSet[str]
) -> str | None:
    if (system, value) in ABOLISHED:
        return ABOLISHED[system, value]
    code = code_for(system, value)
    if code is None:
        return f"{system} にこの権限コードはありません。表示されている中から選択してください。"
    if system not in systems_in_use:
        return f"貴社は {system} を利用していないため、この権限は申請できません。"
    if code.needs and code.needs not in kinds:
        return f"{code.title} は、{KIND_LABELS[code.needs]}として登録された事業者だけが申請できます。"
    return None
