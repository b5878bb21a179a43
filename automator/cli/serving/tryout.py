"""`automator try`: shows what rules would do about an event, without any effect."""

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from automator.cli.serving.bundle import try_file
from automator.cli.serving.check import default_files, read_files
from automator.cli.serving.send import parse_change
from automator.cli.terminal import WORKING
from automator.cli.terminal.api_calls import say_report, server_to_ask
from automator.cli.terminal.options import Config, Data, Database, Json
from automator.cli.terminal.output import problems_in_words, say
from automator.cli.terminal.paths import data_folder, find_config
from automator.clock import SystemClock
from automator.model import N_, NotFoundError, UsageError
from automator.model.ids import copied_id
from automator.reasons.quoted import os_reason

if WORKING:
    from automator.actions import builtin_actions
    from automator.cli.terminal.database import open_log
    from automator.engine.tryout.trial_result import Trial
    from automator.engine.tryout.tryout import nothing_known, try_event
    from automator.providers.simulator import sample_names
    from automator.rules import load_rules
    from automator.rules.reading.found_files import body_in
    from automator.server.reading.config import load_config
    from automator.server.reading.rule_context import rule_context_of
    from automator.server.tryout.requests import read_try
    from automator.server.tryout.subjects import Finder, tryout_parts
    from automator.server.tryout.trial_text import trial_text
    from automator.store import Log

What = Annotated[
    str | None,
    typer.Argument(
        help="A stored event's id; a sample's name, as in facebook/comment.created; or a file"
        " with an event or with a delivery's body. A sample of the first connection when not"
        " given.",
        show_default=False,
    ),
]
Text = Annotated[str | None, typer.Option(help="What the person wrote.")]
Person = Annotated[
    str | None, typer.Option("--contact", help="The id of the person at the provider.")
]
State = Annotated[
    list[str] | None,
    typer.Option("--state", help="An assumed remembered value: size=M. May be repeated."),
]
Answer = Annotated[
    list[str] | None,
    typer.Option("--answer", help="The assumed answer to a `request`: STEP=JSON. May be repeated."),
]
At = Annotated[
    str | None,
    typer.Option(
        help="The moment, as in 2026-11-24T21:50+07:00. When not given, a stored event is tried"
        " at the time at which it came, and others now."
    ),
]
Rules = Annotated[
    Path | None,
    typer.Option(
        help="A rule file or a folder of them, in place of the rules that are in force.",
        show_default=False,
    ),
]
Rule = Annotated[str | None, typer.Option(help="Only this rule.")]
Bundle = Annotated[
    Path | None,
    typer.Option(
        help="Try the event of a file that `automator bundle` has made, with the rules in it.",
        show_default=False,
    ),
]
Connection = Annotated[
    str | None, typer.Option(help="The connection of a sample or a file; the first that fits.")
]


def try_rules(
    what: What = None,
    text: Text = None,
    rules: Rules = None,
    contact: Person = None,
    at: At = None,
    rule: Rule = None,
    state: State = None,
    answer: Answer = None,
    connection: Connection = None,
    bundle: Bundle = None,
    config: Config = None,
    data: Data = None,
    database: Database = None,
    as_json: Json = False,
) -> None:
    """Show what the rules would do about an event: nothing is sent and nothing is kept."""
    folder = data_folder(data)
    config = find_config(config)
    files = None if rules is None else read_files([rules])
    if bundle is not None:
        try_file(bundle, files, rule, as_json=as_json)
        return
    wanted: dict[str, Any] = {
        "connection": connection,
        "with": {"text": text, "actor": {} if contact is None else {"id": contact}},
        "contact": {"state": dict(parse_change(item, "--state") for item in state or ())},
        "at": at,
        "answers": dict(parse_change(item, "--answer") for item in answer or ()),
        "rule": rule,
    }
    subject = {} if what is None else subject_named(what)
    say_report(
        server_to_ask(folder, config, database) if subject else None,
        "/api/try",
        {**wanted, **subject, "files": files},
        here=lambda: _try_here(subject, wanted, files, folder, config, database),
        text_of=lambda trial, _: trial_text(trial, _, rule),
        as_json=as_json,
        method="POST",
    )


def subject_named(what: str) -> dict[str, Any]:
    """Reads the subject of a try: the id of an event, the name of a sample, or a file.

    Raises:
        UsageError: the text names none of these, or the file is not JSON.
    """
    path = Path(what)
    if path.suffix in (".yaml", ".yml") or path.is_dir():
        raise UsageError(
            N_("{file} has rules, and an event is tried"),
            fix=N_('To try its rules: automator try --rules {file} --text "…"'),
            file=what,
        )
    if path.suffix in (".json", ".xml") or path.is_file():
        return _in_file(path)
    if copied_id(what) is not None:
        return {"event": what}
    if "/" in what:
        return {"sample": what}
    raise UsageError(
        N_("'{what}' is no event, no sample and no file"),
        fix=N_(
            'To try a text: automator try --text "{what}". Otherwise give an event\'s id from the'
            " log, a sample of `automator send --list`, or a file."
        ),
        what=what,
    )


def _in_file(path: Path) -> dict[str, Any]:
    try:
        value = body_in(path.name, path.read_bytes())
    except OSError as error:
        raise UsageError(
            N_("{file} cannot be read: {reason}"),
            fix=N_("{reason:advice}"),
            file=str(path),
            reason=os_reason(error),
        ) from error
    except (ValueError, RecursionError) as error:
        raise UsageError(
            N_("{file} is not JSON: {reason}"),
            fix=N_("Give an event as rules see it, or a delivery's body."),
            file=str(path),
            reason=str(error),
        ) from error
    if isinstance(value, bytes):
        return {"delivery": value.decode(errors="replace")}
    if isinstance(value, dict) and isinstance(value.get("type"), str) and _is_event(value):
        return {"written": value}
    return {"delivery": value}


def _is_event(value: Mapping[str, Any]) -> bool:
    """Whether an object has the fields of an event; the body of a delivery has other fields."""
    return bool(value.keys() & {"actor", "text", "connection"})


def _try_here(
    subject: Mapping[str, Any],
    wanted: Mapping[str, Any],
    files: Mapping[str, str] | None,
    folder: Path,
    config: Path | None,
    database: str | None,
) -> "Trial":
    """Tries the event without a server: with the settings and, if there is one, the database here.

    Raises:
        Exit: a rule file has an error, which was printed.
    """
    loaded = load_config(config, folder, config is None, resolve_secrets=False)
    read = load_rules(rule_context_of(loaded), files or default_files(config))
    if read.refused:
        say(problems_in_words(read.problems))
        raise typer.Exit(1)
    request = read_try({**wanted, **(subject or _first_sample(loaded.connections))})
    clock = SystemClock()
    with _log_of(folder, database, is_needed=request.event is not None) as log:
        finder = Finder(
            connections=loaded.connections,
            log=log,
            now_ms=clock.now_ms(),
            zone=loaded.settings.zone,
        )
        tried, limits_of = finder.subject(request)
        contact_of = nothing_known if log is None else log.contact
        parts = tryout_parts(
            builtin_actions(), loaded.connections, loaded.settings, clock, contact_of
        )
        return try_event(parts, read.rule_set, tried, limits_of)


def _first_sample(connections: Mapping[str, Any]) -> dict[str, str]:
    """A sample comment or message, from the first connection that has such a sample."""
    for name, provider in connections.items():
        known = sample_names(provider.name)
        for kind in ("comment.created", "message.received"):
            if f"{provider.name}/{kind}" in known:
                return {"sample": f"{provider.name}/{kind}", "connection": name}
    raise UsageError(
        N_("which event is to be tried?"),
        fix=N_("Give an event's id from the log, a sample of `automator send --list`, or a file."),
    )


@contextlib.contextmanager
def _log_of(folder: Path, database: str | None, *, is_needed: bool) -> "Iterator[Log | None]":
    """The database; None if there is no database yet and no stored event is to be tried."""
    with contextlib.ExitStack() as stack:
        log = None
        try:
            log = stack.enter_context(open_log(folder, database))
        except NotFoundError:
            if is_needed:
                raise
        yield log
