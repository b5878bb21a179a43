"""`automator simulate`: shows what rules would do about many events, in virtual time."""

import asyncio
import contextlib
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer

from automator.cli.serving.check import default_files, read_files
from automator.cli.serving.simulation_setup import (
    MOST_SECONDS,
    Since,
    events_since,
    rules_and_setup,
)
from automator.cli.terminal import WORKING
from automator.cli.terminal.interrupt import ends_at_interrupt
from automator.cli.terminal.options import Config, Data, Database, Json
from automator.cli.terminal.output import (
    TRANSLATOR,
    problems_in_words,
    say,
    say_beside,
    say_json,
)
from automator.cli.terminal.paths import data_folder, find_config
from automator.clock import SystemClock, moment_ms
from automator.language import problem_as_data
from automator.model import N_, Severity, UsageError
from automator.reasons.problems.rule_tests import clock_unreadable

if WORKING:
    from automator.cli.terminal.database import open_log
    from automator.configuration.values import parse_duration
    from automator.model import Problem, Reason
    from automator.rules import RuleSet
    from automator.server.rule_tests.backtest_text import left_out_text
    from automator.server.rule_tests.timeline_text import entry_text, summary_of
    from automator.simulation.event_lines import MOST_LINES, LineReader
    from automator.simulation.incoming import Arrival, StoredEvents
    from automator.simulation.simulation import (
        MOST_CLAIMS_OF_DAYS,
        Setting,
        SimulationSetup,
        simulating,
    )
    from automator.simulation.timeline import Entry, timeline_of

File = Annotated[
    Path | None,
    typer.Argument(
        help="A file of events, one JSON object a line: an event as a test writes it, with its"
        " time in 'at' or 'after'.",
        show_default=False,
    ),
]
Stored = Annotated[
    bool, typer.Option("--stored", help="The events of the log instead, which are only read.")
]
Start = Annotated[
    str | None,
    typer.Option(
        help="When it begins, with its zone: 2026-11-24T21:50+07:00; with the first event when not"
        " given.",
        show_default=False,
    ),
]
RunFor = Annotated[
    str | None,
    typer.Option(
        help="How long virtual time runs, as in 26h. When not given: until nothing waits, at most"
        " a month.",
        show_default=False,
    ),
]
Rules = Annotated[
    Path | None,
    typer.Option(help="A rule file or a folder of them; the rules folder when not given."),
]


def simulate(
    file: File = None,
    start: Start = None,
    run_for: RunFor = None,
    rules: Rules = None,
    stored: Stored = False,
    since: Since = "7d",
    config: Config = None,
    data: Data = None,
    database: Database = None,
    as_json: Json = False,
) -> None:
    """Show what the rules would do about many events, in virtual time; nothing is sent."""
    if (file is None) != stored:
        raise UsageError(
            N_("which events come in?"),
            fix=N_("Name a file of events, or --stored for those of the log."),
        )
    config = find_config(config)
    read, setup = rules_and_setup(read_files([rules]) if rules else default_files(config), config)
    setup = replace(setup, most_claims=MOST_CLAIMS_OF_DAYS, most_seconds=MOST_SECONDS)
    starts_at, lasts_ms = _start_ms(start), _length_ms(run_for)
    if file is not None:
        coming, problems = _in_file(file, setup, read.rule_set, starts_at)
        _say_problems(problems, as_json=as_json)
        _simulate(setup, coming, starts_at, lasts_ms, as_json=as_json)
        if any(problem.severity is Severity.ERROR for problem in problems):
            raise typer.Exit(1)
        return
    with _stored(setup, since, data_folder(data), database) as arrivals:
        _simulate(setup, arrivals, starts_at, lasts_ms, as_json=as_json)


def _start_ms(text: str | None) -> int | None:
    at = None if text is None else moment_ms(text)
    if text is not None and at is None:
        raise UsageError(clock_unreadable(text=text))
    return at


def _length_ms(text: str | None) -> int | None:
    try:
        return None if text is None else round(parse_duration(text) * 1000)
    except ValueError as error:
        raise UsageError(
            N_("'{text}' is no length of time"), fix=N_("Write it as in 26h or 3d."), text=text
        ) from error


def _in_file(
    file: Path, setup: "SimulationSetup", rules: "RuleSet", starts_at: int | None
) -> "tuple[list[Arrival], list[Problem]]":
    reader = LineReader(
        setup=setup,
        rules=rules,
        starts_at=starts_at,
        now_ms=SystemClock().now_ms(),
    )
    return reader.read(file), reader.problems


@contextlib.contextmanager
def _stored(
    setup: "SimulationSetup", since: str, folder: Path, database: str | None
) -> "Iterator[Iterator[Arrival]]":
    """The stored events since that time, at most `MOST_LINES`; says at the end what is missing."""
    after, now_ms = events_since(since, setup)
    with open_log(folder, database) as log:
        events = StoredEvents(
            log=log,
            connections=setup.connections,
            after=after,
            until_ms=now_ms,
            most=MOST_LINES,
            with_deliveries=True,
        )
        yield events.arrivals()
        _say_left_out(events, since)


def _say_left_out(events: "StoredEvents", since: str) -> None:
    if events.left_out:
        say_beside(left_out_text(events.left_out, TRANSLATOR))
    if events.is_cut:
        text = N_("only the first {most:number} events since {since} were taken")
        say_beside(TRANSLATOR(text, most=events.most, since=since))


def _say_problems(problems: "list[Problem]", *, as_json: bool) -> None:
    if as_json:
        for problem in sorted(problems):
            say_json({"kind": "problem", **problem_as_data(problem, TRANSLATOR)})
    elif problems:
        say_beside(f"{problems_in_words(problems)}\n")


def _simulate(
    setup: "SimulationSetup",
    arrivals: "Iterable[Arrival]",
    starts_at: int | None,
    lasts_ms: int | None,
    *,
    as_json: bool,
) -> None:
    began = time.perf_counter()
    entries, note = asyncio.run(_play(setup, arrivals, starts_at, lasts_ms))
    _show(entries, as_json=as_json)
    if note is not None:
        say_beside(TRANSLATOR.say(note))
    if not as_json:
        took = round((time.perf_counter() - began) * 1000)
        summary = summary_of(entries, TRANSLATOR)
        say()
        say(TRANSLATOR(N_("{summary}; in {took:duration}"), summary=summary, took=took))


async def _play(
    setup: "SimulationSetup",
    arrivals: "Iterable[Arrival]",
    starts_at: int | None,
    lasts_ms: int | None,
) -> "tuple[list[Entry], Reason | None]":
    """Plays the events; returns the timeline and the reason why it ended early, or None."""
    coming = iter(arrivals)
    first = next(coming, None)
    if starts_at is None:
        starts_at = SystemClock().now_ms() if first is None else first.at
    everything = coming if first is None else chain([first], coming)
    until = None if lasts_ms is None else starts_at + lasts_ms
    async with simulating(setup, Setting(starts_at=starts_at)) as simulation:
        with ends_at_interrupt() as is_stopped:
            await simulation.play(everything, until, is_stopped)
            entries = await timeline_of(simulation)
            return entries, simulation.why_ended


def _show(entries: "list[Entry]", *, as_json: bool) -> None:
    shown_at: int | None = None
    for entry in entries:
        if as_json:
            reason = {} if entry.reason is None else {"because": TRANSLATOR.say(entry.reason)}
            say_json({**entry.as_json(), **reason})
            continue
        is_event = entry.kind == "event"
        if not is_event and entry.at != shown_at:
            say(f"\n{TRANSLATOR.time(entry.at)}")
        shown_at = entry.at
        say(("\n" if is_event else "") + entry_text(entry, TRANSLATOR))
