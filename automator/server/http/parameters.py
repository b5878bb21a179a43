"""Declares and checks the parameters in addresses of API calls, and the field names of bodies."""

from collections.abc import Collection, Iterable

from automator.files import did_you_mean
from automator.model import N_, UsageError, record, whole_number

#: At most this many characters of a value.
LONGEST = 500


@record
class Parameter:
    """A text in the address; if any text is allowed, an empty one counts as missing."""

    name: str
    #: The allowed words; () allows any text.
    words: tuple[str, ...] = ()

    def check(self, text: str) -> None:
        """Checks a value.

        Raises:
            UsageError: the value is too long, or not one of the words.
        """
        if len(text) > LONGEST:
            raise UsageError(
                N_("{name} has more than {most} characters"),
                fix=N_("Send less."),
                name=self.name,
                most=LONGEST,
            )
        if self.words and text.strip() not in self.words:
            raise UsageError(
                N_("{name} is not '{value}'"),
                fix=N_("{choices:alternatives}."),
                name=self.name,
                value=text,
                choices=list(self.words),
            )


@record
class NumberParameter(Parameter):
    """A whole number from 1 in the address."""

    #: The number if the parameter is missing.
    usual: int
    most: int

    def check(self, text: str) -> None:
        self.number(text.strip() or "-")

    def number(self, text: str) -> int:
        """The number in a text; for "", the usual number.

        Raises:
            UsageError: the text is no number from 1 to `most`.
        """
        number = whole_number(text, self.most) if text else self.usual
        if not number:
            raise UsageError(
                N_("{name} is a number from 1 to {most}"),
                fix=N_("Leave it out for the usual."),
                name=self.name,
                most=self.most,
            )
        return number


#: Asks for a report in words instead of JSON.
AS_TEXT = Parameter(name="as", words=("text",))
#: Makes a change even if it concerns the last admin.
FORCE = Parameter(name="force", words=("true",))


def texts(names: Iterable[str]) -> tuple[Parameter, ...]:
    """Parameters that take any text."""
    return tuple(Parameter(name=name) for name in names)


def check_address(given: Collection[tuple[str, str]], declared: Collection[Parameter]) -> None:
    """Checks the parameters of an address.

    Raises:
        UsageError: a parameter is not declared, occurs twice, or has a value that is not allowed.
    """
    known = {parameter.name: parameter for parameter in declared}
    _check_parameters((name for name, _ in given), known)
    for name, text in given:
        known[name].check(text)


# Unknown names are refused: if a misspelt filter were ignored, the answer would be a wrong one.
#: The advice, by whether there are known names, and whether one of them is similar.
_FIXES = {
    (True, True): N_("Did you mean '{nearest}'? It takes: {known:list}."),
    (True, False): N_("It takes: {known:list}."),
    (False, False): N_("It takes none: leave '{name}' out."),
}


def _check_parameters(given: Iterable[str], known: Collection[str]) -> None:
    """Checks the names of the parameters in an address.

    Raises:
        UsageError: a name is not among `known`, or occurs twice.
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
        UsageError: a name is not among `known`.
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
