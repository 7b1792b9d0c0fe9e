"""What somebody enters who registers credentials, or has forgotten the password (R6-1, R6-7). Passwords are never sent back."""

from flask_babel import lazy_gettext
from wtforms import Field, PasswordField, SelectField, StringField, ValidationError

from auth.login_id import LONGEST as LONGEST_ID
from auth.login_id import refusal_for
from auth.models import User
from auth.new_password import names_of
from auth.one_time_passwords import LONGEST_TYPED
from auth.password_forms import NewPasswordForm
from auth.questions import LONGEST, QUESTIONS, refusal_for_answer
from base.forms import Form, at_most, choices, line, required, stripped


class ChosenPasswordForm(NewPasswordForm):
    """For one person: what is against the password is told together with all the rest.

    But for one thing: whether it is the present one, only who has shown to be the person may hear (R6-3, C10).
    """

    login_id: str = ""

    def is_fit(self, user: User) -> bool:
        self.login_id = user.login_id
        return self.validate_for(user.login_id, *names_of(user))


class CredentialsForm(ChosenPasswordForm):
    one_time_password = StringField(
        lazy_gettext("ワンタイムパスワード"), [required(), at_most(LONGEST_TYPED)], filters=[stripped]
    )
    question = SelectField(
        lazy_gettext("秘密の質問"), [required(lazy_gettext("秘密の質問を選んでください。"))], validate_choice=False
    )
    answer = StringField(lazy_gettext("秘密の質問の答え"), [required(), at_most(LONGEST)], filters=[stripped])

    def offer(self, *, is_question_asked: bool) -> None:
        # As on the page: what is at fault is listed in the order of the fields.
        self._fields.move_to_end("one_time_password", last=False)
        if is_question_asked:
            asked = [(key, lazy_gettext(text)) for key, text in QUESTIONS.items()]
            self.question.choices = choices([("", lazy_gettext("選んでください")), *asked])
        else:
            del self.question, self.answer

    def validate_answer(self, field: Field) -> None:
        if field.errors or not self.question.data:
            return
        reason = refusal_for_answer(self.question.data, field.data, unlike=(self.login_id, self.password.data or ""))
        if reason:
            raise ValidationError(reason)


class ResetForm(ChosenPasswordForm):
    answer = PasswordField(lazy_gettext("秘密の質問の答え"), [required(), at_most(LONGEST)])


class ForgottenForm(Form):
    login_id = line(lazy_gettext("ID(メールアドレス)"), LONGEST_ID)

    def validate_login_id(self, field: Field) -> None:
        """What can't be an ID is told, whatever IDs there are."""
        reason = None if field.errors else refusal_for(field.data)
        if reason:
            raise ValidationError(reason)
