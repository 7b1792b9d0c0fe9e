"""How staff read the state of a revocation list: words in Japanese as they stand in the translations, and a tag's colour."""

from auth.list_states import ListState

STATE_TAGS: dict[ListState, tuple[str, str]] = {
    ListState.UNASKED: ("取得元なし", ""),
    ListState.GOOD: ("正常", "green"),
    ListState.FAILED: ("読み取り失敗", "amber"),
    ListState.STALE: ("期限切れ", "red"),
}
