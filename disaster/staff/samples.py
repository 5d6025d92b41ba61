"""The sample accounts of the demonstration: everybody may know their passwords and codes, so they open in a demonstration only."""

import base64
import hashlib
from dataclasses import dataclass

import pyotp

from disaster.core import clock
from disaster.staff.permissions import Role

PASSWORD = "mihon-mihon-mihon"  # noqa: S105 - shown on the sign-in page of the demonstration


@dataclass(frozen=True)
class Sample:
    """One sample person."""

    login: str
    name: str
    role: Role

    @property
    def secret(self) -> str:
        """The base32 secret of the second factor, the same on every machine."""
        return base64.b32encode(hashlib.sha256(f"sample account {self.login}".encode()).digest()[:20]).decode()

    @property
    def code(self) -> str:
        """What the person's authenticator shows now."""
        return pyotp.TOTP(self.secret).at(clock.now())


SAMPLES = (
    Sample("honbu", "見本 配信 花子", Role.OPERATOR),
    Sample("shonin", "見本 承認 太郎", Role.APPROVER),
    Sample("shonin2", "見本 承認 次子", Role.APPROVER),
    Sample("hinanjo", "見本 避難所 三郎", Role.SHELTER),
    Sample("fukushi", "見本 福祉 四季", Role.WELFARE),
    Sample("daicho", "見本 台帳 五月", Role.REGISTRY),
    Sample("daicho2", "見本 台帳 七海", Role.REGISTRY),
    Sample("chosa", "見本 調査 千早", Role.SURVEY),
    Sample("chosa2", "見本 調査 二葉", Role.SURVEY),
    Sample("hitoku", "見本 秘匿 八雲", Role.PROTECTION),
    Sample("hitoku2", "見本 秘匿 九重", Role.PROTECTION),
    Sample("anpi", "見本 安否 十和子", Role.INQUIRY),
    Sample("kyufu", "見本 給付 八重", Role.AID),
    Sample("bango", "見本 番号 百合", Role.MY_NUMBER),
    Sample("kanri", "見本 管理 六実", Role.ADMIN),
)
