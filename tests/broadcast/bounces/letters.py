"""The sample letters, each naming the delivery that a test asks for."""

from pathlib import Path

FOLDER = Path(__file__).parents[2] / "data/bounces"
REFERENCE = "8f14e45f-ceea-867a-8deb-00000000002a"  # the form of a reference; made with nobody's key


def letter(name: str, reference: str = REFERENCE) -> bytes:
    """One sample as it would arrive."""
    return (FOLDER / f"{name}.eml").read_bytes().replace(b"REFERENCE", reference.encode())
