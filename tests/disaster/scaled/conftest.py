"""A broker of these tests' own."""

from collections.abc import Iterator

import pytest

from tests.rabbitmq import RabbitServer, program


@pytest.fixture(scope="package")
def rabbit() -> Iterator[RabbitServer]:
    """A RabbitMQ node that runs; a test that stops it starts it again."""
    script = program()
    if not script:
        pytest.skip("RabbitMQ is not installed (Debian: rabbitmq-server)")
    server = RabbitServer(script)
    try:
        server.start()
        yield server
    finally:
        server.close()
