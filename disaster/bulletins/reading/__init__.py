"""Readers of 気象庁防災情報XML: bytes in, plain frozen data out; no database, no network."""
