class Refused(Exception):
    """A rule says no; `reason` is a sentence for the person who asked (R8-3)."""

    def __init__(self, reason: str, field: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.field = field


class Conflict(Refused):
    """The row has moved on since the person looked at it; shown as 409."""
