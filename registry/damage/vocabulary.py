"""Closed words of certificates and surveys, and every move that is allowed (a state changes by compare-and-set along these only)."""

from enum import StrEnum


class Kind(StrEnum):
    """Which paper is asked for."""

    DWELLING = "dwelling"  # 罹災証明書 (災害対策基本法 90条の2): damage to a dwelling, by grade
    OTHER = "other"  # 被災証明書: everything else, that it was damaged

    @property
    def ja(self) -> str:
        """The paper's name."""
        return "罹災証明書" if self is Kind.DWELLING else "被災証明書"


class State(StrEnum):
    """How far an application is."""

    RECEIVED = "received"
    WAITING = "waiting"
    SURVEYING = "surveying"
    JUDGED = "judged"
    ISSUED = "issued"
    AGAIN = "again"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"

    @property
    def ja(self) -> str:
        """The word on pages."""
        return _STATE_JA[self]

    @property
    def told(self) -> str:
        """What the applicant reads on the progress page."""
        return _STATE_TOLD[self]


_STATE_JA = {
    State.RECEIVED: "受付",
    State.WAITING: "調査待ち",
    State.SURVEYING: "調査中",
    State.JUDGED: "判定",
    State.ISSUED: "交付",
    State.AGAIN: "再調査申請",
    State.REJECTED: "却下",
    State.WITHDRAWN: "取下げ",
}
_STATE_TOLD = {
    State.RECEIVED: "申請を受け付けました。内容を確認しています。",
    State.WAITING: "調査の順番をお待ちください。調査の日は、職員が電話でお知らせします。",
    State.SURVEYING: "調査をしています。",
    State.JUDGED: "調査が終わり、証明書を準備しています。",
    State.ISSUED: "証明書ができました。窓口でお渡しします。郵送を希望した方には、お送りします。",
    State.AGAIN: "再調査の申請を受け付けました。内容を確認しています。",
    State.REJECTED: "この申請では、証明書を交付できませんでした。理由は、窓口でお知らせします。",
    State.WITHDRAWN: "この申請は、取り下げられました。",
}

MOVES: dict[State, tuple[State, ...]] = {
    State.RECEIVED: (State.WAITING, State.JUDGED, State.REJECTED, State.WITHDRAWN),
    State.WAITING: (State.SURVEYING, State.JUDGED, State.REJECTED, State.WITHDRAWN),
    State.SURVEYING: (State.JUDGED, State.WAITING, State.WITHDRAWN),
    State.JUDGED: (State.ISSUED, State.WAITING, State.REJECTED, State.WITHDRAWN),
    State.ISSUED: (
        State.AGAIN,
        State.JUDGED,
    ),  # judged: a newer survey of the same building, or the paper was declared void
    State.AGAIN: (State.WAITING, State.ISSUED),  # issued: the request was taken back, the paper stands
    State.REJECTED: (),
    State.WITHDRAWN: (),
}
OPEN = tuple(state for state, after in MOVES.items() if after and state is not State.ISSUED)


class Round(StrEnum):
    """Which survey of a building."""

    FIRST = "first"
    SECOND = "second"
    AGAIN = "again"
    SELF = "self"

    @property
    def ja(self) -> str:
        """The word on pages."""
        return _ROUND_JA[self]


_ROUND_JA = {Round.FIRST: "第1次調査", Round.SECOND: "第2次調査", Round.AGAIN: "再調査", Round.SELF: "自己判定"}


class Method(StrEnum):
    """How the ratio was found (災害に係る住家の被害認定基準運用指針)."""

    OUTSIDE = "outside"
    INSIDE = "inside"
    FLOOD_DEPTH = "flood_depth"
    AERIAL = "aerial"
    PHOTO = "photo"

    @property
    def ja(self) -> str:
        """The word on pages."""
        return _METHOD_JA[self]


_METHOD_JA = {
    Method.OUTSIDE: "外観",
    Method.INSIDE: "外観と内部立入り",
    Method.FLOOD_DEPTH: "浸水の深さ",
    Method.AERIAL: "航空写真など",
    Method.PHOTO: "写真（自己判定）",
}


class Flood(StrEnum):
    """How high the water came."""

    NONE = "none"
    BELOW = "below"  # 床下浸水
    ABOVE = "above"  # 床上浸水

    @property
    def ja(self) -> str:
        """The word on pages."""
        return {"none": "浸水なし", "below": "床下浸水", "above": "床上浸水"}[self]


class SurveyState(StrEnum):
    """How far a survey is."""

    PLANNED = "planned"
    SURVEYING = "surveying"
    JUDGED = "judged"
    APPROVED = "approved"
    CANCELLED = "cancelled"

    @property
    def ja(self) -> str:
        """The word on pages."""
        return _SURVEY_JA[self]


_SURVEY_JA = {
    SurveyState.PLANNED: "予定",
    SurveyState.SURVEYING: "調査中",
    SurveyState.JUDGED: "判定",
    SurveyState.APPROVED: "承認",
    SurveyState.CANCELLED: "取消",
}
SURVEY_MOVES: dict[SurveyState, tuple[SurveyState, ...]] = {
    SurveyState.PLANNED: (SurveyState.SURVEYING, SurveyState.JUDGED, SurveyState.CANCELLED),
    SurveyState.SURVEYING: (SurveyState.JUDGED, SurveyState.PLANNED, SurveyState.CANCELLED),
    SurveyState.JUDGED: (SurveyState.APPROVED, SurveyState.CANCELLED),
    SurveyState.APPROVED: (),
    SurveyState.CANCELLED: (),
}

RELATIONS = {"self": "本人（世帯主）", "family": "同じ世帯の家族", "agent": "代理の人"}
LANDLORD, TENANT = "landlord", "tenant"  # the first owns the house and does not live there
TENURES = {
    "owner": "持ち家（住んでいる）",
    TENANT: "借家・アパート",
    LANDLORD: "持ち主だが住んでいない（貸家・空き家など）",
    "other": "そのほか",
}
CHANNELS = {"counter": "窓口", "online": "オンライン", "post": "郵送"}
