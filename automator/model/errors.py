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
    """`message` states the mistake, `fix` how to mend it; `code` is stable, for programs.

    `message` is a reason or, like `fix`, a text of the catalogue with placeholders for `values`. A
    reason can be stored and be a part of another reason; a text is shorter to write. Both are
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
    """Fills values into an English text unchanged, for log files."""
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
    """Another person changed it after you read it."""

    code = "conflict"


class StoreUnavailableError(AutomatorError):
    """Nothing can be committed now; the sender should try again."""

    code = "store_unavailable"


class InstallationChangedError(AutomatorError):
    """The program on the disk is not the running one, for example after an upgrade."""

    code = "installation_changed"


class RejectedDelivery(AutomatorError):
    """An inbound request that is refused; `status` is the HTTP answer.

    After `retry_after_s` the sender may try again, if that can help.
    """

    code = "rejected"

    def __init__(
        self, reason: Reason, *, status: int = 401, retry_after_s: float | None = None
    ) -> None:
        super().__init__(reason, code=reason.code)
        self.status = status
        self.retry_after_s = retry_after_s


class UnparsableDelivery(AutomatorError):
    """A trusted request that cannot be read: it is stored unread and answered with 200."""

    code = "unparsable"

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason, code=reason.code)


class StepError(AutomatorError):
    """A step did not succeed; `reason` tells why.

    A text instead of a reason, with its `fix`, is shown in the words of the code that raises it.
    `code` is the reason's code unless it is given: several reasons can share a code.
    """

    code = "step_failed"

    def __init__(self, reason: Reason | str, *, fix: str = "", code: str = "") -> None:
        own = reason.code if isinstance(reason, Reason) else ""
        super().__init__(reason, fix=fix, code=code or own)


class RetryableError(StepError):
    """Waiting may help. `retry_after_s` is the wait in seconds that the other side asked for."""

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
    """Waiting cannot help: a dead letter, unless the step says `on_error: continue`."""

    code = "permanent"

    def __init__(
        self, reason: Reason | str, *, fix: str = "", code: str = "", status: int | None = None
    ) -> None:
        super().__init__(reason, fix=fix, code=code)
        self.status = status


class UnknownOutcome(StepError):
    """The request was sent, and it is unknown whether it arrived: the step's `on_unknown` decides.

    `echo` describes the event that would prove its arrival, if the provider sends one.
    """

    code = "unknown_outcome"
    echo: Echo | None = None


class TargetUnavailable(StepError):
    """The destination `waits_for` accepts nothing now, so nothing was sent: this was no attempt."""

    code = "target_unavailable"

    def __init__(self, reason: Reason, *, waits_for: str) -> None:
        super().__init__(reason, code=self.code)
        self.waits_for = waits_for


class SkippedStep(StepError):
    """The step was skipped on purpose: the log shows the reason, and the run goes on."""

    code = "skipped"


class RescheduledStep(StepError):
    """The step is done later, on purpose: the run waits until `until_ms`. This was no attempt."""

    code = "rescheduled"

    def __init__(self, reason: Reason, *, until_ms: int, code: str = "") -> None:
        super().__init__(reason, code=code or self.code)
        self.until_ms = until_ms


class PausedStep(RescheduledStep):
    """The step is done when the pause after a human reply ends; other runs go ahead meanwhile."""
