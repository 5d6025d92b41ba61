"""Who may do what: permissions, and the roles that bundle them. Nobody has a permission that their role does not list."""

from enum import StrEnum


class Permission(StrEnum):
    """One thing that a person may be allowed to do; every view names the one it needs."""

    HEADQUARTERS_VIEW = "headquarters.view"  # see the headquarters' pages
    ALERT_COMPOSE = "alert.compose"  # draft, edit, submit, withdraw, stop
    ALERT_APPROVE = "alert.approve"  # approve, return, reject what another person submitted
    ALERT_EMERGENCY = "alert.emergency"  # send alone in an emergency
    SENDING_SETTINGS = "sending.settings"  # propose or confirm a setting that can cause or limit a send: two persons
    SUBSCRIBERS_MANAGE = "subscribers.manage"  # numbers of subscribers, import, addresses that do not work
    READINGS_APPROVE = "readings.approve"  # how names of places are spoken on the radio
    EXERCISE_MANAGE = "exercise.manage"  # open and close an exercise window
    BULLETINS_LOAD = "bulletins.load"  # load a telegram by hand
    SHELTERS_STATE = "shelters.state"  # open, close, crowding
    SHELTERS_MANAGE = "shelters.manage"  # master data
    WELFARE_VIEW = "welfare.view"
    INTAKE = "intake"  # register people at a shelter, see those of one's own shelters
    OVERVIEW = "overview"  # all shelters' counts, without names
    SUPPLIES_MANAGE = "supplies.manage"  # headquarters answers what shelters ask for
    PEOPLE_VIEW = "people.view"  # open records of people; which ones and how much of them says registry/access/cells.py
    PEOPLE_ENTER = "people.enter"  # change what one may change there: exits, roll calls, conflicts
    REGISTRY_VIEW = "registry.view"  # find and see people of every shelter
    REGISTRY_EDIT = "registry.edit"  # decide conflicts and same persons, correct entries
    RESIDENTS_MANAGE = "residents.manage"  # take in the residents' list
    PROTECTION_MANAGE = "protection.manage"  # the named officers: see protected people, set and lift protection
    INQUIRY_ANSWER = "inquiry.answer"  # answer safety inquiries
    DISCLOSE = "disclosure.make"  # consents; give information of the ledger away, two persons where it is of many
    ACCESS_VIEW = "access.view"  # who saw or exported whom, notices of unusual numbers of looks
    RETENTION_MANAGE = "retention.manage"  # wipe what is kept no longer, two persons
    LEDGER = "ledger"  # the victim ledger: build it, fill it, freeze households
    CERTIFICATES_VIEW = "certificates.view"  # applications and certificates
    CERTIFICATES_RECEIVE = (
        "certificates.receive"  # take applications in, find household and building, refuse, plan surveys
    )
    CERTIFICATES_SURVEY = "certificates.survey"  # the list of surveys, what was found
    CERTIFICATES_APPROVE = "certificates.approve"  # approve what another person judged
    CERTIFICATES_ISSUE = "certificates.issue"  # make certificates, declare them void
    AID_VIEW = "aid.view"  # cases of aid, measures
    AID = "aid"  # take cases from possible to paid
    AID_SETTINGS = "aid.settings"  # which laws and measures apply to the disaster, amounts, deadlines
    MY_NUMBER = "my_number"  # enter, show and remove individual numbers
    DEVICES_MANAGE = "devices.manage"  # enrol and revoke tablets, who works at which shelter
    STAFF_MANAGE = "staff.manage"  # accounts
    AUDIT_VIEW = "audit.view"
    OWN_ACCOUNT = "own.account"  # one's own password, second factor, sign-out


class Role(StrEnum):
    """A person's work in the disaster headquarters (災害対策本部)."""

    OPERATOR = "operator"  # 本部 配信担当
    APPROVER = "approver"  # 本部 承認者
    SHELTER = "shelter"  # 避難所職員
    WELFARE = "welfare"  # 福祉担当
    REGISTRY = "registry"  # 被災者台帳担当
    SURVEY = "survey"  # 被害認定担当
    PROTECTION = "protection"  # 秘匿担当: the named officers, two in a town
    INQUIRY = "inquiry"  # 安否窓口
    AID = "aid"  # 給付担当
    MY_NUMBER = "my_number"  # 個人番号利用事務の担当
    ADMIN = "admin"  # システム管理者

    @property
    def ja(self) -> str:
        """The role's name on pages."""
        return _ROLE_JA[self]


_ROLE_JA = {
    Role.OPERATOR: "配信担当",
    Role.APPROVER: "承認者",
    Role.SHELTER: "避難所職員",
    Role.WELFARE: "福祉担当",
    Role.REGISTRY: "台帳担当",
    Role.SURVEY: "被害認定担当",
    Role.PROTECTION: "秘匿担当",
    Role.INQUIRY: "安否窓口",
    Role.AID: "給付担当",
    Role.MY_NUMBER: "個人番号担当",
    Role.ADMIN: "システム管理者",
}

_P = Permission
GRANTS: dict[Role, frozenset[Permission]] = {
    Role.OPERATOR: frozenset(
        {
            _P.OWN_ACCOUNT,
            _P.HEADQUARTERS_VIEW,
            _P.ALERT_COMPOSE,
            _P.SUBSCRIBERS_MANAGE,
            _P.BULLETINS_LOAD,
            _P.SHELTERS_STATE,
            _P.OVERVIEW,
            _P.SUPPLIES_MANAGE,
            _P.DEVICES_MANAGE,
        }
    ),
    Role.APPROVER: frozenset(
        {
            _P.OWN_ACCOUNT,
            _P.HEADQUARTERS_VIEW,
            _P.ALERT_COMPOSE,
            _P.ALERT_APPROVE,
            _P.ALERT_EMERGENCY,
            _P.SENDING_SETTINGS,
            _P.SUBSCRIBERS_MANAGE,
            _P.READINGS_APPROVE,
            _P.EXERCISE_MANAGE,
            _P.BULLETINS_LOAD,
            _P.SHELTERS_STATE,
            _P.OVERVIEW,
            _P.SUPPLIES_MANAGE,
            _P.DEVICES_MANAGE,
            _P.AUDIT_VIEW,
            _P.PEOPLE_VIEW,
            _P.ACCESS_VIEW,
            _P.RETENTION_MANAGE,
        }
    ),
    Role.SHELTER: frozenset({_P.OWN_ACCOUNT, _P.SHELTERS_STATE, _P.INTAKE, _P.PEOPLE_VIEW, _P.PEOPLE_ENTER}),
    Role.WELFARE: frozenset({_P.OWN_ACCOUNT, _P.WELFARE_VIEW, _P.OVERVIEW, _P.PEOPLE_VIEW, _P.PEOPLE_ENTER}),
    Role.REGISTRY: frozenset(
        {
            _P.OWN_ACCOUNT,
            _P.CERTIFICATES_VIEW,
            _P.CERTIFICATES_RECEIVE,
            _P.CERTIFICATES_APPROVE,
            _P.CERTIFICATES_ISSUE,
            _P.OVERVIEW,
            _P.PEOPLE_VIEW,
            _P.PEOPLE_ENTER,
            _P.REGISTRY_VIEW,
            _P.REGISTRY_EDIT,
            _P.RESIDENTS_MANAGE,
            _P.LEDGER,
            _P.AID_VIEW,
            _P.DISCLOSE,
            _P.ACCESS_VIEW,
            _P.RETENTION_MANAGE,
        }
    ),
    Role.SURVEY: frozenset({_P.OWN_ACCOUNT, _P.CERTIFICATES_VIEW, _P.CERTIFICATES_SURVEY, _P.CERTIFICATES_APPROVE}),
    Role.PROTECTION: frozenset(
        {
            _P.OWN_ACCOUNT,
            _P.OVERVIEW,
            _P.LEDGER,
            _P.AID_VIEW,
            _P.PEOPLE_VIEW,
            _P.DISCLOSE,
            _P.PROTECTION_MANAGE,
            _P.CERTIFICATES_VIEW,
            _P.CERTIFICATES_RECEIVE,
            _P.CERTIFICATES_SURVEY,
            _P.CERTIFICATES_APPROVE,
            _P.CERTIFICATES_ISSUE,
        }
    ),
    Role.INQUIRY: frozenset({_P.OWN_ACCOUNT, _P.OVERVIEW, _P.INQUIRY_ANSWER}),
    Role.AID: frozenset({_P.OWN_ACCOUNT, _P.OVERVIEW, _P.CERTIFICATES_VIEW, _P.AID_VIEW, _P.AID, _P.AID_SETTINGS}),
    Role.MY_NUMBER: frozenset({_P.OWN_ACCOUNT, _P.MY_NUMBER}),
    Role.ADMIN: frozenset(
        {
            _P.OWN_ACCOUNT,
            _P.HEADQUARTERS_VIEW,
            _P.SENDING_SETTINGS,
            _P.SUBSCRIBERS_MANAGE,
            _P.STAFF_MANAGE,
            _P.SHELTERS_MANAGE,
            _P.DEVICES_MANAGE,
            _P.OVERVIEW,
            _P.AUDIT_VIEW,
            _P.EXERCISE_MANAGE,
        }
    ),
}


def granted(roles: list[Role], permission: Permission) -> bool:
    """Whether one of the roles grants the permission."""
    return any(permission in GRANTS[role] for role in roles)
