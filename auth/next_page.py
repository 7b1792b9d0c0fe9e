import re

LOCAL_PATH = re.compile(r"/(?:[A-Za-z0-9._~-]+/)*[A-Za-z0-9._~-]*")
DOTS = re.compile(r"/\.{1,2}(?:/|$)")
LONGEST = 400


def local_path(asked: str | None) -> str:
    """Where to go after the login: a plain path of our own, else the home page (E15)."""
    if asked and len(asked) <= LONGEST and LOCAL_PATH.fullmatch(asked) and not DOTS.search(asked):
        return asked
    return "/"
