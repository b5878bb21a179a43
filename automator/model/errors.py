"""Every exception that this project raises on purpose.

AutomatorError
├── UsageError            the command or the call was used wrongly (exit 2)
├── SettingsError         automator.yaml or the environment cannot be used (exit 1)
│   └── SettingsProblemsError  automator.yaml has problems
├── NotFoundError         no such event, rule, run, file …
├── ConflictError         somebody else changed it meanwhile
├── StoreUnavailableError nothing can be committed now: answer 503
├── InstallationChangedError  the program on the disk is not the one that runs: answer 503
├── RejectedDelivery      an inbound request that is not trusted
├── UnparsableDelivery    trusted, but not readable as this provider's events
└── StepError             a step did not succeed
    ├── RetryableError    waiting may help
    ├── PermanentError    waiting cannot help
    ├── UnknownOutcome    the request went out, the answer did not come back
    ├── TargetUnavailable nothing was sent: the run waits for its target
    ├── SkippedStep       not done on purpose, with the reason
    └── RescheduledStep   not now, on purpose: its run waits
        └── PausedStep        a colleague is answering the person: its run waits for the end of that
"""

import re
from collections.abc import Mapping, Sequence

from automator.model.echo import Echo
from automator.model.problem import Problem
from automator.model.reason import N_, Reason, quoted

#: The fix if a thing with a name or an id does not exist.
LOOK_IN_LIST = N_("Look for it in the list: it may have another name by now, or be gone.")
_PLACE = re.compile(r"(?<!\{)\{([a-z_]+)(?::[a-z]+)?\}")


class AutomatorError(Exception):
    """`message` says what is wrong, `fix` how to correct it, and `code` is stable, for programs.

    `message` is a reason, or, like `fix`, a text of the catalogue with placeholders for `values`. A
    reason can be stored, and can be part of another reason; a text is shorter to write. Both are
    translated when a person reads the error.
    """

    code = "error"

    def __init__(
        self, message: Reason | str, *, fix: str = "", code: str = "", **values: object
    ) -> None:
        if isinstance(message, Reason):
            self.texts, self.values = ("", ""), dict(message.params)
            self.message, self.fix, self.reason = str(message), fix, message
        else:
            self.texts, self.values = (message, fix), values
            wrong, fix = (_filled(text, values) for text in self.texts)
            self.message, self.fix, self.reason = wrong, fix, quoted(wrong, fix)
        super().__init__(self.message)
        if code:
            self.code = code

    def __str__(self) -> str:
        return f"{self.message}\n  fix: {self.fix}" if self.fix else self.message


def _filled(text: str, values: Mapping[str, object]) -> str:
    """Fills values into an English text without translating it, for log files."""
    if not values:
        return text
    filled = _PLACE.sub(lambda place: str(values.get(place[1], place[0])), text)
    return filled.replace("{{", "{").replace("}}", "}")


class UsageError(AutomatorError):
    """A command or a call was used wrongly."""

    code = "usage"


class SettingsError(AutomatorError):
    """automator.yaml or the environment cannot be used."""

    code = "settings"


class SettingsProblemsError(SettingsError):
    """automator.yaml has problems, which the server or command describes in the
    reader's language.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        places = (f"{one.file}:{one.line} [{one.code}]" for one in problems)
        super().__init__(f"automator.yaml has problems: {', '.join(places)}")
        self.problems = problems


class NotFoundError(AutomatorError):
    """The thing does not exist."""

    code = "not_found"


class ConflictError(AutomatorError):
    """Another person changed the thing after you read it."""

    code = "conflict"


class StoreUnavailableError(AutomatorError):
    """Nothing can be committed now; the sender should try again."""

    code = "store_unavailable"


class InstallationChangedError(AutomatorError):
    """The program on the disk is another version than the running one, as after an upgrade."""

    code = "installation_changed"


class RejectedDelivery(AutomatorError):
    """An inbound request that is refused. `status` is the HTTP status of the answer.

    `retry_after_s`: the seconds after which trying again may help; None if it cannot help.
    """

    code = "rejected"

    def __init__(
        self, reason: Reason, *, status: int = 401, retry_after_s: float | None = None
    ) -> None:
        super().__init__(reason, code=reason.code)
        self.status = status
        self.retry_after_s = retry_after_s


class UnparsableDelivery(AutomatorError):
    """A trusted request that cannot be read. It is stored unread, and answered with 200."""

    code = "unparsable"

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason, code=reason.code)


class StepError(AutomatorError):
    """A step did not succeed. `reason` says why.

    Where there is a text instead of a reason, people see that text and its `fix`. `code` is the
    code of the reason unless another is given, because several reasons can share a code.
    """

    code = "step_failed"

    def __init__(self, reason: Reason | str, *, fix: str = "", code: str = "") -> None:
        own = reason.code if isinstance(reason, Reason) else ""
        super().__init__(reason, fix=fix, code=code or own)


class RetryableError(StepError):
    """Trying again may help. `retry_after_s`: how many seconds the other system asked to wait."""

    code = "retryable"

    def __init__(
        self,
        reason: Reason | str,
        *,
        fix: str = "",
        code: str = "",
        retry_after_s: float | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(reason, fix=fix, code=code)
        self.retry_after_s = retry_after_s
        self.status = status


class PermanentError(StepError):
    """Trying again cannot help: a dead letter, unless the step says `continue_on_error`."""

    code = "permanent"

    def __init__(
        self, reason: Reason | str, *, fix: str = "", code: str = "", status: int | None = None
    ) -> None:
        super().__init__(reason, fix=fix, code=code)
        self.status = status


class UnknownOutcome(StepError):
    """The request was sent, but nobody knows whether it arrived. The step's `on_unknown` decides.

    `echo` describes the event that would prove its arrival, if the provider sends one.
    """

    code = "unknown_outcome"
    echo: Echo | None = None


class TargetUnavailable(StepError):
    """The destination `waits_for` accepts nothing now. Nothing was sent, so this is no attempt."""

    code = "target_unavailable"

    def __init__(self, reason: Reason, *, waits_for: str) -> None:
        super().__init__(reason, code=self.code)
        self.waits_for = waits_for


class SkippedStep(StepError):
    """The step was skipped on purpose. The log shows the reason, and the run goes on."""

    code = "skipped"


class RescheduledStep(StepError):
    """The step is put off on purpose: the run waits until `until_ms`. This is no attempt."""

    code = "rescheduled"

    def __init__(self, reason: Reason, *, until_ms: int, code: str = "") -> None:
        super().__init__(reason, code=code or self.code)
        self.until_ms = until_ms


class PausedStep(RescheduledStep):
    """The step is put off until the pause after a colleague's reply ends; later runs go ahead."""
