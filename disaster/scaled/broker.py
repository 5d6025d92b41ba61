"""The broker: RabbitMQ through Dramatiq, with short times, because nobody may wait for what only wakes.

One durable queue. A message names a channel and nothing else; it holds no text, no address and no number of a delivery, so that one
that is lost, repeated or read by a stranger does no harm.
"""

import logging

import pika
from dramatiq import Consumer, Message
from dramatiq.brokers.rabbitmq import RabbitmqBroker
from dramatiq.errors import BrokerConnectionError, ConnectionClosed
from pika.adapters.utils.connection_workflow import AMQPConnectorException
from pika.exceptions import AMQPError

QUEUE, ACTOR = "disaster-wake", "wake"
CONNECT_SECONDS = 2.0
HEARTBEAT_SECONDS = 10  # after two missed ones a broker or a worker that hangs counts as gone
UNREACHABLE = (AMQPError, AMQPConnectorException, BrokerConnectionError, OSError)  # pika's, Dramatiq's, the network's


def parameters(url: str) -> pika.URLParameters:
    """How to connect; times that the address itself gives are kept out, because they are ours to decide."""
    found = pika.URLParameters(url)
    found.socket_timeout = found.blocked_connection_timeout = CONNECT_SECONDS
    found.stack_timeout = 2 * CONNECT_SECONDS
    found.connection_attempts, found.retry_delay = 1, 0
    found.heartbeat = HEARTBEAT_SECONDS
    return found


class WakeBroker(RabbitmqBroker):
    """Dramatiq's broker, to which a handshake that takes too long is a lost connection like any other: one line, then another try."""

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 5000) -> Consumer:
        """Listen to a queue.

        Raises:
            ConnectionClosed: the broker cannot be reached.
        """
        try:
            return super().consume(queue_name, prefetch, timeout)
        except (AMQPConnectorException, AMQPError) as error:
            raise ConnectionClosed(error) from None  # type: ignore[no-untyped-call]


def connect(url: str) -> RabbitmqBroker:
    """A broker that opens its connections when they are needed.

    Without Dramatiq's middleware: it would try failed messages again, drop old ones and interrupt threads by raising in them. A wake-up
    needs none of this. A publisher waits for the broker's word that it has the message.
    """
    logging.getLogger("pika").setLevel(logging.CRITICAL)  # it tells every lost connection in five tracebacks
    broker = WakeBroker(url=url, middleware=[], confirm_delivery=True)
    broker.parameters = parameters(url)
    return broker


def wake_message(channel: str) -> Message[None]:
    """The message that wakes the lanes of a channel."""
    return Message(queue_name=QUEUE, actor_name=ACTOR, args=(channel,), kwargs={}, options={})


def problem(url: str) -> str:
    """Why the broker cannot be reached, as the name of the error; empty where it answers."""
    try:
        pika.BlockingConnection(parameters(url)).close()
    except UNREACHABLE as error:
        return type(error).__name__
    return ""
