import re

LOCAL_PATH = re.compile(r"/[A-Za-z0-9._~\-/]{0,300}")


def local_path(asked: str | None) -> str:
    """Where to go after the login: a plain path of our own, else the home page (E15)."""
    if asked and LOCAL_PATH.fullmatch(asked) and not asked.startswith("//"):
        return asked
    return "/"
