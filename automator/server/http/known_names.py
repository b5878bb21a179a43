"""The check that a program's request has only names that its call reads.

A misspelt filter would otherwise be ignored, and the answer would be about something else.
"""

from collections.abc import Collection, Iterable

from automator.files import did_you_mean
from automator.model import N_, UsageError

#: The advice, by whether any names are known, and whether one of them is near.
_FIXES = {
    (True, True): N_("Did you mean '{nearest}'? It takes: {known:list}."),
    (True, False): N_("It takes: {known:list}."),
    (False, False): N_("It takes none: leave '{name}' out."),
}


def check_parameters(given: Iterable[str], known: Collection[str]) -> None:
    """Checks the names of the parameters in an address.

    Raises:
        UsageError: one is not among `known`, or stands there twice.
    """
    seen: set[str] = set()
    for name in given:
        _check(name, known, N_("this address has no parameter '{name}'"))
        if name in seen:
            raise UsageError(
                N_("the parameter '{name}' stands twice in the address"),
                fix=N_("Write it once."),
                name=name,
            )
        seen.add(name)


def check_fields(given: Iterable[str], known: Collection[str]) -> None:
    """Checks the names of the fields in a body.

    Raises:
        UsageError: one is not among `known`.
    """
    for name in given:
        _check(name, known, N_("this request has no field '{name}'"))


def _check(name: str, known: Collection[str], message: str) -> None:
    if name in known:
        return
    name = name[:100]
    nearest = did_you_mean(name, known)
    fix = _FIXES[bool(known), nearest is not None]
    raise UsageError(message, fix=fix, name=name, nearest=nearest, known=sorted(known))
