"""`automator send`: posts a sample of a provider, signed as the real sender would sign it."""

import asyncio
import json
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from automator.cli.terminal import WORKING
from automator.cli.terminal.options import Config, Data, Json
from automator.cli.terminal.output import TRANSLATOR, say, say_json, table
from automator.cli.terminal.paths import data_folder, find_config
from automator.cli.terminal.running_server import require_server
from automator.model import N_, AutomatorError, NotFoundError, UsageError

if WORKING:
    from automator.cli.terminal.send_samples import SampleToSend, Tally, send_each, send_many
    from automator.plugins import Provider
    from automator.providers.simulator import describe_sample, sample_names
    from automator.server.reading.config import load_config

_NO_SERVER = N_(
    "Start one with `automator serve`; of one that runs, name its folder with --data, or its "
    "address with --url."
)

Sample = Annotated[
    str | None,
    typer.Argument(
        help="A sample's name, as in facebook/comment.created; a provider's, for all of them."
    ),
]
ListSamples = Annotated[bool, typer.Option("--list", help="List the samples.")]
Text = Annotated[str | None, typer.Option(help="What the person wrote.")]
Actor = Annotated[str | None, typer.Option(help="The id of the person.")]
Change = Annotated[
    list[str] | None,
    typer.Option("--set", help="Change one value: event.data.item=photo. May be repeated."),
]
Connection = Annotated[
    str | None, typer.Option(help="The connection; the first of the sample's provider.")
]
Url = Annotated[
    str | None, typer.Option(help="The server's address; the one that runs on this machine.")
]
Count = Annotated[int, typer.Option(help="How many deliveries.", min=1, max=1_000_000)]
Rate = Annotated[float | None, typer.Option(help="Deliveries a second, at most.", min=0.1)]


def send(
    sample: Sample = None,
    list_samples: ListSamples = False,
    text: Text = None,
    actor: Actor = None,
    change: Change = None,
    connection: Connection = None,
    url: Url = None,
    count: Count = 1,
    rate: Rate = None,
    config: Config = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Send a sample event to the server, signed as its provider would sign it."""
    if list_samples:
        say(samples_text())
        return
    names = samples_meant(sample)
    if len(names) > 1 and (text is not None or actor is not None or change or count > 1):
        raise _for_one_sample(sample, names)
    folder = data_folder(data)
    address = url or require_server(folder, fix=_NO_SERVER).url
    config = find_config(config)
    loaded = load_config(config, folder, config is None, url=address).require()
    _, provider = choose(loaded.connections, names[0], connection)
    provider = provider.of_first_account
    hook = f"{address.rstrip('/')}/hooks/{provider.hook}"
    changes = dict(parse_change(item) for item in change or ())
    wanted = [SampleToSend(item, provider, hook, text, actor, changes) for item in names]
    if len(names) > 1:
        answers = asyncio.run(send_each(wanted))
        say_each(dict(zip(names, answers, strict=True)), as_json=as_json)
    elif count == 1:
        say_one(asyncio.run(send_each(wanted))[0], as_json=as_json)
    else:
        say_many(asyncio.run(send_many(wanted[0], count, rate)), as_json=as_json)


def _for_one_sample(sample: str | None, names: list[str]) -> UsageError:
    return UsageError(
        N_("--text, --actor, --set and --count are for one sample, and {sample} has {count}"),
        fix=N_("Name one, as in {first}."),
        sample=sample,
        count=len(names),
        first=names[0],
    )


def samples_meant(text: str | None) -> list[str]:
    """The sample with this name, or every sample of the provider with this name.

    Raises:
        NotFoundError: no sample and no provider has this name.
        UsageError: no name is given.
    """
    if text is None:
        raise UsageError(N_("which sample?"), fix=N_("automator send --list shows them all."))
    names = [name for name in sample_names() if name.startswith(f"{text}/")]
    if not names:
        describe_sample(text)  # Raises when there is no such sample.
    return names or [text]


def samples_text() -> str:
    """A table of all samples with their descriptions."""
    rows = [[name, TRANSLATOR(describe_sample(name))] for name in sample_names()]
    return table(rows, [TRANSLATOR(N_("sample")), ""])


def parse_change(text: str, option: str = "--set") -> tuple[str, Any]:
    """Reads `path=value`; the value is JSON if it can be read as JSON, and else text.

    Raises:
        UsageError: the text has no `=`, or no path before it.
    """
    path, mark, value = text.partition("=")
    if not mark or not path.strip():
        raise UsageError(
            N_("{option} {text} names no value"),
            fix=N_("Write name=value: {option} size=M"),
            option=option,
            text=text,
        )
    try:
        return path.strip(), json.loads(value)
    except json.JSONDecodeError:
        return path.strip(), value


def choose(
    connections: "Mapping[str, Provider]", sample: str, wanted: str | None
) -> "tuple[str, Provider]":
    """The connection for a sample: the wanted connection, or the first with the right provider.

    Raises:
        NotFoundError: there is no such connection.
    """
    kind = sample.partition("/")[0]
    fitting = {name: item for name, item in connections.items() if item.name == kind}
    name = wanted or next(iter(fitting), None)
    if name in fitting:
        return name, fitting[name]
    raise NotFoundError(
        N_("there is no connection '{wanted}' for samples of {kind}")
        if wanted
        else N_("no connection has the provider '{kind}'"),
        fix=N_("The connections are: {connections:list}.") if connections else "",
        wanted=wanted,
        kind=kind,
        connections=list(connections),
    )


def say_one(answer: Mapping[str, Any], *, as_json: bool) -> None:
    """Prints the stored delivery and events, and the command that shows their runs."""
    if as_json:
        say_json(answer)
        return
    if "delivery" not in answer:
        # The answer has the form of the provider, which does not name the stored events.
        say(TRANSLATOR(N_("✓ stored\n\nNext: {command}"), command="automator log"))
        return
    events = answer.get("events", [])
    lines = [
        TRANSLATOR(N_("✓ stored as delivery {id}"), id=answer["delivery"]),
        *(f"  {TRANSLATOR(N_('event {id}'), id=event)}" for event in events),
    ]
    if events:
        lines += ["", TRANSLATOR(N_("Next: {command}"), command=f"automator why {events[0]}")]
    say("\n".join(lines))


def say_each(answers: Mapping[str, Mapping[str, Any]], *, as_json: bool) -> None:
    """Prints a line for each sample, with the events that the server stored for it."""
    if as_json:
        say_json([{"sample": name, **answer} for name, answer in answers.items()])
        return
    rows = [[f"✓ {name}", _events_of(answer)] for name, answer in answers.items()]
    say(table(rows, [TRANSLATOR(N_("sample")), TRANSLATOR(N_("event"))]))


def _events_of(answer: Mapping[str, Any]) -> str:
    if "delivery" not in answer:
        return TRANSLATOR(N_("stored; the answer is in the sender's own words"))
    return ", ".join(answer.get("events", [])) or TRANSLATOR(N_("nothing that is an event"))


def say_many(tally: "Tally", *, as_json: bool) -> None:
    """Prints the number and rate of acknowledged deliveries, and the failures by kind.

    Raises:
        AutomatorError: some deliveries were not acknowledged.
    """
    if as_json:
        say_json(
            {
                "acknowledged": tally.acknowledged,
                "failed": tally.failed,
                "seconds": round(tally.seconds, 3),
                "failures": dict(tally.failures),
            }
        )
    else:
        say(
            TRANSLATOR(
                N_("{count:number} acknowledged in {seconds:number} s ({speed:number}/s)"),
                count=tally.acknowledged,
                seconds=round(tally.seconds, 1),
                speed=round(tally.acknowledged / max(tally.seconds, 0.001)),
            )
        )
    if tally.failed:
        kinds = "\n".join(f"  {count:,} × {why}" for why, count in tally.failures.most_common(5))
        raise AutomatorError(
            N_("{failed:number} were not acknowledged:\n{kinds}"),
            fix=N_("Look at the page of deliveries, and at the output of the server."),
            failed=tally.failed,
            kinds=kinds,
        )
