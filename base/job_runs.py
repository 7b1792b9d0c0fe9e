"""One row for each run of a job on a business date: of several workers one carries it out (R5-44)."""

from datetime import date, datetime

from sqlalchemy.orm import Mapped, mapped_column

from base.db import Base


class JobRun(Base):
    """`ended_at` None: under way, or killed; `touched_at` moves with each chunk, so that a dead run can be taken over."""

    __tablename__ = "job_run"

    job: Mapped[str] = mapped_column(primary_key=True)
    on: Mapped[date] = mapped_column("on_date", primary_key=True)
    begun_at: Mapped[datetime]
    touched_at: Mapped[datetime]
    runner: Mapped[str]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
