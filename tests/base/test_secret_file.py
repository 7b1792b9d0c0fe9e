import json
from pathlib import Path
from typing import Any

import pytest

from base.secret_file import read_secrets, write_secrets

GOOD: dict[str, Any] = {"keys": ["k" * 43], "front_secret": "f" * 43, "smtp_password": None, "dkim_key": None}


def written(folder: Path, content: object, mode: int = 0o600) -> Path:
    file = folder / "secrets.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    file.chmod(mode)
    return file


def test_a_new_file_is_its_owners_alone_and_can_be_read(tmp_path: Path) -> None:
    write_secrets(tmp_path / "one")
    write_secrets(tmp_path / "two")
    one, two = read_secrets(tmp_path / "one"), read_secrets(tmp_path / "two")
    assert (tmp_path / "one").stat().st_mode & 0o777 == 0o600
    assert one.keys != two.keys
    assert one.front_secret != two.front_secret
    assert len(one.keys[0]) >= 43


def test_a_file_that_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    file = written(tmp_path, GOOD)
    with pytest.raises(FileExistsError):
        write_secrets(file)
    assert read_secrets(file).keys == ("k" * 43,)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o601])
def test_a_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(ValueError, match="0600"):
        read_secrets(written(tmp_path, GOOD, mode))


@pytest.mark.parametrize(
    "content",
    [
        "",
        "not json",
        [],
        "null",
        {},
        GOOD | {"keys": []},
        GOOD | {"keys": "k" * 43},
        GOOD | {"keys": ["short"]},
        GOOD | {"keys": ["k" * 43, 5]},
        GOOD | {"keys": {"k" * 43: 1}},
        GOOD | {"front_secret": "short"},
        GOOD | {"front_secret": 12345},
        GOOD | {"smtp_password": ["p"]},
        GOOD | {"dkim_key": False},
    ],
)
def test_a_file_that_does_not_hold_what_it_should_is_named(tmp_path: Path, content: object) -> None:
    with pytest.raises(ValueError, match=r"secrets\.json|Expecting"):
        read_secrets(written(tmp_path, content))


def test_secrets_are_not_shown_by_accident(tmp_path: Path) -> None:
    """D8."""
    assert "k" * 43 not in repr(read_secrets(written(tmp_path, GOOD)))
    assert "f" * 43 not in repr(read_secrets(written(tmp_path, GOOD)))
