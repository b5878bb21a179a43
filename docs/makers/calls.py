"""The parameters and bodies of the calls of the API, and the calls for reports."""

from typing import Any

from automator.server.api.routes import api_routes
from automator.server.http.parameters import AS_TEXT
from automator.server.openapi import describe
from automator.server.reports.declarations import PROMOTION, REPORTS, Number
from automator.server.shared.lists import PAGE_PARAMETERS


def calls_table(which: str) -> str:
    """The bodies or the `parameters` of calls, or the calls for `reports`."""
    return {"reports": _reports_table, "parameters": _parameters_table}.get(which, _bodies_table)()


def _reports_table() -> str:
    lines = ["| call | role | |", "|---|---|---|"]
    for one in (*REPORTS, PROMOTION):
        told = [
            f"`{name}={kind.usual}` (at most {kind.most:,})"
            if isinstance(kind, Number)
            else f"`{name}={kind.usual}`"
            if kind.usual
            else f"`{name}`"
            for name, kind in one.parameters().items()
            if not one.is_in_path(name)
        ]
        about = f"{one.about[0].lower()}{one.about[1:].removesuffix('.')}"
        lines.append(f"| `GET {one.path}` | {one.role.label} | {about}; {', '.join(told)} |")
    return "\n".join(lines)


def _parameters_table() -> str:
    """The parameters of calls, but those of reports and those that many calls have."""
    common = {AS_TEXT.name, *(one.name for one in PAGE_PARAMETERS)}
    reports = {one.path for one in (*REPORTS, PROMOTION)}
    lines = ["| call | parameters |", "|---|---|"]
    for path, operations in describe(api_routes())["paths"].items():
        for method, operation in operations.items():
            names = [one["name"] for one in operation["parameters"] if one["in"] == "query"]
            told = ", ".join(f"`{name}`" for name in names if name not in common)
            if told and path not in reports:
                lines.append(f"| `{method.upper()} {path}` | {told} |")
    return "\n".join(lines)


def _bodies_table() -> str:
    """The bodies of calls, as the description of the API has them."""
    description = describe(api_routes())
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
