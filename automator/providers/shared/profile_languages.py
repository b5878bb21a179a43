"""Profiles in several languages: the option `locales`, and the parts for everybody else."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import AfterValidator, BaseModel, Field

from automator.model import N_, WrongValue
from automator.plugins.profiles import part_for
from automator.reasons.problems.configuration.connections import (
    option_locale_without_default,
    option_profile_too_many,
)

#: How many languages one profile may have.
MOST_LANGUAGES = 50


def at_most(most: int) -> AfterValidator:
    """Makes the check that a list or mapping, if given, has no more items than this."""

    def check(items: Any) -> Any:
        if items is not None and len(items) > most:
            at = () if isinstance(items, Mapping) else (most,)
            raise WrongValue(option_profile_too_many(count=len(items), most=most), at=at)
        return items

    return AfterValidator(check)


#: The annotation of an option `locales`, which maps languages to their parts.
IN_LANGUAGES = (
    at_most(MOST_LANGUAGES),
    Field(
        description=N_(
            "The same parts for people who use the platform in another language, by that language."
        ),
        json_schema_extra={"maxProperties": MOST_LANGUAGES},
    ),
)


def check_defaults(parts: Any, locales: Mapping[str, Any]) -> None:
    """Checks that every part in some language also exists for everybody else.

    Raises:
        WrongValue: a part is missing.
    """
    for language, local in locales.items():
        for part in type(local).model_fields:
            if getattr(local, part) and not getattr(parts, part):
                raise WrongValue(
                    option_locale_without_default(part=part), at=("locales", language, part)
                )


def parts_in(options: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """Returns the parts that are set, each followed by the same part in other languages."""
    return {
        part_for(name, language): value
        for name in names
        for language, parts in languages_in(options)
        if (value := parts.get(name)) or (value is not None and not language)
    }


def languages_in(options: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yields the parts for everybody under "", then the parts of each language."""
    yield "", options
    yield from options.get("locales", {}).items()


def path_of(language: str, part: str) -> tuple[str | int, ...]:
    """Returns the path of a part within the option `profile`."""
    return ("locales", language, part) if language else (part,)


def written_of(options: BaseModel | None) -> Mapping[str, Any]:
    """Returns the options of a profile as a file writes them."""
    return {} if options is None else options.model_dump(exclude_none=True, mode="json")
