"""Makes the OpenAPI document: general information, one operation for each call, and schemas.

Everything comes from the declarations of the API's routes. Nothing here is imported until somebody
asks for the description.
"""

import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter
from starlette.routing import Route

from automator import __version__
from automator.model import record
from automator.server.access.bodies import Body
from automator.server.access.guard import Guarded
from automator.server.answer_types.common import ErrorJson, RefusedRulesJson
from automator.server.http.parameters import LONGEST, NumberParameter, Parameter
from automator.server.shared.responses import JsonAnswer, JsonFile, MetricsAnswer

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
_JSON = ("application/json",)
_METRICS = ("text/plain", "application/openmetrics-text")
#: The meaning of each status of an error.
ERRORS = {
    400: "The call is used wrongly: a parameter, a field or a value that it does not have.",
    401: "No token, or one that is not valid (any more).",
    403: "The role does not allow it.",
    404: "There is no such thing.",
    408: "The body did not arrive in time.",
    409: "It cannot be done as things are now, or somebody else was first.",
    413: "The body is too large.",
    415: "The body is not declared as JSON.",
    421: "The server does not answer under this host name.",
    422: "The rules have problems.",
    428: "A change of a file needs `If-Match`.",
    500: "A fault of the server, which its log describes.",
    502: "The platform has refused it, or did not answer.",
    503: "It cannot be done now; try again.",
}
REFUSED_RULES = 422
_OF_EVERY_CALL = (400, 401, 403, 421, 500, 503)
_OF_BODIES = (408, 413, 415)
_DONE = {200: "Done.", 201: "Made.", 204: "Deleted.", 304: "The text is the one that you have.",
         412: "Somebody else has changed it meanwhile."}  # fmt: skip
_ETAG = {"ETag": {"description": "The version of the text.", "schema": {"type": "string"}}}
_PLACE = "#/components/schemas/"
_REFERENCE = re.compile(rf"^{_PLACE}(.+)$")
_Mode = Literal["validation", "serialization"]


def describe(routes: Sequence[Route]) -> dict[str, Any]:
    """Describes the calls of these routes in OpenAPI 3.1."""
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


# --- The JSON Schemas of bodies and answers, which pydantic makes ---


class Schemas:
    """The JSON Schemas of all answers and bodies, each once as a named component.

    Raises:
        TypeError: two answers or bodies have the same name.
    """

    def __init__(self, answers: Iterable[Any], bodies: Iterable[type[Body]]) -> None:
        self._keys: list[Any] = []
        inputs: list[tuple[int, _Mode, TypeAdapter[Any]]] = []
        for shape in (*answers, *bodies):
            if shape not in self._keys:
                inputs.append((len(self._keys), "validation", TypeAdapter(shape)))
                self._keys.append(shape)
        found, whole = TypeAdapter.json_schemas(inputs, ref_template=f"{_PLACE}{{model}}")
        self._found = {number: _tidy(schema) for (number, _), schema in found.items()}
        self.components: dict[str, Any] = {}
        for name, schema in sorted(whole["$defs"].items()):
            if self.components.setdefault(_name(name), _tidy(schema)) != _tidy(schema):
                raise TypeError(f"two shapes have the name {_name(name)}")

    def of(self, shape: Any) -> Any:
        """The schema of an answer or a body, usually a reference to a component."""
        return self._found[self._keys.index(shape)]


def _name(name: str) -> str:
    """The name of a component: `PageOfRunRow` for `PageJson_RunRowJson_`."""
    whole, _, part = name.replace("Json", "").rstrip("_").partition("_")
    return f"{whole}Of{_name(part)}" if part else whole


def _tidy(schema: Any, *, is_names: bool = False) -> Any:
    """Removes the titles from a schema, and makes its references use our names of components.

    Titles only repeat names. `is_names` is True for an object whose keys are names of fields.
    """
    if isinstance(schema, list):
        return [_tidy(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    tidy = {}
    for key, value in schema.items():
        if key == "title" and not is_names:
            continue
        if key == "$ref" and (found := _REFERENCE.match(value)):
            tidy[key] = f"{_PLACE}{_name(found[1])}"
        else:
            tidy[key] = _tidy(value, is_names=key == "properties" and not is_names)
    return tidy


# --- The answers of a call, by the return type of its function ---


@record
class Answer:
    """A kind of answer: its status, the shape of its JSON, and its media types."""

    status: int
    #: None if the answer has no JSON.
    shape: Any = None
    media_types: tuple[str, ...] = ()


def answers_of(endpoint: Callable[..., Any]) -> tuple[Answer, ...]:
    """The answers of a call other than errors, from its function's return type."""
    hints = get_type_hints(function_of(endpoint))
    return tuple(_answer(kind) for kind in _parts(hints["return"]))


def _parts(annotation: Any) -> Iterator[Any]:
    if get_origin(annotation) in (Union, UnionType):
        for part in get_args(annotation):
            yield from _parts(part)
    else:
        yield annotation


def _answer(kind: Any) -> Answer:
    answer = get_origin(kind) or kind
    if issubclass(answer, JsonAnswer):
        (shape,) = get_args(kind)
        return Answer(status=answer.status, shape=shape, media_types=_JSON)
    if answer is JsonFile:
        return Answer(status=answer.status, shape=dict[str, Any], media_types=_JSON)
    media_types = _METRICS if answer is MetricsAnswer else ()
    return Answer(status=answer.status, media_types=media_types)


def function_of(endpoint: Callable[..., Any]) -> Any:
    """The function that answers a call, unwrapped from the `partial` of its route."""
    return function_of(endpoint.func) if isinstance(endpoint, partial) else endpoint


# --- One call as an operation: parameters, body, answers and errors ---


@record
class Operation:
    """A call, with its possible answers."""

    path: str
    #: The method in lower case.
    method: str
    path_parameters: tuple[str, ...]
    guarded: Guarded
    answers: tuple[Answer, ...]

    def as_data(self, schemas: Schemas) -> dict[str, Any]:
        """The operation as an object of OpenAPI."""
        function, guarded = function_of(self.guarded.endpoint), self.guarded
        about = inspect.getdoc(function) or ""
        summary = guarded.summary or about.split("\n\n")[0].replace("\n", " ")
        role = guarded.role.label if guarded.role else ""
        data: dict[str, Any] = {
            "operationId": _id_of(guarded),
            "tags": [guarded.group],
            "summary": summary,
            "description": f"{about}\n\nIt needs the role {role}, and of a token the scope"
            f" {guarded.scope}.",
            "parameters": [*self._parameters()],
            "responses": {
                **{str(one.status): self._answer(one, schemas) for one in self.answers},
                **{
                    str(status): {"$ref": f"#/components/responses/{status}"}
                    for status in self._errors()
                },
            },
        }
        if guarded.body is not None:
            data["requestBody"] = _body(guarded.body, schemas)
        return data

    def _errors(self) -> list[int]:
        found = {*_OF_EVERY_CALL, *self.guarded.errors}
        if self.path_parameters:
            found.add(404)
        if self.method != "get":
            found.update(_OF_BODIES)
        return sorted(found)

    def _parameters(self) -> Iterator[dict[str, Any]]:
        for name in self.path_parameters:
            yield {
                "name": name,
                "in": "path",
                "required": True,
                "schema": {"type": "string", "minLength": 1},
            }
        for parameter in self.guarded.parameters or ():
            yield {"name": parameter.name, "in": "query", "schema": _schema_of(parameter)}
        for name in self.guarded.headers:
            yield {"name": name, "in": "header", "schema": {"type": "string"}}

    def _answer(self, answer: Answer, schemas: Schemas) -> dict[str, Any]:
        data: dict[str, Any] = {"description": _DONE[answer.status]}
        if answer.media_types:
            schema = {"type": "string"} if answer.shape is None else schemas.of(answer.shape)
            data["content"] = {kind: {"schema": schema} for kind in answer.media_types}
        if self.guarded.headers and answer.status in (200, 304) and self.method != "delete":
            data["headers"] = _ETAG
        return data


def operation_of(route: Route, method: str) -> Operation:
    """Describes a route and one of its methods as an operation.

    Raises:
        TypeError: the route is not guarded.
    """
    if not isinstance(route.endpoint, Guarded):
        raise TypeError(f"{route!r} is no call")
    return Operation(
        path=route.path_format,
        method=method.lower(),
        path_parameters=tuple(route.param_convertors),
        guarded=route.endpoint,
        answers=answers_of(route.endpoint.endpoint),
    )


def _id_of(guarded: Guarded) -> str:
    """The name of a call in generated clients, such as `runs_post_decision_retry`."""
    words: list[str] = []
    endpoint = guarded.endpoint
    while isinstance(endpoint, partial):
        words = [*(word for word in endpoint.args if isinstance(word, str)), *words]
        endpoint = endpoint.func
    return re.sub(r"\W", "_", "_".join([guarded.group, endpoint.__name__, *words]))


def _schema_of(parameter: Parameter) -> dict[str, Any]:
    if isinstance(parameter, NumberParameter):
        return {
            "type": "integer",
            "minimum": 1,
            "maximum": parameter.most,
            "default": parameter.usual,
        }
    if parameter.words:
        return {"type": "string", "enum": [*parameter.words]}
    return {"type": "string", "maxLength": LONGEST}


def _body(body: type[Body], schemas: Schemas) -> dict[str, Any]:
    is_needed = any(field.is_required() for field in body.model_fields.values())
    content = {"schema": schemas.of(body), "example": dict(body.example)}
    return {"required": is_needed, "content": {"application/json": content}}
