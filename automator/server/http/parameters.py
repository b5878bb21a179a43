"""The parameters in the addresses of API calls: their names, and the values that they take."""

from collections.abc import Collection, Iterable

from automator.model import N_, UsageError, record, whole_number
from automator.server.http.known_names import check_parameters

#: Characters that a value may have.
LONGEST = 500


@record
class Parameter:
    """A text in the address; an empty one counts as left out, where any text will do."""

    name: str
    #: The words that it may be; () stands for any text.
    words: tuple[str, ...] = ()

    def check(self, text: str) -> None:
        """Checks a value.

        Raises:
            UsageError: it is too long, or none of the words.
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

    #: The number that counts where it is left out.
    usual: int
    most: int

    def check(self, text: str) -> None:
        self.number(text.strip() or "-")

    def number(self, text: str) -> int:
        """The number that a text writes; the usual one of "".

        Raises:
            UsageError: it is none, or too large.
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


#: A report in words instead of JSON.
AS_TEXT = Parameter(name="as", words=("text",))
#: Also where it concerns the last admin.
FORCE = Parameter(name="force", words=("true",))


def texts(names: Iterable[str]) -> tuple[Parameter, ...]:
    """Parameters that take any text."""
    return tuple(Parameter(name=name) for name in names)


def check_address(given: Collection[tuple[str, str]], declared: Collection[Parameter]) -> None:
    """Checks the parameters of an address.

    Raises:
        UsageError: one is not declared, stands there twice, or has a value that it does not take.
    """
    known = {parameter.name: parameter for parameter in declared}
    check_parameters((name for name, _ in given), known)
    for name, text in given:
        known[name].check(text)
