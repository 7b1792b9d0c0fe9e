"""A form that a script sends is answered where to go, not sent there: the script's own visit would use up what the next page has to say."""

from flask import Flask, jsonify, request
from werkzeug.wrappers import Response

ASKED = "application/json"


def for_scripts(answer: Response) -> Response:
    if answer.status_code != 303 or request.headers.get("Accept") != ASKED:
        return answer
    return jsonify(location=answer.location)


def register_scripted_forms(app: Flask) -> None:
    app.after_request(for_scripts)
