"""Which drills there are."""

from tests.drill.running import drill


def test_without_a_name_it_lists_the_drills() -> None:
    _, done = drill()
    assert done.returncode == 0
    assert {"kill", "race"} <= set(done.stdout.split())


def test_an_unknown_name_says_so_in_one_line() -> None:
    _, done = drill("nonsense")
    assert done.returncode == 2
    assert done.stdout == ""
    assert "not known" in done.stderr
    assert done.stderr.count("\n") == 1
