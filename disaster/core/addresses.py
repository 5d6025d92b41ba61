"""Rules of addresses that are made quickly: what builds an address out of a rule is compiled when the first one is built."""

from typing import Any

from werkzeug.routing import Rule


class LateRule(Rule):
    """A rule as Werkzeug has it. Compiling two builders for each of some hundred rules takes most of an application's start, and a
    worker, a command and most tests build hardly any of them."""

    def _compile_builder(self, append_unknown: bool = True) -> Any:
        def build(rule: "LateRule", /, **values: Any) -> tuple[str, str]:
            made = super(LateRule, rule)._compile_builder(append_unknown).__get__(rule, None)
            setattr(rule, "_build_unknown" if append_unknown else "_build", made)
            found: tuple[str, str] = made(**values)
            return found

        return build
