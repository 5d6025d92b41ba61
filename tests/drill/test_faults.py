"""Every bad moment of ``scripts/drill faults``, and a naive sender that does not stand it."""

from collections.abc import Iterator

import pytest

from drill import workers
from drill.cases import mail, sms, way
from drill.faults import CASES, main
from drill.trial import Wrong
from tests.drill.running import drill

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module", autouse=True)
def worker_processes() -> Iterator[None]:
    """Those that the cases started end with this module."""
    yield
    workers.shared().close()
    workers.shared.cache_clear()


@pytest.mark.parametrize("name", sorted(CASES))
def test_the_service_stands(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["--only", name])
    said = capsys.readouterr()
    assert code == 0, said.err
    assert f"{name}: holds" in said.err


@pytest.mark.parametrize(
    "case",
    [mail.smtp_5xx, mail.smtp_reset_after_acceptance, sms.twilio_5xx_after_acceptance, way.expiry_while_queued],
    ids=lambda case: case.__name__,
)
def test_a_naive_sender_does_not(case: object) -> None:
    with pytest.raises(Wrong):
        case(naive=True)  # type: ignore[operator]


def test_it_prints_one_line_and_names_what_failed() -> None:
    found, done = drill("faults", "--only", "smtp_5xx", "--naive")
    assert done.returncode == 1
    assert (found["cases"], found["failed"], found["names"]) == (1, 1, ["smtp_5xx"])
    assert "smtp_5xx: does not hold" in done.stderr
