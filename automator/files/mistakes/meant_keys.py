"""Unknown keys whose meaning their name or their value shows: `when: comment.created`."""

import types
from collections.abc import Collection, Mapping
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from automator.files.mistakes.meant_values import is_like_example, meant_value
from automator.files.spelling import called, did_you_mean, suggest
from automator.model import Reason
from automator.reasons.problems import words


def suggested_key(
    key: str, value: Any, model: type[BaseModel] | None, taken: Collection[str]
) -> tuple[str | None, Reason]:
    """The key that an unknown key means, if that is known, and the advice.

    `taken` are the keys that the mapping has, or has after earlier advice.
    """
    known = keys_of(model)
    better, written = _by_value(key, value, model)
    better = better or did_you_mean(key, known)
    if better is not None and better in taken:
        return better, words.KEY_IS_THERE(key=better)
    if written is not None:
        return better, words.WRITTEN_AS(written=f"{better}: {written}")
    if better is not None:
        others = words.KNOWN_WORDS(many=words.WORD_KEYS(), known=sorted(known))
        return better, words.NEAREST_WORD(nearest=better, others=others)
    return None, suggest(key, known, words.WORD_KEYS)


def key_of_value(word: str, model: type[BaseModel] | None) -> str | None:
    """The key whose value a word is that stands without one: `{comment.created}` names an event."""
    usual, fields = getattr(model, "usual", None), model.model_fields if model else {}
    for name, field in fields.items():
        if get_origin(field.annotation) is Literal and word in get_args(field.annotation):
            return field.alias or name
    is_like = usual is not None and is_like_example(word, usual[1])
    return usual[0] if usual is not None and is_like else None


def is_meant(missing: str, key: str, value: Any, model: type[BaseModel] | None) -> bool:
    """Whether an unknown key most likely stands for the missing one."""
    better, _ = _by_value(key, value, model)
    if better is not None:
        return better == missing
    return missing in (did_you_mean(key, keys_of(model)), key_of_value(key, model))


def keys_of(model: type[BaseModel] | None) -> list[str]:
    """The keys that a mapping may have."""
    fields = model.model_fields if model else {}
    return [field.alias or name for name, field in fields.items()]


def model_in(annotation: Any) -> type[BaseModel] | None:
    """The model of a value, or one of several."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (Union, types.UnionType, Annotated):
        return next((found for arg in get_args(annotation) if (found := model_in(arg))), None)
    return None


def _by_value(key: str, value: Any, model: type[BaseModel] | None) -> tuple[str | None, str | None]:
    """The key that is meant by its value, as in `when: {event: …}`, and the value as it is written
    there where that is another one, as in `when: comment.created`.
    """
    for name, field in model.model_fields.items() if model else ():
        usual, better = getattr(model_in(field.annotation), "usual", None), field.alias or name
        if usual is None:
            continue
        if isinstance(value, Mapping):
            if usual[0] in value:
                return better, None
            continue
        items = value if isinstance(value, list) else [value]
        are_alike = [isinstance(one, str) and is_like_example(one, usual[1]) for one in items]
        if are_alike and all(are_alike) and called(key, [better]):
            return better, meant_value([words.KIND_PAIRS], value, usual)
    return None, None
