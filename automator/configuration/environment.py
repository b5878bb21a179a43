"""The environment variables that the server reads."""

import os
import re
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path

from automator.model import record

#: The variables that name a language; the first one that is set decides.
_LANGUAGE_VARIABLES = ("AUTOMATOR_LANG", "LC_ALL", "LC_MESSAGES", "LANG")

#: Variables of OpenTelemetry's own libraries. The server ignores them: only automator.yaml names
#: the receiver of traces, and what may be sent to it.
_OF_OPENTELEMETRY = (
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_HEADERS",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
    "OTEL_RESOURCE_ATTRIBUTES",
    "OTEL_SERVICE_NAME",
)


def unread_variables() -> list[str]:
    """Returns the names of OpenTelemetry's variables that are set but that this server ignores."""
    return [name for name in _OF_OPENTELEMETRY if os.environ.get(name)]


def _language_of_locale(name: str) -> str:
    """Returns `vi` for `vi_VN.UTF-8`."""
    return re.split(r"[_.@-]", name)[0].lower()


@record
class Environment:
    """The environment variables that the server itself reads.

    It is no Pydantic model: every command reads the environment, and few commands need Pydantic.
    """

    data: Path = Path("data")
    #: The settings file; "" means automator.yaml, if it exists.
    config: str = ""
    #: The address of the database, which may contain a password.
    database: str = field(default="", repr=False)
    #: The key that seals stored data, as base64; "" means the key in the data folder.
    sealing_key: str = field(default="", repr=False)
    #: The address of a server elsewhere for commands, and the API token for it.
    url: str = ""
    token: str = field(default="", repr=False)
    #: The language of the terminal, such as `vi`; "" if none is named.
    language: str = ""

    @classmethod
    def read(cls, environ: Mapping[str, str] | None = None) -> "Environment":
        """Reads AUTOMATOR_DATA, AUTOMATOR_CONFIG, AUTOMATOR_DATABASE (an address),
        AUTOMATOR_SEALING_KEY, AUTOMATOR_URL, AUTOMATOR_TOKEN and AUTOMATOR_LANG. If AUTOMATOR_LANG
        is not set, the first of LC_ALL, LC_MESSAGES and LANG names the language. An empty variable
        counts as not set.
        """
        environ = os.environ if environ is None else environ
        return cls(
            data=Path(environ.get("AUTOMATOR_DATA") or "data"),
            config=environ.get("AUTOMATOR_CONFIG", ""),
            database=environ.get("AUTOMATOR_DATABASE", ""),
            sealing_key=environ.get("AUTOMATOR_SEALING_KEY", ""),
            url=environ.get("AUTOMATOR_URL", ""),
            token=environ.get("AUTOMATOR_TOKEN", ""),
            language=_language_of_locale(
                next(filter(None, (environ.get(name) for name in _LANGUAGE_VARIABLES)), "")
            ),
        )
