"""Logs when a repeated piece of work begins to fail, and when it works again."""

import logging

from automator.model import AutomatorError
from automator.store.database.database_errors import unavailable_cause

logger = logging.getLogger(__name__)


class Failures:
    """The failures of one piece of work, which is repeated every few seconds."""

    def __init__(self, subject: str, about: str = "") -> None:
        """`subject` begins the log lines, as in `claims.failed`; `about` names the work."""
        self._subject = subject
        self._about = f" {about}" if about else ""
        self._count = 0
        self._said = ""

    def add(self, error: Exception) -> None:
        """Logs the error, unless it is the same as the last one."""
        self._count += 1
        unavailable = unavailable_cause(error)
        said = unavailable or error
        text = f"{type(said).__name__}: {' '.join(str(said).split())}"
        if text == self._said:
            return
        self._said = text
        # An error of the system, such as too many open files, is no fault of the program, so it is
        # logged without a traceback.
        is_known = unavailable is not None or isinstance(error, OSError | AutomatorError)
        shown = error if isinstance(error, AutomatorError) else text
        trace = None if is_known else error
        logger.error("%s.failed%s: %s", self._subject, self._about, shown, exc_info=trace)

    def end(self) -> None:
        """Ends the failures: the work has succeeded."""
        if self._count:
            logger.info("%s.recovered%s failures=%d", self._subject, self._about, self._count)
            self._count, self._said = 0, ""
