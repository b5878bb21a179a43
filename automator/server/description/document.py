"""The whole description: general information, one operation for each call, and the components."""

from collections.abc import Sequence
from typing import Any

from starlette.routing import Route

from automator import __version__
from automator.server.answers.values import ErrorJson, RefusedRulesJson
from automator.server.description.operations import ERRORS, REFUSED_RULES, operation_of
from automator.server.description.schemas import Schemas

_OPENAPI = "3.1.0"
_ABOUT = (
    "JSON calls for programs. Errors have the same form everywhere: a code, the values of its "
    "sentences, and in the language of `Accept-Language` the sentences themselves. A parameter or "
    "a field that a call does not have is refused. Lists come in pages: `cursor` takes `next` of "
    "the page before. Ids are texts of 13 letters and digits, times ISO 8601 in UTC."
)
_TOKEN = {
    "type": "http",
    "scheme": "bearer",
    "description": "An API token, from `automator token create`.",
}


def describe(routes: Sequence[Route]) -> dict[str, Any]:
    """The description of the calls of these routes, as OpenAPI 3.1 wants it."""
    operations = [
        operation_of(route, method)
        for route in routes
        for method in sorted((route.methods or set()) - {"HEAD"})
    ]
    schemas = Schemas(
        answers=[
            ErrorJson,
            RefusedRulesJson,
            *(
                answer.shape
                for operation in operations
                for answer in operation.answers
                if answer.shape is not None
            ),
        ],
        bodies=[one.guarded.body for one in operations if one.guarded.body is not None],
    )
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method] = operation.as_data(schemas)
    return {
        "openapi": _OPENAPI,
        "info": {"title": "automator", "version": __version__, "description": _ABOUT},
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": _TOKEN},
            "responses": {
                str(status): _error(
                    what, schemas.of(RefusedRulesJson if status == REFUSED_RULES else ErrorJson)
                )
                for status, what in ERRORS.items()
            },
            "schemas": schemas.components,
        },
    }


def _error(what: str, schema: Any) -> dict[str, Any]:
    return {"description": what, "content": {"application/json": {"schema": schema}}}
