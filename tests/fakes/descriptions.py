"""The providers' own API descriptions (the parts we use), to hold the stand-ins and our requests against."""

import json
from pathlib import Path
from typing import Any

from openapi_schema_validator import OAS30Validator, OAS31Validator

FOLDER = Path(__file__).parent.parent / "data" / "api"
VERSIONS = {
    "twilio_messages": OAS30Validator,
    "twilio_calls": OAS30Validator,
    "line_push": OAS30Validator,
    "line_webhook": OAS30Validator,
    "mastodon_posting": OAS31Validator,
}


def faults(description: str, schema: str, instance: Any) -> list[str]:
    """What the description does not allow in this body; empty when it is as described."""
    document = json.loads((FOLDER / f"{description}.json").read_text(encoding="utf-8"))
    root = {"$ref": f"#/components/schemas/{schema}", "components": document["components"]}
    found = VERSIONS[description](root).iter_errors(instance)
    return [f"{'/'.join(map(str, error.path))}: {error.message}" for error in found]


def fields(description: str, schema: str) -> set[str]:
    """The names of the fields that the description knows."""
    document = json.loads((FOLDER / f"{description}.json").read_text(encoding="utf-8"))
    return set(document["components"]["schemas"][schema]["properties"])
