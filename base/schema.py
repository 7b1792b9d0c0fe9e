"""What `flask db` needs: the library that changes schemas is read when the first of its commands asks for it."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Flask

from base.db import db
from base.late import Late

if TYPE_CHECKING:
    import flask_migrate
else:
    flask_migrate = Late("flask_migrate")

NAME = "migrate"


class _Migrations:
    """In the library's place among the application's extensions, until somebody asks it for anything."""

    def __init__(self, app: Flask, folder: Path) -> None:
        self._app, self._folder = app, folder

    def __getattr__(self, attribute: str) -> Any:
        flask_migrate.Migrate(self._app, db, directory=str(self._folder), render_as_batch=True)
        return getattr(self._app.extensions[NAME], attribute)


def register_migrations(app: Flask, folder: Path) -> None:
    app.extensions[NAME] = _Migrations(app, folder)
