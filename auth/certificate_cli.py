"""`flask --app app certificate FILE`: what a certificate says, and whether it may be registered."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from pathlib import Path

import click

from auth.certificate_facts import CertificateFacts, Unreadable, facts_of
from auth.certificate_files import der_of_file
from auth.certificate_rules import registration_refusals
from auth.issuing_cas import IssuingCas
from base import clock
from base.terminal import printable

_LABELS = {
    "fingerprint": "SHA-256",
    "subject": "主体者",
    "issuer": "発行者",
    "serial": "シリアル番号(16進)",
    "not_before": "有効期間の開始(UTC)",
    "not_after": "有効期間の終了(UTC)",
    "public_key": "鍵",
    "signature_hash": "署名のハッシュ",
}


@dataclass(frozen=True, slots=True)
class Judgement:
    facts: CertificateFacts | None
    refusals: list[str]

    def as_json(self) -> str:
        """One object: every fact (null where the file can't be read), `accepted`, `refusals`."""
        facts = asdict(self.facts) if self.facts else dict.fromkeys(field.name for field in fields(CertificateFacts))
        answer = facts | {"accepted": not self.refusals, "refusals": self.refusals}
        return json.dumps(answer, indent=2, default=datetime.isoformat)

    def as_text(self) -> str:
        facts = asdict(self.facts) if self.facts else {}
        lines = [f"{label}: {printable(str(facts[name]))}" for name, label in _LABELS.items() if name in facts]
        lines += [f"登録できません: {printable(refusal)}" for refusal in self.refusals]
        return "\n".join(lines if self.refusals else [*lines, "登録できます。"])


def certificate_command(cas: Callable[[], IssuingCas]) -> click.Command:
    """Make the command; `cas` is asked only when it runs. It exits with 0 for accepted, 1 for refused."""

    @click.command("certificate", help="Show a client certificate and judge it for registration.")
    @click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
    @click.option("--json", "is_json", is_flag=True, help="Answer as one JSON object.")
    @click.pass_context
    def certificate(context: click.Context, file: Path, is_json: bool) -> None:  # noqa: FBT001 - a flag of the command line
        judgement = judge(file.read_bytes(), cas(), clock.now())
        click.echo(judgement.as_json() if is_json else judgement.as_text())
        context.exit(1 if judgement.refusals else 0)

    return certificate


def judge(file: bytes, cas: IssuingCas, now: datetime) -> Judgement:
    try:
        der = der_of_file(file)
        return Judgement(facts_of(der), registration_refusals(der, cas, now))
    except Unreadable as unreadable:
        return Judgement(None, [unreadable.reason])
