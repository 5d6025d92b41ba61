"""The drills' mail server, under the name by which tests know it."""

from drill.mailserver import Cut, FakeSmtp, Received, now_and_then, once_each, serving_smtp

__all__ = ["Cut", "FakeSmtp", "Received", "now_and_then", "once_each", "serving_smtp"]
