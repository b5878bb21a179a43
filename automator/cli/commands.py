"""All commands, in the order in which help lists them."""

import typer

from automator import __version__
from automator.cli.administration import access, backup, chat_link, profile, prune, store, subscribe
from automator.cli.decisions import (
    approvals,
    contact,
    contact_erase,
    contact_export,
    contact_notes,
    contact_write,
    limit,
    replay,
    run,
    take_again,
    target,
)
from automator.cli.inspection import answers, coverage, doctor, funnel, log, missed, status, why
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
from automator.cli.terminal.root import new_app

app = new_app()


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
app.command()(audience.audience)
app.command()(funnel.funnel)
app.command()(answers.answers)
app.command()(missed.missed)
app.command()(bundle.bundle)
app.command()(doctor.doctor)
app.command()(replay.replay)
app.command()(take_again.take_again)
app.add_typer(run.run, name="run")
contact.contact.command()(contact_notes.note)
contact.contact.command()(contact_write.write)
contact.contact.command()(contact_erase.erase)
contact.contact.command()(contact_erase.erasures)
contact.contact.command("export")(contact_export.export)
contact.contact.command("import")(contact_notes.import_contacts)
app.command()(approvals.approvals)
app.command()(approvals.approve)
app.command()(approvals.decline)
app.add_typer(contact.contact, name="contact")
app.add_typer(limit.limit, name="limit")
app.command()(access.link)
app.add_typer(access.account, name="account")
app.add_typer(access.token, name="token")
app.command()(status.status)
app.add_typer(target.target, name="target")
app.command()(subscribe.subscribe)
app.command()(profile.profile)
app.command()(chat_link.chat_link)
app.command()(backup.backup)
app.command()(backup.restore)
app.command()(backup.release)
app.add_typer(store.store, name="store")
app.command()(prune.prune)
app.command()(sandbox.sandbox)
app.command()(fault.fault)
app.command()(version)
