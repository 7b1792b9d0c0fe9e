class Refused(Exception):
    """A rule says no; `reason` is a sentence for the person who asked (R8-3)."""

    status = 400
    form_status = 422  # where the form is shown again

    def __init__(self, reason: str, field: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.field = field


class Conflict(Refused):
    """The row has moved on since the person looked at it; shown as 409."""

    status = 409


class Unable(Refused):
    """Nobody did anything wrong, we can't just now: the same may be sent again as it stands (I3)."""

    status = form_status = 503


class NoSpace(Unable):
    """A disk is full; nothing was kept of what was asked for (I3)."""

    status = form_status = 507
