"""The server's own log: one line a record on stderr, without payloads, headers or secrets."""

import logging
import re
import sys
import time

from automator.language import ENGLISH, Translator
from automator.model import AutomatorError, Problem, Reason

_CONTROL = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]"
)
_MAX_LINE = 4096
_ENGLISH = Translator(ENGLISH)


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


def _advised(wrong: str, code: str, fix: str) -> str:
    return f"{wrong} ({code}); fix: {fix}" if fix else f"{wrong} ({code})"


def _in_words(value: object) -> object:
    """Reasons, problems and errors as they stand in the log: a sentence with its code."""
    if isinstance(value, Reason):
        return _advised(_ENGLISH.say(value), value.code, _ENGLISH.advice(value))
    if isinstance(value, Problem):
        return f"{value.file}:{value.line}: {_ENGLISH.say(value.reason)} [{value.code}]"
    if isinstance(value, AutomatorError):
        wrong, fix = _ENGLISH.error(value)
        return _advised(wrong, value.code, fix)
    if isinstance(value, BaseException):
        return " ".join(str(value).split())
    if isinstance(value, list):
        return "; ".join(str(_in_words(item)) for item in value)
    return value


class LineFormatter(logging.Formatter):
    """Formats a record as one line, in words and with control characters escaped."""

    converter = staticmethod(time.gmtime)

    def format(self, record: logging.LogRecord) -> str:
        """`time LEVEL event field=value`; a traceback follows on the same line, escaped."""
        moment = self.formatTime(record, "%Y-%m-%dT%H:%M:%SZ")
        if isinstance(record.args, tuple) and record.args:
            text = str(record.msg) % tuple(map(_in_words, record.args))
        else:
            text = record.getMessage()
        if record.exc_info:
            text = f"{text} {self.formatException(record.exc_info)}"
        return _CONTROL.sub(_escaped, f"{moment} {record.levelname} {text}"[:_MAX_LINE])


def configure_logs() -> None:
    """Sends every record to stderr; of libraries only warnings and errors."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LineFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("automator").setLevel(logging.INFO)
