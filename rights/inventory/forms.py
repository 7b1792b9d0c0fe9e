"""What staff fill in to begin an inventory (R5-20)."""

from flask_babel import lazy_gettext
from wtforms import DateField

from base.forms import Form, line, required
from rights.inventory.rules import LONGEST_NAME


class StartForm(Form):
    name = line(lazy_gettext("棚卸の名前"), LONGEST_NAME)
    due_on = DateField(lazy_gettext("回答の期限"), [required(lazy_gettext("日付を入力してください。"))])
