"""How much a lane takes at once."""

from broadcast.sending.pace import FIRST, LEAST, Pace


def test_a_fast_provider_soon_gets_whole_chunks() -> None:
    pace = Pace()
    for _ in range(4):
        pace.took(pace.most(1000), 0.2)
    assert pace.most(1000) == 1000


def test_a_slow_provider_gets_what_it_takes_in_a_few_seconds_so_that_a_stop_need_not_wait() -> None:
    pace = Pace()
    pace.took(FIRST, 10)
    assert pace.most(1000) == 30
    pace.took(30, 300)
    assert pace.most(1000) == LEAST


def test_a_single_delivery_says_nothing_of_the_speed() -> None:
    pace = Pace()
    pace.took(1, 0.9)
    assert pace.most(1000) == FIRST


def test_what_breaks_off_is_taken_in_ever_smaller_batches_and_grows_again() -> None:
    pace = Pace()
    sizes = []
    for size in (1000, 100, 10):
        pace.broke("text", size)
        sizes.append(pace.most(1000))
    assert sizes == [100, 10, 1]
    pace.took(1, 0.1)
    assert pace.most(1000) == 4


def test_a_text_of_which_nothing_goes_is_hopeless_until_something_goes() -> None:
    pace = Pace()
    for _ in range(3):
        assert not pace.hopeless("text")
        pace.broke("text", 1)
    assert pace.hopeless("text")
    assert not pace.hopeless("another")
    pace.went("text")
    assert not pace.hopeless("text")
