"""Reads the JSON bodies of API calls as the pydantic models that the calls declare."""

import json
from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from automator.configuration.values import StrictModel
from automator.model import N_, UsageError

_AS_IN = N_("Write it as in {example}.")
#: The message about a wrong value, by pydantic's type of the error.
_MESSAGES = {
    "missing": N_("{place} is missing"),
    "extra_forbidden": N_("{place} is no field of this call"),
    "string_type": N_("{place} is a text"),
    "string_unicode": N_("{place} is a text"),
    "string_pattern_mismatch": N_("{place} does not fit the pattern {pattern}"),
    "string_too_long": N_("{place} has at most {max_length} characters"),
    "string_too_short": N_("{place} is empty"),
    "too_long": N_("{place} has at most {max_length} items"),
    "too_short": N_("{place} is empty"),
    "bool_type": N_("{place} is true or false"),
    "int_type": N_("{place} is a whole number"),
    "greater_than_equal": N_("{place} is {ge} at least"),
    "less_than_equal": N_("{place} is {le} at most"),
    "literal_error": N_("{place} is one of: {expected}"),
    "dict_type": N_("{place} is an object"),
    "model_type": N_("{place} is an object"),
    "tuple_type": N_("{place} is a list"),
}


class Body(StrictModel):
    """The base of body models; `example` is shown in errors and in the API's description."""

    example: ClassVar[Mapping[str, Any]] = {}

    @classmethod
    def names(cls) -> list[str]:
        """The names of the model's fields in JSON."""
        return [field.alias or name for name, field in cls.model_fields.items()]


BodyT = TypeVar("BodyT", bound=Body)


def read_body_as(model: type[BodyT], data: Mapping[str, Any]) -> BodyT:
    """Reads a JSON object as a body.

    Raises:
        UsageError: the object does not fit the model; the error names the wrong field.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        # In a union, the last error is about the form with the most parts.
        raise _usage_error(
            error.errors()[-1], json.dumps(model.example, ensure_ascii=False)
        ) from error


def _usage_error(found: ErrorDetails, example: str) -> UsageError:
    place = ".".join(map(str, found["loc"])) or "-"
    message = _MESSAGES.get(found["type"], N_("{place} cannot be read"))
    details = found.get("ctx", {})
    if "expected" in details:
        # Pydantic puts an English word before the last choice.
        details["expected"] = details["expected"].replace(" or ", ", ")
    return UsageError(message, fix=_AS_IN, place=place, example=example, **details)
