"""What the stages of a dormant ID, and the mails about them, are called."""

from auth.dormancy import Stage
from auth.dormancy_digests import DIGEST, LAST_MANAGER, RUN_REFUSED
from auth.dormancy_queries import KIND

STAGE_LABELS: dict[Stage, str] = {
    Stage.WARNING1: "警告1",
    Stage.WARNING2: "警告2",
    Stage.LOCK: "アカウントロック",
    Stage.DELETION: "アカウント削除",
}
STAGE_COLOURS: dict[Stage, str] = {
    Stage.WARNING1: "amber",
    Stage.WARNING2: "amber",
    Stage.LOCK: "red",
    Stage.DELETION: "",
}

MAIL_SUBJECTS: dict[str, str] = {
    **{KIND + stage: f"長期未使用ID通知メール({label})" for stage, label in STAGE_LABELS.items()},
    DIGEST: "長期未使用IDのお知らせ(週次)",
    LAST_MANAGER: "窓口責任者の長期未使用ID",
    RUN_REFUSED: "長期未使用IDの処理を中止しました",
}
