"""Ids that are made where the thing is written down: UUID version 7 (RFC 9562 section 5.7), in order of time to the millisecond."""

import os
import time


def new(at_ms: int | None = None) -> str:
    """A fresh id in lower case; ``at_ms`` (milliseconds since 1970) for tests and simulations."""
    stamp = (time.time_ns() // 1_000_000 if at_ms is None else at_ms) & (2**48 - 1)
    chance = int.from_bytes(os.urandom(10), "big")
    value = stamp << 80 | 7 << 76 | (chance >> 64 & 0xFFF) << 64 | 2 << 62 | chance & (2**62 - 1)
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
