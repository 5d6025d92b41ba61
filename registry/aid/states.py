"""How a case of aid goes from possible to paid: the words, and every allowed move."""

from enum import StrEnum


class CaseState(StrEnum):
    """援護の状況."""

    EXCLUDED = "excluded"
    POSSIBLE = "possible"
    INFORMED = "informed"
    APPLIED = "applied"
    EXAMINING = "examining"
    DECIDED = "decided"
    PAID = "paid"
    REFUSED = "refused"
    DECLINED = "declined"
    RETURNED = "returned"

    @property
    def ja(self) -> str:
        """The word on pages."""
        return _JA[self]


_S = CaseState
_JA = {
    _S.EXCLUDED: "対象外",
    _S.POSSIBLE: "対象の可能性",
    _S.INFORMED: "案内済",
    _S.APPLIED: "申請",
    _S.EXAMINING: "審査",
    _S.DECIDED: "決定",
    _S.PAID: "支給済",
    _S.REFUSED: "不支給",
    _S.DECLINED: "辞退",
    _S.RETURNED: "返還",
}
# By a person. What follows from certificates by itself stays among EXCLUDED, POSSIBLE and INFORMED (registry/aid/finding.py).
MOVES: dict[CaseState, tuple[CaseState, ...]] = {
    _S.EXCLUDED: (_S.APPLIED,),
    _S.POSSIBLE: (_S.INFORMED, _S.APPLIED, _S.DECLINED),
    _S.INFORMED: (_S.APPLIED, _S.DECLINED),
    _S.APPLIED: (_S.EXAMINING, _S.DECLINED),
    _S.EXAMINING: (_S.DECIDED, _S.REFUSED, _S.DECLINED),
    _S.DECIDED: (_S.PAID, _S.EXAMINING),
    _S.PAID: (_S.RETURNED,),
    _S.REFUSED: (_S.APPLIED,),
    _S.DECLINED: (_S.APPLIED,),
    _S.RETURNED: (),
}
OPEN_ENDED = (_S.EXCLUDED, _S.POSSIBLE, _S.INFORMED)  # nobody applied: follows the certificate
UNDECIDED = (_S.APPLIED, _S.EXAMINING)  # the amount follows the certificate, the state does not
FIXED = (_S.DECIDED, _S.PAID)  # nothing follows: a review is opened
NEEDS_REASON = (_S.REFUSED, _S.DECLINED, _S.RETURNED)  # and taking a decision back
