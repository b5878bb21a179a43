"""All commands, in the order in which help lists them."""

import typer

from automator import __version__
from automator.cli.administration import access, backup, prune, store
from automator.cli.decisions import contact, limit, replay, run, target
from automator.cli.inspection import doctor, log, status, why
from automator.cli.serving import check, fault, sandbox, send, serve

app = typer.Typer(
    help="Rules for Facebook Pages and everything else that sends webhooks.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def version() -> None:
    """Print the version."""
    typer.echo(f"automator {__version__}")


app.command()(serve.serve)
app.command()(check.check)
app.command()(send.send)
app.command()(log.log)
app.command()(why.why)
app.command()(doctor.doctor)
app.command()(replay.replay)
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
