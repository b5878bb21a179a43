"""`request`: calls an API and keeps its answer for later steps."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import urlencode

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from automator.actions.expressions import require_expression, value_of
from automator.actions.http_statuses import SUCCESS, check_status
from automator.actions.inputs import (
    Headers,
    Text,
    merged,
    place_of,
    require_literal_host,
    with_secrets,
)
from automator.conditions import compile_expression
from automator.configuration.values import (
    STATUS_SCHEMA,
    InForm,
    StatusRange,
    StrictModel,
    one_or_many,
)
from automator.http.headers import next_hop, require_sendable
from automator.http.json_body import dump_json
from automator.http.types import HttpReply
from automator.model import N_, PermanentError, WrongValue
from automator.plugins import Action, StepContext, StepResult
from automator.reasons.attempts.actions import answer_not_expected, requested
from automator.reasons.problems.inputs import value_method_without_body, value_not_of_answer
from automator.reasons.runs import joined

_DEFAULT_TIMEOUT_S = 15.0
#: The names that expressions of `output` can read. JMESPath parses `null` as a name, too.
_OF_ANSWER = frozenset({"status", "headers", "body", "null"})


def _over_answer(text: str) -> str:
    """Returns the expression unchanged if it reads only values of the answer.

    Raises:
        ValueError: the text is not JMESPath, or it reads other names.
    """
    require_expression(text)
    for name in sorted(compile_expression(text).roots - _OF_ANSWER):
        # For an expression that reads the whole answer, such as `@`, `roots` contains every name.
        # So only names that occur in the text are reported.
        found = re.search(rf"(?<![\w.]){re.escape(name)}(?!\w)", text)
        if found is not None:
            stretch = (found.start(), len(name))
            raise WrongValue(value_not_of_answer(name=name, better=f"body.{name}"), stretch=stretch)
    return text


def _as_list(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else [value]


class RequestInputs(StrictModel):
    """The request, and the values of its answer to keep."""

    url: Annotated[Text, InForm(N_("Address"), shown="always")] = Field(
        description=N_(
            "The address. Scheme, host and port must be literal; {{ … }} is allowed in the "
            "path and after '?'."
        )
    )
    method: Annotated[
        Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"] | None, InForm(N_("Method"))
    ] = Field(default=None, description="Default: POST with a body, GET without.")
    headers: Annotated[Headers, InForm(N_("Headers"), widget="rows")] = Field(
        default_factory=dict,
        description="Sent along; a secret of automator.yaml as `secret:NAME` or `Bearer"
        " secret:NAME`.",
    )
    query: Annotated[
        dict[str, Text | tuple[Text, ...] | None],
        InForm(N_("Values in the address, behind “?”"), widget="rows"),
    ] = Field(
        default_factory=dict,
        description="Added to the address behind '?', encoded; a null is left out, and"
        " `secret:NAME` is a secret of automator.yaml.",
    )
    body: Annotated[Any, InForm(N_("Data to send"))] = Field(
        default=None, description="Data is sent as JSON, a text as it is."
    )
    expect_status: Annotated[
        Annotated[tuple[StatusRange, ...], BeforeValidator(_as_list), one_or_many(STATUS_SCHEMA)],
        InForm(N_("Statuses of an answer that count as success")),
    ] = Field(
        default=tuple(SUCCESS),
        description='Statuses that count as success, as in `[200, 404]` or `"200-299"`.',
        min_length=1,
    )
    expect: Annotated[
        Annotated[
            tuple[Annotated[str, AfterValidator(_over_answer)], ...],
            BeforeValidator(_as_list),
            one_or_many({"type": "string"}),
        ],
        InForm(N_("What the answer must be like (a condition on each line)")),
    ] = Field(
        default=(),
        description="Conditions over {status, headers, body}, as in `body.owner`. If one does not"
        " hold, the step fails, and no other attempt is made.",
    )
    output: Annotated[
        dict[str, Annotated[str, AfterValidator(_over_answer)]],
        InForm(N_("Values of the answer to keep, by names with expressions"), widget="rows"),
    ] = Field(
        default_factory=dict,
        description="Names with JMESPath over {status, headers, body}, kept as "
        "`steps.ID.output.NAME`. Default: `status` and `body`.",
    )

    @model_validator(mode="after")
    def _sends_what_can_be_sent(self) -> "RequestInputs":
        if self.body is not None and self.method in ("GET", "HEAD"):
            raise WrongValue(value_method_without_body(method=self.method))
        return self


class Request(Action[RequestInputs]):
    """Sends one HTTP request; its answer is the output of the step."""

    name = "request"
    words = N_("calls an address")
    inputs_model = RequestInputs
    example: ClassVar[Mapping[str, Any]] = {
        "url": "https://example.com/orders",
        "body": {"text": "{{ event.text }}"},
    }
    literal_inputs: ClassVar[frozenset[str]] = frozenset({"expect", "output"})
    address_inputs: ClassVar[frozenset[str]] = frozenset({"url"})
    leaves: ClassVar[Mapping[str, Sequence[str] | None]] = {"status": (), "body": None}

    def outputs(self, inputs: Mapping[str, Any]) -> Mapping[str, Sequence[str] | None]:
        named = inputs.get("output")
        if not isinstance(named, Mapping) or not named:
            return self.leaves
        expected = [compile_expression(text).tree for text in _as_list(inputs.get("expect", []))]
        return {
            name: () if any(tree in expected for tree in _typed(text)) else None
            for name, text in named.items()
        }

    async def run(self, inputs: RequestInputs, context: StepContext) -> StepResult:
        require_literal_host(context.step.inputs.get("url"), inputs.url)
        headers = with_secrets("headers", inputs.headers, inputs.url, context)
        require_sendable(headers, by_person=True)
        method = inputs.method or ("GET" if inputs.body is None else "POST")
        body, own = _body(inputs.body)
        own |= next_hop(context.scope["event"], context.traceparent)
        if method not in ("GET", "HEAD"):
            own["idempotency-key"] = context.idempotency_key
        query = with_secrets("query", inputs.query, inputs.url, context)
        reply = await context.http.request(
            method,
            with_query(inputs.url, query),
            headers=merged(own, headers),
            body=body,
            timeout_s=context.step.timeout_s or _DEFAULT_TIMEOUT_S,
        )
        place = place_of(inputs.url)
        check_status(
            reply,
            place=place,
            retry=context.step.retry,
            now_ms=context.now_ms,
            expected=inputs.expect_status,
        )
        answer = _answer(reply)
        for text in inputs.expect if not reply.is_unknown else ():
            found = compile_expression(text).explain(answer)
            if not found.holds:
                why = found.reason or reduce(joined, found.because)
                reason = answer_not_expected(place=place, condition=text, because=why)
                raise PermanentError(reason, code="unexpected_answer", status=reply.status)
        return StepResult(
            summary=requested(method=method, place=place, status=reply.status),
            output=_output(inputs.output, answer),
        )


def with_query(url: str, query: dict[str, Text | tuple[Text, ...] | None]) -> str:
    """Returns the address with query parameters added; a null value leaves its parameter out."""
    pairs = {name: value for name, value in query.items() if value is not None}
    if not pairs:
        return url
    address, mark, fragment = url.partition("#")
    joint = "&" if "?" in address else "?"
    return f"{address}{joint}{urlencode(pairs, doseq=True)}{mark}{fragment}"


def _body(value: Any) -> tuple[bytes, dict[str, str]]:
    if value is None:
        return b"", {}
    if isinstance(value, str):
        return value.encode(), {"content-type": "text/plain; charset=utf-8"}
    return dump_json(value), {"content-type": "application/json"}


def _typed(text: str) -> Iterator[Any]:
    """The trees of the conditions that say of an expression that it is no text."""
    for kind in ("number", "boolean", "array", "object"):
        yield compile_expression(f"type({text}) == '{kind}'").tree


def _answer(reply: HttpReply) -> dict[str, Any]:
    data = reply.json()
    body = reply.text if data is None else data
    return {"status": reply.status, "headers": dict(reply.headers), "body": body}


def _output(wanted: dict[str, str], answer: dict[str, Any]) -> dict[str, Any]:
    if not wanted:
        return {"status": answer["status"], "body": answer["body"]}
    return {name: value_of(text, answer, name=f"output.{name}") for name, text in wanted.items()}
