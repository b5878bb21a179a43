"""`automator check`: shows every problem of automator.yaml and the rule files."""

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from automator.cli.terminal import WORKING
from automator.cli.terminal.options import Config, Json
from automator.cli.terminal.output import TRANSLATOR, problems_in_words, say, say_json
from automator.cli.terminal.paths import (
    DEFAULT_CONFIG,
    DEFAULT_RULES,
    data_folder,
    demo_rules,
    find_config,
)
from automator.cli.terminal.progress import progress_bar
from automator.clock import SystemClock
from automator.language import problem_as_data
from automator.model import N_, Problem, Severity, UsageError

if WORKING:
    from automator.engine.schedule.fire_times import first_fires
    from automator.rules import (
        RULE_FILE_ENDINGS,
        Loaded,
        RuleSet,
        load_rules,
        read_rule_files,
        with_included_files,
        with_test_files,
    )
    from automator.server.reading.config import Config as LoadedConfig
    from automator.server.reading.config import load_config
    from automator.server.reading.profile_checks import unanswered
    from automator.server.reading.rule_context import rule_context_of

#: With this many files or more, reading takes long enough to show a progress bar.
_WORTH_A_BAR = 10
#: How many fires of each schedule are shown: enough to see whether the line means what the author
#: intended.
_SHOWN_FIRES = 3

OnLeftOut = Callable[[Problem], None]

Paths = Annotated[
    list[Path] | None,
    typer.Argument(
        help="Rule files or folders, and automator.yaml; the rules folder, or without"
        " automator.yaml the demo's, when not given."
    ),
]
Secrets = Annotated[
    bool,
    typer.Option("--secrets", help="Also read every secret and certificate that is referred to."),
]


def check(
    paths: Paths = None,
    config: Config = None,
    secrets: Secrets = False,
    as_json: Json = False,
) -> None:
    """Report every problem of the rule files and of automator.yaml, with its place and fix."""
    paths, config = _without_settings(paths or [], config)
    config = find_config(config)
    left_out: list[Problem] = []
    note = left_out.append
    files = read_files(paths, note) if paths else default_files(config, note)
    settings = load_config(config, Path(), demo=False, resolve_secrets=secrets)
    loaded = _load(files, settings, is_configured=config is not None)
    # If only some files are named, the rules in the others may answer a tap.
    taps = [] if paths else unanswered(settings.presses, loaded)
    problems = sorted([*settings.problems, *taps, *loaded.problems, *left_out])
    rules = len(loaded.rule_set.rules)
    schedules = next_fires(loaded.rule_set, SystemClock().now_ms())
    if as_json:
        fires = [
            {"rule": rule, "schedule": written, "next": times}
            for rule, (written, times) in schedules.items()
        ]
        found = [problem_as_data(item, TRANSLATOR) for item in problems]
        say_json({"files": len(files), "rules": rules, "problems": found, "schedules": fires})
    else:
        say(report(problems, rules=rules, files=len(files)))
        for rule, (written, times) in schedules.items():
            _say_fires(rule, written, times)
    if any(problem.severity is Severity.ERROR for problem in problems):
        raise typer.Exit(1)


def _say_fires(rule: str, schedule: str, times: list[str]) -> None:
    said = TRANSLATOR(N_("{rule} fires by itself, {schedule}; next:"), rule=rule, schedule=schedule)
    say(f"\n{said}")
    for fire in times or [TRANSLATOR(N_("never"))]:
        say(f"    {fire}")


def _without_settings(paths: list[Path], config: Path | None) -> tuple[list[Path], Path | None]:
    """Separates the settings file from the paths of rules, as in `check automator.yaml rules`.

    Without a settings file among the paths, returns `config` for it.
    """
    for path in paths:
        if path.name == DEFAULT_CONFIG.name and not path.is_dir():
            return [other for other in paths if other != path], path
    return paths, config


def _load(files: Mapping[str, str], config: "LoadedConfig", *, is_configured: bool) -> "Loaded":
    rule_context = rule_context_of(config, is_configured=is_configured)
    bar = (
        progress_bar(TRANSLATOR(N_("reading rule files")))
        if len(files) >= _WORTH_A_BAR
        else nullcontext()
    )
    with bar as on_progress:
        loaded = load_rules(rule_context, files, on_progress=on_progress)
    return with_test_files(loaded, Path())


def default_files(config: Path | None, on_left_out: OnLeftOut | None = None) -> dict[str, str]:
    """The rule files that a server started here would read; empty if there are only settings.

    `on_left_out` is called for each link that is not followed.

    Raises:
        UsageError: there is neither a rule file nor automator.yaml.
    """
    of_demo = demo_rules(data_folder(None))
    folder = of_demo if config is None and of_demo.is_dir() else DEFAULT_RULES
    try:
        return read_files([folder], on_left_out)
    except UsageError:
        if config is None:
            raise
        return {}


def read_files(
    paths: list[Path], on_left_out: OnLeftOut | None = None, *, with_included: bool = True
) -> dict[str, str]:
    """The texts of rule files, and of the files that they include, by the names that problems use
    for the files.

    `on_left_out` is called for each link that is not followed.

    Raises:
        UsageError: a path does not exist, or there is no rule file at all.
    """
    files: dict[str, str] = {}
    left_out: list[Problem] = []
    for path in paths:
        if path.is_dir():
            links: list[Problem] = []
            inside = read_rule_files(path, on_left_out=links.append)
            files |= {str(path / name): text for name, text in inside.items()}
            left_out += [replace(link, file=str(path / link.file)) for link in links]
        elif path.exists():
            files[str(path)] = path.read_text(encoding="utf-8", errors="replace")
        else:
            raise UsageError(
                N_("{path} does not exist"),
                fix=N_("Name rule files or folders, as in: automator check rules"),
                path=path,
            )
    if on_left_out is None:
        left_out = []
    else:
        for link in left_out:
            on_left_out(link)
    if not files and not left_out:
        raise UsageError(
            N_("there is no rule file in {paths:list}"),
            fix=N_("Rule files end in {endings:alternatives}."),
            paths=list(map(str, paths)),
            endings=list(RULE_FILE_ENDINGS),
        )
    return with_included_files(files) if with_included else files


def next_fires(rule_set: "RuleSet", now_ms: int) -> dict[str, tuple[str, list[str]]]:
    """For every rule that fires by itself: its schedule as written, and its next times."""
    found: dict[str, tuple[str, list[str]]] = {}
    for rule_id, rule in rule_set.scheduled.items():
        schedule = rule.spec.trigger.schedule
        if schedule is not None:
            written = f"{schedule.written} ({schedule.timezone})"
            found[rule_id] = (written, first_fires(schedule, now_ms, _SHOWN_FIRES))
    return found


def report(problems: list[Problem], *, rules: int, files: int) -> str:
    """The problems with their number; without problems, the number of checked rules and files."""
    if not problems:
        looked_at = N_("{rules} in {files}, no problems")
        return TRANSLATOR(looked_at, rules=_rules(rules), files=_files(files))
    count = TRANSLATOR.counted("{count} problem", "{count} problems", len(problems))
    where = _files(len({problem.file for problem in problems}))
    summary = TRANSLATOR(N_("{problems} in {files}"), problems=count, files=where)
    return f"{problems_in_words(problems)}\n\n{summary}"


def _rules(count: int) -> str:
    return TRANSLATOR.counted("{count} rule", "{count} rules", count)


def _files(count: int) -> str:
    return TRANSLATOR.counted("{count} file", "{count} files", count)
