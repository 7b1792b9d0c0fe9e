"""What the stages of a dormant ID are called on screens and in mails."""

from auth.dormancy import Stage

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
