"""Scaled mode: several workers, on one machine or many, woken through RabbitMQ. The ledger stays the queue; a message only wakes."""
