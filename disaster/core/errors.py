"""The few kinds of error a step may raise; ``core/http.py`` turns each into an answer in one place.

Messages are Japanese sentences for the person at the screen; they carry no personal data.
"""


class DomainError(Exception):
    """What was asked cannot be done; ``message`` says why in the user's words."""

    status = 400

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Invalid(DomainError):
    """The input is wrong; ``fields`` names each wrong field with its own sentence."""

    status = 422

    def __init__(self, message: str, fields: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.fields = fields or {}


class Forbidden(DomainError):
    """This person may not do this."""

    status = 403


class Missing(DomainError):
    """There is no such thing, or none that this person may know of."""

    status = 404

    def __init__(self, message: str = "見つかりません。") -> None:
        super().__init__(message)


class Stale(DomainError):
    """Somebody was faster: the thing is no longer in the state that was on the screen."""

    status = 409


class Busy(DomainError):
    """The database is held by another writer."""

    status = 503

    def __init__(
        self, message: str = "混み合っています。入力は失われていません。少し待って、もう一度押してください。"
    ) -> None:
        super().__init__(message)


class DiskFull(DomainError):
    """The database cannot write, because its disk is full or broken; reading goes on."""

    status = 503

    def __init__(self) -> None:
        super().__init__(
            "保存できませんでした。データの保存先に空きがないか、書き込めません。何も処理されていません。"
            "すぐに管理者を呼んでください。画面の入力は控えておいてください。"
        )
