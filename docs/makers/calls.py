"""The bodies of the calls of the API."""

from typing import Any

from automator.server.api.routes import api_routes
from automator.server.description.document import describe
from automator.server.tryout.previews import Previews


def bodies_table(_which: str) -> str:
    """The bodies of calls, as the description of the API has them."""
    description = describe(api_routes(Previews()))
    shapes = description["components"]["schemas"]
    lines = ["| call | fields of its body |", "|---|---|"]
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            if "requestBody" in operation:
                content = operation["requestBody"]["content"]["application/json"]
                shape = shapes[content["schema"]["$ref"].rpartition("/")[2]]
                lines.append(f"| `{method.upper()} {path}` | {_fields(shape)} |")
    return "\n".join(lines)


def _fields(shape: dict[str, Any]) -> str:
    needed = shape.get("required", ())
    return "; ".join(
        f"`{name}`{'*' if name in needed else ''} {_in_words(value)}"
        for name, value in shape["properties"].items()
    )


def _in_words(value: dict[str, Any]) -> str:
    """A JSON Schema in words, with its bounds."""
    if "anyOf" in value:
        kinds = [_in_words(one) for one in value["anyOf"] if one.get("type") != "null"]
        return " or ".join(dict.fromkeys(kinds))
    if "enum" in value:
        return ", ".join(f"`{word}`" for word in value["enum"])
    if "const" in value:
        return f"`{value['const']}`"
    kind = _JSON_KINDS.get(value.get("type", "object" if "$ref" in value else ""), "any data")
    least = value.get("minimum", value.get("minLength", value.get("minItems")))
    most = value.get("maximum", value.get("maxLength", value.get("maxItems")))
    if most is None:
        return kind
    return f"{kind}, {f'{least} to {most:,}' if least is not None else f'{most:,} at most'}"


_JSON_KINDS = {
    "string": "text",
    "integer": "whole number",
    "boolean": "true or false",
    "array": "list",
    "object": "object",
}
