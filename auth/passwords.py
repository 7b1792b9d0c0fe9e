"""Password hashes: argon2id with the costs of the settings."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

LONGEST = 200
DUMMY = "nobody's password"


class Passwords:
    """`check` costs the same whether or not there is a hash to check (C2)."""

    def __init__(self, memory_kib: int, rounds: int) -> None:
        self._hasher = PasswordHasher(memory_cost=memory_kib, time_cost=rounds, parallelism=1)
        self._dummy = self._hasher.hash(DUMMY)

    def hash(self, password: str) -> str:
        return self._hasher.hash(typed(password))

    def check(self, stored: str | None, password: str) -> bool:
        checked = stored if stored and len(password) <= LONGEST else self._dummy
        try:
            self._hasher.verify(checked, typed(password[:LONGEST]))
        except (VerificationError, InvalidHashError):
            return False
        return checked == stored

    def needs_rehash(self, stored: str) -> bool:
        """Was it made at other costs than the settings now ask for? None but the right password can mend that."""
        try:
            return self._hasher.check_needs_rehash(stored)
        except InvalidHashError:
            return False


def typed(password: str) -> str:
    """Japanese keyboards show the backslash as ¥ and may send U+00A5 for it (R6-4)."""
    return password.replace("¥", "\\")
