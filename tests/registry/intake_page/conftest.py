"""One shelter, one service and one browser for a file; every test has tablets of its own."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser import watched_context
from tests.fakes.site import Site
from tests.registry.intake_page.town import Tablet, open_shelter

NewTablet = Callable[..., Tablet]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Site]:
    """The service with a network that can be broken."""
    with Site(tmp_path_factory.mktemp("intake"), sqlite_template) as found:
        found.shelter = open_shelter(found.app)
        yield found


@pytest.fixture(autouse=True)
def a_good_network(site: Site) -> Iterator[None]:
    """Whatever a test broke is mended."""
    yield
    site.well()
    site.instead.clear()
    if not site.running:
        site.start()


@pytest.fixture(scope="module")
def one_tablet(site: Site, browser_engine: Browser) -> Iterator[Tablet]:
    """Enrolled once for a file."""
    with watched_context(browser_engine) as context:
        yield Tablet(context.new_page(), site, site.shelter).enrol("受付9").ready()


@pytest.fixture
def desk(one_tablet: Tablet) -> Iterator[Tablet]:
    """The tablet of the file, at its first screen: for tests that mend what they break."""
    yield one_tablet.home()
    one_tablet.page.context.set_offline(False)


@pytest.fixture
def tablet(site: Site, browser_engine: Browser) -> Iterator[NewTablet]:
    """``tablet()`` is an enrolled tablet in a profile of its own; ``tablet(enrol=False)`` one that nobody knows yet."""
    with ExitStack() as stack:

        def new(name: str = "受付1", *, enrol: bool = True, **options: object) -> Tablet:
            context = stack.enter_context(watched_context(browser_engine, **options))
            found = Tablet(context.new_page(), site, site.shelter)
            return found.enrol(name).ready() if enrol else found

        yield new
