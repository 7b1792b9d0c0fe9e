"""The one-time password of a credential registration (R6-1): derived from the keys and the pair, stored nowhere."""

import hashlib
import hmac
import unicodedata
from collections.abc import Sequence

from base.identifiers import CROCKFORD

LENGTH = 10
GROUP = 5
LONGEST_TYPED = 40
PURPOSE = "portal.one-time-password"

# Crockford's alphabet has none of these: whoever reads one off means its twin.
_MEANT = str.maketrans({"o": "0", "i": "1", "l": "1"})
_BETWEEN = "-‐‑–—−ー_"


def _derived(key: str, pair: str, address_hash: str) -> str:
    message = f"{PURPOSE}:{pair}:{address_hash}".encode()
    digest = hmac.new(key.encode(), message, hashlib.sha256).digest()
    return "".join(CROCKFORD[byte % len(CROCKFORD)] for byte in digest[:LENGTH])


def one_time_password(keys: Sequence[str], pair: str, address_hash: str) -> str:
    """As the mail shows it, in two groups: 50 bits for five tries. `pair`: its public id; the first key signs."""
    signs = _derived(keys[0], pair, address_hash).upper()
    return f"{signs[:GROUP]}-{signs[GROUP:]}"


def meant_by(typed: str) -> str:
    """Case, blanks, full width and look-alikes are forgiven."""
    plain = unicodedata.normalize("NFKC", typed[:LONGEST_TYPED]).lower()
    kept = (sign for sign in plain if not sign.isspace() and sign not in _BETWEEN)
    return "".join(kept).translate(_MEANT)


def is_right_one_time_password(keys: Sequence[str], pair: str, address_hash: str, typed: str) -> bool:
    """Any key of the list verifies (D9); every one is asked, whatever the others say."""
    meant = meant_by(typed).encode()
    fits = [hmac.compare_digest(_derived(key, pair, address_hash).encode(), meant) for key in keys]
    return any(fits)
