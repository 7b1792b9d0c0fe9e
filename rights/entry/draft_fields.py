"""What a contact manager has typed and not sent, as text of a row and back (R5-1)."""

import json
from collections.abc import Mapping

from base.refusals import Refused
from base.sentences import say
from rights.codes import SYSTEMS_WITH_RIGHTS

TYPED = ("name_kanji", "name_kana", "login_id", "memo")
CODES = tuple(system.lower() for system in SYSTEMS_WITH_RIGHTS)
FIELDS = ("contractor", *TYPED, *CODES)
LONGEST_FIELD = 2000
TOO_LONG = say("下書きに残すには長すぎる項目があります(%(longest)s文字まで)。", longest=LONGEST_FIELD)

NOTHING_TYPED = say("まだ何も入力されていません。")


def typed_fields(form: Mapping[str, str]) -> dict[str, str]:
    """Of a form as it was sent: what a request is made of, and nothing else (E14)."""
    return {name: form[name] for name in FIELDS if form.get(name)}


def is_blank(fields: Mapping[str, str]) -> bool:
    """A company alone is chosen by the form itself."""
    return not any(fields.get(name) for name in (*TYPED, *CODES))


def is_too_long(fields: Mapping[str, str]) -> bool:
    return any(len(text) > LONGEST_FIELD for text in fields.values())


def refuse_unkeepable(fields: Mapping[str, str]) -> None:
    if is_blank(fields):
        raise Refused(NOTHING_TYPED)
    if is_too_long(fields):
        raise Refused(TOO_LONG)


def written(fields: Mapping[str, str]) -> str:
    return json.dumps(dict(fields), ensure_ascii=False, sort_keys=True)


def read(text: str) -> dict[str, str]:
    found = json.loads(text)
    return {name: found.get(name, "") for name in FIELDS}
