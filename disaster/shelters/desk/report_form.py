"""What a day's report asks: numbers that the register prefills, numbers that somebody must look for, and states to tap.

The items are those of the shelter papers in use (人数、要配慮者、有症状者、ライフライン、衛生、A–D の評価); the state's own list could not be
found, so the keys are ours and a report keeps whatever keys it was made with.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One number. ``counted``: the register knows it; whoever writes another one says why."""

    key: str
    label: str
    unit: str = "人"
    counted: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to tap: its answers by word."""

    key: str
    label: str
    answers: dict[str, str]


ENOUGH = {"ok": "足りている", "short": "足りない", "none": "ない"}
WORKS = {"ok": "使える", "part": "一部使える", "no": "使えない"}

PEOPLE: tuple[Figure, ...] = (
    Figure("people", "避難者数（いま）", counted=True),
    Figure("registered", "うち登録した人", counted=True),
    Figure("unregistered", "うち名前のない人数", counted=True),
    Figure("households", "世帯数", "世帯", counted=True),
    Figure("male", "男", counted=True),
    Figure("female", "女", counted=True),
    Figure("infants", "乳幼児（0〜5歳）", counted=True),
    Figure("children", "子ども（6〜17歳）", counted=True),
    Figure("elderly", "高齢者（65歳以上）", counted=True),
    Figure("visitors", "帰宅困難者", counted=True),
    Figure("meals_only", "食事だけの人", counted=True),
    Figure("outside", "外で過ごし、ここで物資を受け取る人", counted=True),
)
CARE: tuple[Figure, ...] = (
    Figure("nursing", "要介護", counted=True),
    Figure("disabled", "障害のある人", counted=True),
    Figure("device", "医療的ケア・電源が必要", counted=True),
    Figure("pregnant", "妊産婦", counted=True),
    Figure("injured", "けが・病気", counted=True),
    Figure("allergy", "アレルギー", counted=True),
    Figure("language", "日本語が難しい", counted=True),
)
SEEN: tuple[Figure, ...] = (
    Figure("fever", "発熱"),
    Figure("cough", "せき"),
    Figure("stomach", "嘔吐・下痢"),
    Figure("pets", "ペット", "匹", counted=True),
    Figure("meals", "食事の回数", "回"),
    Figure("toilets", "使えるトイレ", "基"),
)
FIGURES: dict[str, Figure] = {figure.key: figure for figure in (*PEOPLE, *CARE, *SEEN)}

QUESTIONS: tuple[Question, ...] = (
    Question("power", "電気", WORKS),
    Question("water", "水道", WORKS),
    Question("gas", "ガス", WORKS),
    Question("phone", "電話・通信", WORKS),
    Question("drinking", "飲料水", ENOUGH),
    Question("food", "食事", ENOUGH),
    Question("beds", "寝床・毛布", ENOUGH),
    Question("warmth", "冷暖房", ENOUGH),
    Question("clean", "トイレの清潔", {"ok": "清潔", "dirty": "汚れている", "no": "使えない"}),
    Question("air", "換気", {"ok": "できている", "part": "足りない", "no": "できない"}),
    Question("medical", "医療・救護", {"here": "常にいる", "visit": "巡回がある", "none": "ない"}),
    Question("overall", "全体の評価", {"a": "A 良い", "b": "B 普通", "c": "C 悪い", "d": "D とても悪い"}),
)
REASONS: dict[str, str] = {
    "seen": "目で数えた",
    "behind": "登録が追いついていない",
    "wrong": "登録に誤りがある",
    "away": "一時的に出ている人がいる",
    "other": "そのほか（連絡事項に書く）",
}
