"""What stops are called on screens; a tag is its words and its colour."""

from content.systems.opening_hours import StopKind
from content.systems.stop_states import StopState

KIND_TAGS: dict[str, tuple[str, str]] = {
    StopKind.PLANNED_STOP: ("計画停止", "blue"),
    StopKind.DISTURBANCE: ("障害", "red"),
}

STATE_TAGS: dict[StopState, tuple[str, str]] = {
    StopState.UPCOMING: ("予定", ""),
    StopState.RUNNING: ("継続中", "amber"),
    StopState.OVER: ("終了", "green"),
    StopState.CALLED_OFF: ("取り止め", ""),
}
