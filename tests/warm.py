"""What a service that has run for a while has ready, handed from one test's application to the next: compiled templates, statements, addresses.

Each test has an application and a database of its own, and making everything anew took more than a quarter of its time.
"""

from typing import Any

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import Engine

from disaster.core.addresses import LateRule


class _Compiled(BytecodeCache):
    """Templates by name and content."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill it with what another application compiled."""
        if known := self._known.get((bucket.key, bucket.checksum)):
            bucket.bytecode_from_string(known)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it."""
        self._known[bucket.key, bucket.checksum] = bucket.bytecode_to_string()


_TEMPLATES = _Compiled()
_ENGINES: dict[str, Engine] = {}


def templates(app: Flask) -> None:
    """Compile no template twice in one run of the tests."""
    app.jinja_env.bytecode_cache = _TEMPLATES


def statements(engine: Engine) -> None:
    """Compile no statement twice for one kind of database. What is compiled is looked up by the dialect itself, so the engines share it."""
    first = _ENGINES.setdefault(engine.dialect.name, engine)
    if first is not engine:
        engine.dialect = first.dialect
        engine._compiled_cache = first._compiled_cache


def addresses() -> None:
    """Read each rule of an address once in one run of the tests, however many applications have it."""
    read: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    compile_it = LateRule.compile

    def compile_once(rule: LateRule) -> None:
        key = (rule.rule, rule.merge_slashes, rule.subdomain, *rule.map.converters.values())
        if key not in read:
            compile_it(rule)
            read[key] = (rule._parts, rule._trace, rule._converters, rule.arguments - set(rule.defaults or ()))
            return
        rule._parts, rule._trace, rule._converters, arguments = read[key]
        rule.arguments |= arguments
        rule._build = rule._compile_builder(False).__get__(rule, None)
        rule._build_unknown = rule._compile_builder(True).__get__(rule, None)

    LateRule.compile = compile_once  # type: ignore[method-assign]
