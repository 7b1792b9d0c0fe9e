import unicodedata
from collections.abc import Iterable, Mapping
from datetime import datetime

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from wtforms import DateTimeLocalField, RadioField, SelectChoice, SelectField, StringField, TextAreaField

from auth.models import Contractor, Organization
from auth.names import tidy_kana, tidy_kanji
from base.forms import Form, at_most, required, stripped
from base.jst import JST
from rights.code_choices import NOTHING
from rights.codes import AskedRights, System, codes_of
from rights.request_rules import Entry
from rights.requests import LONGEST_NAME, LONGEST_REASON

KEPT_SIGNS = "\n\t"


def readable(typed: str | None) -> str:
    """What was typed without the signs that nobody sees; its lines stay."""
    text = stripped((typed or "").replace("\r\n", "\n"))
    return "".join(sign for sign in text if sign in KEPT_SIGNS or unicodedata.category(sign)[0] != "C")


def _system_field(system: System) -> RadioField:
    choices = [SelectChoice(NOTHING, lazy_gettext("なし"))]
    choices += [
        SelectChoice(code.value, lazy_gettext("あり") if system is System.JUJU else code.title)
        for code in codes_of(system)
    ]
    return RadioField(system.value, choices=choices, default=NOTHING, validate_choice=False)


class RequestForm(Form):
    """R5-1. The organization is no field: it is the contact manager's own (E14)."""

    # The rules answer for a choice that isn't there, and say why (R5-1, R5-3).
    contractor = SelectField(lazy_gettext("所属事業者"), validate_choice=False)
    name_kanji = StringField(
        lazy_gettext("利用者名(漢字)"), [required()], filters=[lambda typed: tidy_kanji(typed or "")]
    )
    name_kana = StringField(
        lazy_gettext("利用者名(カナ)"), [required()], filters=[lambda typed: tidy_kana(typed or "")]
    )
    login_id = StringField(
        lazy_gettext("メールアドレス(ID)"),
        [required(lazy_gettext("メールアドレスを入力してください。"))],
        filters=[stripped],
    )
    taxis = _system_field(System.TAXIS)
    johs = _system_field(System.JOHS)
    juju = _system_field(System.JUJU)
    loacus = _system_field(System.LOACUS)
    memo = TextAreaField(lazy_gettext("申請メモ"), filters=[readable])

    def offer(self, organization: Organization, contractors: Iterable[Contractor]) -> None:
        own = SelectChoice(NOTHING, _("%(name)s(自社)", name=organization.name))
        self.contractor.choices = [
            own,
            *(SelectChoice(row.public_id, _("%(name)s(委託先)", name=row.name)) for row in contractors),
        ]

    def choose(self, codes: Mapping[str, str]) -> None:
        """What the ticked tasks come to (R9-9)."""
        for name, code in codes.items():
            self._fields[name].data = code

    def entry(self) -> Entry:
        asked = {system.lower(): self._fields[system.lower()].data or None for system in System if system != System.API}
        return Entry(
            contractor=self.contractor.data or NOTHING,
            name_kanji=self.name_kanji.data,
            name_kana=self.name_kana.data,
            login_id=self.login_id.data,
            asked=AskedRights(**asked),
            memo=self.memo.data,
        )


class CancelForm(Form):
    """「申請取消」: why, who was phoned and when (R5-10 ②)."""

    reason = TextAreaField(lazy_gettext("取消の理由"), [required(), at_most(LONGEST_REASON)], filters=[readable])
    phoned_to = StringField(lazy_gettext("電話をした相手"), [required(), at_most(LONGEST_NAME)], filters=[readable])
    phoned_at = DateTimeLocalField(
        lazy_gettext("電話をした日時"), [required(lazy_gettext("日時を入力してください。"))], format="%Y-%m-%dT%H:%M"
    )

    def moment(self) -> datetime:
        """The time of the call, typed on a Japanese clock."""
        typed: datetime = self.phoned_at.data
        return typed.replace(tzinfo=JST)
