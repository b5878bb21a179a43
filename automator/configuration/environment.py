"""The environment variables with meaning to the server itself."""

import os
import re
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path

from automator.model import record

#: The first of these that is set decides the language.
_LANGUAGE_VARIABLES = ("AUTOMATOR_LANG", "LC_ALL", "LC_MESSAGES", "LANG")

# Pydantic asks every installed package for plugins before it builds its first model. We use none,
# and other installed packages must not change what files may say.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

#: Variables with which OpenTelemetry's own libraries are set up. None of them is read: the receiver
#: of traces, and what may be sent to it, stand in automator.yaml alone.
_OF_OPENTELEMETRY = (
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_HEADERS",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
    "OTEL_RESOURCE_ATTRIBUTES",
    "OTEL_SERVICE_NAME",
)


def unread_variables() -> list[str]:
    """The variables of OpenTelemetry that are set, and that this server does not read."""
    return [name for name in _OF_OPENTELEMETRY if os.environ.get(name)]


def _language_of_locale(name: str) -> str:
    """`vi` for `vi_VN.UTF-8`."""
    return re.split(r"[_.@-]", name)[0].lower()


@record
class Environment:
    """The environment variables with meaning to the server itself.

    It is not a Pydantic model, because every command reads it and most need no Pydantic.
    """

    data: Path = Path("data")
    #: The settings file; "" = automator.yaml where it is there.
    config: str = ""
    #: It may hold a password.
    database: str = field(default="", repr=False)
    #: The key of what is stored sealed, as base64; "" = that of the data folder.
    sealing_key: str = field(default="", repr=False)
    #: The language of the terminal, as in `vi`; "" where none is named.
    language: str = ""

    @classmethod
    def read(cls, environ: Mapping[str, str] | None = None) -> "Environment":
        """Reads AUTOMATOR_DATA, AUTOMATOR_CONFIG, AUTOMATOR_DATABASE (an address),
        AUTOMATOR_SEALING_KEY and AUTOMATOR_LANG; without the last one LC_ALL, LC_MESSAGES or LANG,
        as POSIX orders them. An empty one counts as not set.
        """
        environ = os.environ if environ is None else environ
        return cls(
            data=Path(environ.get("AUTOMATOR_DATA") or "data"),
            config=environ.get("AUTOMATOR_CONFIG", ""),
            database=environ.get("AUTOMATOR_DATABASE", ""),
            sealing_key=environ.get("AUTOMATOR_SEALING_KEY", ""),
            language=_language_of_locale(
                next(filter(None, (environ.get(name) for name in _LANGUAGE_VARIABLES)), "")
            ),
        )
