"""A WSGI application that tells what it was given."""

import json
from collections.abc import Callable, Iterable
from typing import Any


def application(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
    told = {name: value for name, value in environ.items() if name.startswith(("HTTP_", "PATH_", "REQUEST_"))}
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(told).encode()]
