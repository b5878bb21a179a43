"""All commands, in the sections in which help lists them."""

from collections.abc import Callable
from typing import Any, NamedTuple

import typer

from automator import __version__
from automator.cli.administration import access, backup, chat_link, profile, prune, store, subscribe
from automator.cli.decisions import (
    approvals,
    contact,
    contact_erase,
    contact_export,
    contact_notes,
    contact_staff,
    contact_write,
    limit,
    replay,
    run,
    take_again,
    target,
)
from automator.cli.inspection import doctor, log, status, why
from automator.cli.serving import (
    audience,
    backtest,
    bundle,
    check,
    fault,
    promote,
    rule_tests,
    sandbox,
    schema,
    send,
    serve,
    simulate,
    tryout,
)
from automator.cli.terminal.calls import command_of
from automator.cli.terminal.root import new_app
from automator.model import N_
from automator.server.figures.questions import QUESTIONS

app = new_app()


def version() -> None:
    """Print the version."""
    typer.echo(f"automator {__version__}")


class _Section(NamedTuple):
    """Commands that help lists together; those of groups stand behind the others."""

    title: str
    commands: tuple[Callable[..., Any], ...] = ()
    groups: tuple[typer.Typer, ...] = ()


#: Commands whose functions cannot have their names.
_NAMES: dict[Callable[..., Any], str] = {
    tryout.try_rules: "try",
    rule_tests.run_rule_tests: "test",
}

_SECTIONS = (
    _Section(N_("The server"), (serve.serve, status.status, version)),
    _Section(
        N_("Checking and trying rules"),
        (
            check.check,
            rule_tests.run_rule_tests,
            tryout.try_rules,
            simulate.simulate,
            backtest.backtest,
            promote.promote,
            schema.schema,
        ),
    ),
    _Section(
        N_("The log and its reasons"),
        (
            log.log,
            why.why,
            doctor.doctor,
            *map(command_of, QUESTIONS),
            bundle.bundle,
        ),
    ),
    _Section(
        N_("Pending, failed and refused work"),
        (
            approvals.approvals,
            approvals.approve,
            approvals.decline,
            replay.replay,
            take_again.take_again,
        ),
        (run.run,),
    ),
    _Section(N_("People"), (audience.audience,), (contact.contact, limit.limit)),
    _Section(
        N_("Accounts of platforms, and destinations"),
        (subscribe.subscribe, profile.profile, chat_link.chat_link),
        (target.target,),
    ),
    _Section(N_("Simulated platforms"), (send.send, sandbox.sandbox, fault.fault)),
    _Section(N_("Signing in"), (access.link,), (access.account, access.token)),
    _Section(
        N_("The database"),
        (backup.backup, backup.restore, backup.release, prune.prune),
        (store.store,),
    ),
)

for _section in _SECTIONS:
    for _command in _section.commands:
        app.command(_NAMES.get(_command), rich_help_panel=_section.title)(_command)
    for _group in _section.groups:
        app.add_typer(_group, rich_help_panel=_section.title)

_OF_PEOPLE: dict[str, Callable[..., Any]] = {
    "note": contact_notes.note,
    "staff-note": contact_staff.staff_note,
    "hand-on": contact_staff.hand_on,
    "write": contact_write.write,
    "erase": contact_erase.erase,
    "erasures": contact_erase.erasures,
    "export": contact_export.export,
    "import": contact_notes.import_contacts,
}

for _name, _function in _OF_PEOPLE.items():
    contact.contact.command(_name)(_function)
