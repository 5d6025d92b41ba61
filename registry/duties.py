"""What a worker looks after in the register. Each duty is safe to repeat, by several at once."""

from collections.abc import Callable

from disaster.core import clock
from registry.aid import watching
from registry.disclosure import keeping, late
from registry.matching import looking
from registry.protection import orders, sought
from registry.search import sweeping

# Seconds between two rounds, and the duty.
DUTIES: tuple[tuple[str, float, Callable[[], object]], ...] = (
    ("protection", 60.0, orders.rearm),  # an import or a restore loses nobody's protection for longer
    ("sought", 20.0, sought.tell),
    ("disclosed_files", 300.0, lambda: keeping.forget(clock.now())),
    ("late_replies", 20.0, late.take),
    ("names", 3600.0, sweeping.sweep),
    ("pairs", 60.0, looking.look),
    ("aid", watching.EVERY, watching.run),
)
