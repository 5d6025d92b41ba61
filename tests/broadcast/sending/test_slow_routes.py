"""A route that refuses gets a few probes; the others get all they want."""

from broadcast.channels.contract import Accepted, Code, Refused, Target
from broadcast.sending.slow_routes import FIRST_WAIT, LONGEST_WAIT, PROBES, STRIKES, Routes

NO = Refused(Code.THROTTLED, True, "421")


class Clock:
    """Seconds that a test sets."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def targets(route: str, count: int, first: int = 1) -> list[Target]:
    return [Target(number, f"r{number}", "a@example.jp", route=route) for number in range(first, first + count)]


def test_everything_goes_while_all_is_well() -> None:
    go, wait = Routes().admit(targets("a.example", 50))
    assert len(go) == 50
    assert wait == {}


def test_one_route_leaves_room_for_the_others() -> None:
    go, wait = Routes().admit([*targets("many.example", 90), *targets("few.example", 10, first=200)])
    assert sum(target.route == "few.example" for target in go) == 10
    assert sum(target.route == "many.example" for target in go) == 25
    assert set(wait.values()) == {1.0}


def test_an_ill_route_waits_ever_longer_and_is_well_again_with_one_acceptance() -> None:
    clock = Clock()
    routes = Routes(clock)
    for _ in range(STRIKES):
        routes.answered("ill.example", NO)
    go, wait = routes.admit(targets("ill.example", 20))
    assert go == []
    assert set(wait.values()) == {FIRST_WAIT}
    clock.now += FIRST_WAIT + 1
    go, wait = routes.admit(targets("ill.example", 20))
    assert len(go) == PROBES
    for _ in range(200):
        routes.answered("ill.example", NO)
    _, wait = routes.admit(targets("ill.example", 20))
    assert set(wait.values()) == {LONGEST_WAIT}
    routes.answered("ill.example", Accepted())
    go, _ = routes.admit(targets("ill.example", 20))
    assert len(go) == 20


def test_a_refused_address_says_nothing_of_its_route() -> None:
    routes = Routes()
    for _ in range(10):
        routes.answered("a.example", Refused(Code.ADDRESS, False, "550"))
    assert len(routes.admit(targets("a.example", 20))[0]) == 20


def test_only_so_many_routes_are_remembered() -> None:
    routes = Routes()
    for number in range(3000):
        routes.answered(f"d{number}.example", NO)
    assert len(routes._strikes) <= 1000
