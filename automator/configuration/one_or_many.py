"""A text or a list of texts, for keys of rule files that accept both."""

from typing import Annotated, Any

from pydantic import BeforeValidator

from automator.configuration.values import one_or_many
from automator.model import WrongValue
from automator.reasons.problems.shape import shape_neither_text_nor_list


def _to_tuple(value: Any) -> Any:
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list) and value and all(isinstance(item, str) and item for item in value):
        return tuple(value)
    raise WrongValue(shape_neither_text_nor_list())


OneOrMany = Annotated[
    tuple[str, ...], BeforeValidator(_to_tuple), one_or_many({"type": "string", "minLength": 1})
]
