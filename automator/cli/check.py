"""`automator check`: every problem of automator.yaml and the rule files, before anything runs."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from automator.cli.options import DEFAULT_RULES, Config, Json, find_config
from automator.cli.output import say, say_json
from automator.model import Problem, Severity, UsageError, render_problems

if TYPE_CHECKING:
    from automator.server.config import Config as LoadedConfig

_SUFFIXES = frozenset({".yaml", ".yml"})


def check(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="Rule files or folders; the rules folder when not given."),
    ] = None,
    config: Config = None,
    secrets: Annotated[
        bool, typer.Option("--secrets", help="Also read every secret that is referred to.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Report every problem of the rule files and of automator.yaml, with its place and fix."""
    from automator.actions import builtin_actions
    from automator.rules import load_rules

    files = read_files(paths or [DEFAULT_RULES])
    settings = load_settings_only(find_config(config), secrets=secrets)
    loaded = load_rules(
        files,
        actions=builtin_actions(),
        connections={name: provider.name for name, provider in settings.connections.items()},
        vars=settings.settings.vars,
    )
    problems = sorted([*settings.problems, *loaded.problems])
    rules = len(loaded.rule_set.rules) if loaded.rule_set else None
    if as_json:
        say_json(
            {"files": len(files), "rules": rules, "problems": [as_data(item) for item in problems]}
        )
    else:
        say(report(problems, rules=rules, files=len(files)))
    if any(problem.severity is Severity.ERROR for problem in problems):
        raise typer.Exit(1)


def read_files(paths: list[Path]) -> dict[str, str]:
    """The texts of rule files by the name that problems call them.

    Raises:
        UsageError: a path does not exist, or there is no rule file at all.
    """
    files: dict[str, str] = {}
    for path in paths:
        if not path.exists():
            raise UsageError(
                f"{path} does not exist",
                fix="Name rule files or folders, as in: automator check rules",
            )
        inside = [path] if path.is_file() else sorted(path.iterdir())
        for file in inside:
            if file.suffix in _SUFFIXES or file is path:
                files[str(file)] = file.read_text(encoding="utf-8", errors="replace")
    if not files:
        raise UsageError(
            f"there is no rule file in {', '.join(map(str, paths))}",
            fix="Rule files end in .yaml or .yml.",
        )
    return files


def load_settings_only(config: Path | None, *, secrets: bool) -> "LoadedConfig":
    """The settings that the rules are checked against; without a file those of the demo."""
    from automator.server.config import load_config

    with tempfile.TemporaryDirectory() as scratch:
        # The demo makes secrets of its own in its data folder; a check leaves nothing behind.
        return load_config(config, Path(scratch), config is None, resolve_secrets=secrets)


def report(problems: list[Problem], *, rules: int | None, files: int) -> str:
    """All problems and how many there are; without any, what was looked at."""
    count = _counted(len(problems), "problem")
    where = f"in {_counted(files, 'file')}"
    if not problems:
        return f"{_counted(rules or 0, 'rule')} {where}, no problems"
    return f"{render_problems(problems)}\n\n{count} {where}"


def as_data(problem: Problem) -> Mapping[str, Any]:
    """A problem for programs."""
    return {
        "file": problem.file,
        "line": problem.line,
        "column": problem.column,
        "severity": problem.severity.value,
        "code": problem.code,
        "message": problem.message,
        "fix": problem.fix,
    }


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
