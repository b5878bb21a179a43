"""Bodies of requests: data becomes JSON, text stays text."""

import json
from typing import Any

import orjson

JSON_TYPE = "application/json"
TEXT_TYPE = "text/plain; charset=utf-8"


def json_bytes(value: Any) -> bytes:
    """`value` as compact JSON; whole numbers beyond 64 bits stay exact."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
