"""How a program of ours loads its code."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def loading() -> Iterator[None]:
    """Import inside without looking for rubbish: what a program loads stays to its end, and looking through all of it again and again
    took a seventh of every start. Afterwards it is out of the collector's sight, so that processes forked from here go on sharing its memory.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
