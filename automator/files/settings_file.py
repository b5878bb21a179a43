"""Reads automator.yaml as Settings."""

from collections.abc import Mapping

from automator.configuration.settings import Settings
from automator.files.positions import Parsed, Path
from automator.files.source import parse_yaml
from automator.files.validate import validate
from automator.model import Problem, Reason, Severity, record


@record(kw_only=False)
class LoadedSettings:
    """The result of reading automator.yaml; `settings` is None if the file has an error.

    The options of each connection are not validated yet: the caller does so with the model of the
    provider, by `validate` with `context`.
    """

    settings: Settings | None
    problems: list[Problem]
    parsed: Parsed
    #: The validation context that resolves secrets.
    context: Mapping[str, object]

    def problem(self, path: Path, reason: Reason, severity: Severity = Severity.ERROR) -> Problem:
        """Makes a problem at the value of a key."""
        return self.parsed.problem(self.parsed.positions.value(path), reason, severity)

    def problem_of_key(
        self, path: Path, reason: Reason, severity: Severity = Severity.ERROR
    ) -> Problem:
        """Makes a problem at a key itself."""
        return self.parsed.problem(self.parsed.positions.key(path), reason, severity)


def load_settings(
    file_name: str,
    text: str,
    *,
    resolve_secrets: bool = True,
    environ: Mapping[str, str] | None = None,
) -> LoadedSettings:
    """Reads the text of automator.yaml; an empty file means the defaults. Raises nothing."""
    parsed = parse_yaml(file_name, text)
    context = {"resolve_secrets": resolve_secrets, "environ": environ}
    if parsed.problems:
        return LoadedSettings(None, parsed.problems, parsed, context)
    data = {} if parsed.data is None else parsed.data
    settings, problems = validate(Settings, parsed, (), data, context)
    problems += [
        parsed.problem(parsed.positions.value(path), reason, Severity.WARNING)
        for path, reason in parsed.quotes
    ]
    return LoadedSettings(settings, problems, parsed, context)
