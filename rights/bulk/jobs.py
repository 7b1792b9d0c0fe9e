"""What the worker does for bulk files, and when they are forgotten."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import delete
from sqlalchemy.orm import Session

from base.worker import Job
from base.worker_jobs import job_in_transaction
from rights.bulk.models import BulkFile
from rights.bulk.states import FileState
from rights.bulk.work import JOB, LOOK_SECONDS, work_on_all

KEPT = timedelta(days=30)


def bulk_jobs(clock: Callable[[], datetime]) -> list[Job]:
    return [
        Job(JOB, LOOK_SECONDS, partial(work_on_all, clock)),
        job_in_transaction("forget bulk files", 3600, forget_old_files),
    ]


def forget_old_files(session: Session, now: datetime) -> None:
    """What was never entered; of what was, the requests and the trail tell."""
    is_over = (BulkFile.uploaded_at < now - KEPT, BulkFile.state != FileState.SENT)
    session.execute(delete(BulkFile).where(*is_over))
