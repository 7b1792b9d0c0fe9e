"""A worker of its own process, for tests: DATABASE_URL PORT JOBS_URL FOLDER NAME."""

import sys
from pathlib import Path

from flask import Flask

from base.db import db, engine_options, transaction
from base.jobs import Bell
from base.outbox import Mail
from base.worker import Job
from base.worker_cli import worker_command
from tests.base.deliver_once import compose
from tests.settings import settings_for


def main() -> None:
    url, port, jobs_url, folder, name = sys.argv[1:]
    settings = settings_for(url, Path(folder), smtp_port=int(port), jobs_url=jobs_url)
    app = Flask(__name__)
    app.config.update(SQLALCHEMY_DATABASE_URI=url, SQLALCHEMY_ENGINE_OPTIONS=engine_options(url))
    db.init_app(app)

    def count_mails() -> None:
        with transaction() as session, Path(folder, "ticks").open("a") as ticks:
            ticks.write(f"{session.query(Mail).count()}\n")

    def fail() -> None:
        raise LookupError("this job always fails")

    periodic = [Job("count", 0.2, count_mails), Job("fail", 0.2, fail)]
    command = worker_command(app, settings, Bell(jobs_url), {"update": compose}, periodic)
    command.main(["--name", name], standalone_mode=False)


if __name__ == "__main__":
    main()
