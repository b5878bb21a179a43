"""All commands, in the order in which help lists them."""

import sys
from enum import StrEnum
from typing import Annotated

import typer

from automator import __version__
from automator.cli.administration import access, backup, prune, store
from automator.cli.decisions import contact, limit, replay, run, take_again, target
from automator.cli.inspection import coverage, doctor, log, status, why
from automator.cli.serving import (
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
from automator.cli.terminal.options import named_config, zone_of
from automator.cli.terminal.output import TRANSLATOR


class Language(StrEnum):
    """The languages that a person can choose, as Typer offers them."""

    EN = "en"
    VI = "vi"


app = typer.Typer(
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def choose_language(
    lang: Annotated[
        Language | None,
        typer.Option(
            help="The language of what is printed; that of $AUTOMATOR_LANG, $LC_ALL, $LC_MESSAGES"
            " or $LANG when not given.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Rules for Facebook Pages and everything else that sends webhooks."""
    from automator.configuration.environment import Environment

    TRANSLATOR.choose(lang or Environment.read().language, zone_of(named_config(sys.argv[1:])))


def version() -> None:
    """Print the version."""
    typer.echo(f"automator {__version__}")


app.command()(serve.serve)
app.command()(check.check)
app.command()(schema.schema)
app.command()(send.send)
app.command("try")(tryout.try_rules)
app.command("test")(rule_tests.run_rule_tests)
app.command()(simulate.simulate)
app.command()(promote.promote)
app.command()(backtest.backtest)
app.command()(log.log)
app.command()(why.why)
app.command()(coverage.coverage)
app.command()(bundle.bundle)
app.command()(doctor.doctor)
app.command()(replay.replay)
app.command()(take_again.take_again)
app.add_typer(run.run, name="run")
app.add_typer(contact.contact, name="contact")
app.add_typer(limit.limit, name="limit")
app.command()(access.link)
app.add_typer(access.account, name="account")
app.add_typer(access.token, name="token")
app.command()(status.status)
app.add_typer(target.target, name="target")
app.command()(backup.backup)
app.command()(backup.restore)
app.command()(backup.release)
app.add_typer(store.store, name="store")
app.command()(prune.prune)
app.command()(sandbox.sandbox)
app.command()(fault.fault)
app.command()(version)
