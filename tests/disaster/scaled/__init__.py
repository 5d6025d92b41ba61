"""Tests of scaled mode, with a real RabbitMQ and a real PostgreSQL."""
