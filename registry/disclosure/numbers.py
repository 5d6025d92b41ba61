"""The ledger's numbers as an officer types them."""

from disaster.core.errors import Invalid

MOST = 5000  # people of one disclosure


def numbers(typed: str) -> list[int]:
    """``1-3、7`` as numbers, each once, in order.

    Raises:
        Invalid
    """
    found: set[int] = set()
    plain = typed.translate(str.maketrans("０１２３４５６７８９－ー〜～，、　", "0123456789----,, "))
    for part in plain.replace("\n", ",").replace(" ", ",").split(","):
        first, dash, last = part.partition("-")
        if not part:
            continue
        if not first.isdecimal() or (dash and not last.isdecimal()) or len(first) > 9 or len(last) > 9:
            told = "台帳の番号を「1-20、25」の形で入力してください。"
            raise Invalid(told, {"numbers": told})
        span = range(int(first), int(last or first) + 1)
        if len(span) + len(found) > MOST:
            told = f"一度に提供できるのは{MOST}人までです。"
            raise Invalid(told, {"numbers": told})
        found.update(span)
    return sorted(found)
