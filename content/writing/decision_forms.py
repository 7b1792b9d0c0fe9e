"""The last step before something goes public: when, until when, with mails or without (R7-4, R7-13)."""

from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from wtforms import BooleanField, HiddenField, IntegerField, RadioField
from wtforms.validators import InputRequired, ValidationError
from wtforms.widgets import HiddenInput

from base.forms import Form, choices, line
from content.models import Article, Publication
from content.moment_fields import instant_if_any, optional_moment_field, typed
from content.writing.articles import LONGEST_REASON
from content.writing.plan_rules import Decision

NOW, LATER = "now", "later"


class DecisionForm(Form):
    """`plan_seen`: the planned publication that stood on the sheet, so that nobody undoes another's plan unseen (E18)."""

    revision = IntegerField(widget=HiddenInput(), validators=[InputRequired()])
    plan_seen = HiddenField(default="")
    when = RadioField(lazy_gettext("公開する時期"), default=NOW)
    go_live_at = optional_moment_field(lazy_gettext("公開する日時"))
    ends_at = optional_moment_field(lazy_gettext("掲載終了の日時"))
    ask_ack = BooleanField(lazy_gettext("読んだ方に確認を依頼する(要確認)"))
    no_mail = BooleanField(lazy_gettext("掲載情報更新通知メールの送信は不要"))
    suppress_reason = line(lazy_gettext("送信が不要な理由"), LONGEST_REASON, is_required=False)

    def __init__(self, *args: Any, **facts: Any) -> None:
        super().__init__(*args, **facts)
        self.when.choices = choices([(NOW, _("今すぐ公開")), (LATER, _("日時を決めて公開"))])

    def validate(self, extra_validators: Any = None) -> bool:
        """A time that stands in the form while 「今すぐ公開」 is chosen counts for nothing."""
        if self.when.data != LATER:
            self.go_live_at.data, self.go_live_at.raw_data = None, []
        is_good = super().validate(extra_validators)
        if self.when.data == LATER and not self.go_live_at.data and not self.go_live_at.errors:
            self.go_live_at.errors = [_("公開する日時を入力してください。")]
            return False
        return is_good

    def validate_suppress_reason(self, field: Any) -> None:
        if self.no_mail.data and not field.data:
            raise ValidationError(_("メールを送らない理由を入力してください。"))
        if field.data and not self.no_mail.data:
            raise ValidationError(_("理由だけが入力されています。送らないときは、上の欄にもチェックを入れてください。"))

    def decision(self) -> Decision:
        return Decision(
            revision=self.revision.data,
            go_live_at=instant_if_any(self.go_live_at),
            ends_at=instant_if_any(self.ends_at),
            suppress_reason=self.suppress_reason.data if self.no_mail.data else None,
            plan_seen=self.plan_seen.data or "",
            is_ack_asked=self.ask_ack.data,
        )


def decision_on(article: Article, planned: Publication | None) -> DecisionForm:
    """As it was planned, where it is; else not yet made: at once, and mails are sent unless somebody says otherwise (R7-13)."""
    data: dict[str, Any] = {"revision": article.revision, "ask_ack": article.ack_asked_at is not None}
    if planned is not None:
        data |= {"plan_seen": planned.public_id, "when": LATER, "go_live_at": typed(planned.at)}
        data |= {"ends_at": typed(article.ends_at), "no_mail": not planned.is_mailed}
        data |= {"suppress_reason": planned.suppress_reason}
    return DecisionForm(formdata=None, data=data)


class EndForm(Form):
    ends_at = optional_moment_field(lazy_gettext("掲載終了の日時"))

    def end(self) -> datetime | None:
        return instant_if_any(self.ends_at)


def end_form_of(article: Article) -> EndForm:
    return EndForm(formdata=None, data={"ends_at": typed(article.ends_at)})
