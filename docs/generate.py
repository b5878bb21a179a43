"""Writes the parts of the reference that come from the code.

They stand between `<!-- generated: NAME -->` and `<!-- end -->`; everything else is written by
people and stays. `python docs/generate.py` writes them; a test says when they are out of date.
"""

import inspect
import pkgutil
import re
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType, NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import typer.main
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from automator import reasons
from automator.actions import BUILTIN as ACTIONS
from automator.actions.notifying.services import SERVICES, Service
from automator.cli.commands import app
from automator.cli.terminal.command_list import panels_of
from automator.conditions import FUNCTIONS
from automator.configuration.secrets import Secret
from automator.configuration.settings import (
    Budgets,
    Egress,
    Ingress,
    Links,
    MissedBuyers,
    Settings,
    SiteVerification,
)
from automator.configuration.storage import Backup, Disk, Retention
from automator.configuration.target import Target, Traces
from automator.configuration.time_intervals import TimeInterval
from automator.configuration.values import Duration, Expected, KeptFor, Rate
from automator.engine.figures.buying_signs import BUYING_SIGNS
from automator.language import ENGLISH, Translator
from automator.lifecycle import TABLE, Count, Move, Said
from automator.model import Waits
from automator.plugins import AnyAction, ConnectionOptions, Provider
from automator.providers import BUILTIN as PROVIDERS
from automator.providers.generic import options as generic_options
from automator.providers.simulator import sample_names
from automator.rules.schema import arrivals, limits, rule_file, rule_tests, triggers
from automator.sandbox import FAULTS
from automator.server.api.routes import api_routes
from automator.server.description.document import describe
from automator.server.tryout.previews import Previews

REFERENCE = Path(__file__).parent / "reference"
_PART = re.compile(
    r"(?P<begin><!-- generated: (?P<name>[\w.-]+) -->\n).*?(?P<end><!-- end -->)", re.DOTALL
)
_ENGLISH = Translator(ENGLISH)
_DURATION = get_args(Duration)[1]
_RATE = get_args(Rate)[1]
_KEPT_FOR = get_args(KeptFor)[1]
_EXPECTED = get_args(Expected)[1]
#: The constraints that tell these types from plain numbers → in words.
_WRITTEN = {
    _DURATION: "duration",
    _RATE: "rate",
    _KEPT_FOR: "duration or `never`",
    _EXPECTED: "`every` and a duration, or `never`",
}
_WORDS: dict[Any, str] = {
    str: "text",
    bool: "true or false",
    int: "whole number",
    float: "number",
    Any: "any data",
    Secret: "secret",
}


def filled(text: str) -> str:
    """A page with its generated parts written anew.

    Raises:
        KeyError: the page names a part that nothing makes.
    """
    return _PART.sub(lambda part: f"{part['begin']}{_made(part['name'])}\n{part['end']}", text)


def pages() -> list[Path]:
    """Every page of the reference."""
    return sorted(REFERENCE.glob("*.md"))


def _made(name: str) -> str:
    kind, _, which = name.partition(".")
    return _MAKERS[kind](which)


# --- Models ---


def described(annotation: Any, metadata: list[Any] | None = None) -> str:
    """The allowed values of a type, in words."""
    for mark, words in _WRITTEN.items():
        if metadata and mark in metadata:
            return words
    if hasattr(annotation, "__metadata__"):
        return described(annotation.__origin__, list(annotation.__metadata__))
    if get_origin(annotation) is not None:
        return _described_generic(get_origin(annotation), get_args(annotation))
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        return "mapping"
    return _WORDS.get(annotation, "text")


def _described_generic(origin: Any, arguments: tuple[Any, ...]) -> str:
    if origin in (Union, UnionType):
        kinds = [described(item) for item in arguments if item is not NoneType]
        return " or ".join(dict.fromkeys(kinds))
    if origin is Literal:
        return " or ".join(f"`{item}`" for item in arguments)
    if origin is dict:
        return "mapping"
    if arguments[0] is Secret:
        return "secret, or a list of them"
    return f"list of {described(arguments[0])}"


def _rows(model: type[BaseModel]) -> Iterator[str]:
    yield "| key | what it takes | default | |"
    yield "|---|---|---|---|"
    for name, field in model.model_fields.items():
        kind = described(field.annotation, field.metadata)
        label = field.alias or name
        yield f"| `{label}` | {kind} | {_default(field)} | {_cell(field.description or '')} |"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**needed**"
    value = field.get_default(call_default_factory=True)
    if value is None or value in ("", (), {}, []) or isinstance(value, BaseModel):
        return ""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if field.metadata and _KEPT_FOR in field.metadata:
        return f"`{value / 86_400:g}d`"
    if field.metadata and _DURATION in field.metadata:
        return f"`{value:g}s`"
    return f"`{value}`"


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def _table(model: type[BaseModel]) -> str:
    return "\n".join(_rows(model))


# --- What the parts are made of ---


def _action(name: str) -> str:
    action: AnyAction = {action.name: action for action in ACTIONS}[name]
    lines = [inspect.getdoc(type(action)) or ""]
    if action.shorthand:
        lines += ["", f"A plain text stands for `{action.shorthand}`."]
    if not action.inputs_model.model_fields:
        return "\n".join([*lines, "", "It takes no fixed inputs."])
    return "\n".join([*lines, "", _table(action.inputs_model)])


def _provider(name: str) -> str:
    provider: type[Provider] = PROVIDERS[name]
    can = ", ".join(f"`{kind}`" for kind in sorted(provider.can_send)) or "nothing"
    table = "\n".join(
        row
        for row in _rows(provider.options_model)
        if not any(row.startswith(f"| `{key}`") for key in ConnectionOptions.model_fields)
    )
    parts = [f"What it can send: {can}.", table, *_try_it(provider), *_mistakes(provider)]
    return "\n\n".join(parts)


def _try_it(provider: type[Provider]) -> Iterator[str]:
    names = sample_names(provider.name)
    if names:
        yield f"Samples, to be sent without an account: `automator send {provider.name}`."
    if provider.name in FAULTS:
        errors = ", ".join(f"`{error}`" for error in FAULTS[provider.name])
        yield f"What `automator fault {provider.name} …` lets go wrong: {errors}."


def _mistakes(provider: type[Provider]) -> Iterator[str]:
    """The doctor's first advice for a refused delivery whose bytes show no cause."""
    if provider.common_mistakes:
        lines = [f"- {_ENGLISH.say(mistake)}" for mistake in provider.common_mistakes]
        yield "\n".join(["When deliveries are refused, the doctor reminds of this:", "", *lines])


def _model(name: str) -> str:
    models: dict[str, type[BaseModel]] = {
        "Settings": Settings,
        "Target": Target,
        "Backup": Backup,
        "Budgets": Budgets,
        "Disk": Disk,
        "Links": Links,
        "MissedBuyers": MissedBuyers,
        "Retention": Retention,
        "Egress": Egress,
        "Traces": Traces,
        "Ingress": Ingress,
        "SiteVerification": SiteVerification,
        "TimeInterval": TimeInterval,
        "Connection": ConnectionOptions,
        "HmacCheck": generic_options.HmacCheck,
        "TokenCheck": generic_options.TokenCheck,
        "BasicCheck": generic_options.BasicCheck,
        "EventFields": generic_options.EventFields,
        "RuleFile": rule_file.RuleFileSource,
        "Rule": rule_file.RuleSource,
        "PauseOn": rule_file.PauseOnSource,
        "Rollout": rule_file.RolloutSource,
        "Trigger": triggers.TriggerSource,
        "Schedule": triggers.ScheduleSource,
        "Audience": triggers.AudienceSource,
        "Absence": triggers.AbsenceSource,
        "Limits": limits.LimitsSource,
        "Once": limits.OnceSource,
        "Throttle": limits.ThrottleSource,
        "Debounce": limits.DebounceSource,
        "Concurrency": limits.ConcurrencySource,
        "Step": rule_file.StepSource,
        "Retry": rule_file.RetrySource,
        "CancelOn": rule_file.CancelOnSource,
        "RuleTest": rule_tests.RuleTestSource,
        "Given": rule_tests.GivenSource,
        "GivenContact": rule_tests.ContactSource,
        "KnownContact": rule_tests.KnownContactSource,
        "Arrival": arrivals.TestArrivalSource,
        "Expect": rule_tests.ExpectSource,
        "ExpectedStep": rule_tests.StepExpectation,
        "ExpectedFollowUp": rule_tests.FollowUpExpectation,
    }
    return _table(models[name])


def _services(_: str) -> str:
    """The services of `notify`; a scheme with an `s` is the same over TLS."""
    schemes: dict[Service, list[str]] = {}
    for scheme, service in SERVICES.items():
        schemes.setdefault(service, []).append(f"`{scheme}://`")
    lines = ["| begins with | for example | behind `?` |", "|---|---|---|"]
    for service, names in schemes.items():
        keys = ", ".join(f"`{key}`" for key in sorted(service.keys))
        lines.append(f"| {', '.join(names)} | `{service.example}` | {keys} |")
    return "\n".join(lines)


def _buying_signs(_: str) -> str:
    rows = [f"| `{name}` | `{_cell(text)}` |" for name, text in BUYING_SIGNS.items()]
    return "\n".join(["| sign | condition |", "|---|---|", *rows])


def _functions(_: str) -> str:
    rows = [f"| `{item.usage}` | {_cell(item.summary)} |" for item in FUNCTIONS.values()]
    return "\n".join(["| function | gives |", "|---|---|", *sorted(rows)])


#: Modules without reasons, and the problems of files, which have a page of their own.
_NO_REASONS = ("automator.reasons.kind", "automator.reasons.problems.")


def _reasons(_: str) -> str:
    return "\n\n".join(
        _reason_section(import_module(module.name))
        for module in pkgutil.walk_packages(reasons.__path__, "automator.reasons.")
        if not module.ispkg and not module.name.startswith(_NO_REASONS)
    )


def _problems(_: str) -> str:
    """The sentence and the fix of every problem of a file, by its code."""
    rows = sorted(
        f"| `{kind.problem_code}` | `{kind.code}` | {_said_and_done(kind)} |"
        for kind in reasons.kinds().values()
        if kind.problem_code
    )
    header = ["| code | reason | sentence | fix |", "|---|---|---|---|"]
    return "\n".join([*header, *rows])


def _reason_section(module: ModuleType) -> str:
    """The reasons of one subject; the title is the first line of its file."""
    rows = [
        f"| `{kind.code}` | {_said_and_done(kind)} |"
        for kind in vars(module).values()
        if isinstance(kind, reasons.ReasonKind)
    ]
    title = (inspect.getdoc(module) or "").partition("\n")[0].rstrip(".")
    return "\n".join(
        [f"## {title}", "", "| code | sentence | what to do |", "|---|---|---|", *rows]
    )


def _said_and_done(kind: reasons.ReasonKind) -> str:
    return f"{_with_names(kind.text)} | {_with_names(kind.advice)}"


def _with_names(text: str) -> str:
    """A sentence with the names of its values, without their kinds."""
    named = re.sub(r"(?<!\{)\{(\w+)(:\w+)?\}", r"*\1*", text)
    return _cell(named.replace("{{", "{").replace("}}", "}"))


def all_commands() -> list[tuple[str, Any]]:
    """Every command that does something, with the words that call it."""
    return list(_commands_below(typer.main.get_command(app), "automator"))


def _commands_below(command: Any, path: str) -> Iterator[tuple[str, Any]]:
    inner = getattr(command, "commands", None)
    if inner is None:
        yield path, command
        return
    for name, below in inner.items():
        yield from _commands_below(below, f"{path} {name}")


def _cli(_: str) -> str:
    parts = []
    for panel, commands in panels_of(typer.main.get_command(app)).items():
        parts.append(f"## {panel}\n")
        for name, command in commands:
            below = _commands_below(command, f"automator {name}")
            parts += [_command_section(path, inner) for path, inner in below]
    return "\n".join(parts)


def _command_section(path: str, command: Any) -> str:
    arguments = [_argument(p) for p in command.params if p.param_type_name == "argument"]
    lines = [f"### `{' '.join([path, *arguments])}`", "", inspect.cleandoc(command.help)]
    rows = [_parameter_row(p) for p in command.params if p.name != "help"]
    if rows:
        lines += ["", "| | |", "|---|---|", *rows]
    return "\n".join([*lines, ""])


def _argument(parameter: Any) -> str:
    name = parameter.metavar or str(parameter.name).upper()
    many = f"{name}…" if parameter.nargs == -1 else name
    return many if parameter.required else f"[{many}]"


def _parameter_row(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        label = parameter.metavar or str(parameter.name).upper()
    else:
        label = ", ".join(parameter.opts)
    default = parameter.default
    shown = (
        f" Default: `{default}`."
        if parameter.show_default and default not in (None, False, (), [])
        else ""
    )
    return f"| `{label}` | {_cell(parameter.help or '')}{shown} |"


# --- Runs ---

_COUNTS = {
    Count.KEPT: "",
    Count.PLUS: "counted",
    Count.MINUS: "not counted",
    Count.FIRST: "1",
    Count.ZERO: "0",
}
_REASONS = {Said.KEPT: "as before", Said.GIVEN: "what has happened", Said.NONE: "none"}


def _runs(which: str) -> str:
    return _diagram() if which == "diagram" else _moves()


#: The cause for which a run waits, as in the table.
_WAITS = {
    Waits.TIME: "its time",
    Waits.OPENING: "the opening of its calendar",
    Waits.ABSENCE: "the end of its `within`",
    Waits.QUIET: "a while without events that it collects",
    Waits.PLACE: "its place in `concurrency`",
    Waits.RETRY: "its next attempt",
    Waits.ECHO: "the echo of what was said, or its next attempt",
    Waits.PROOF: "the echo of what was said, or the end of its step",
    Waits.BUDGET: "its moment in a budget",
    Waits.TARGET: "its target",
    Waits.ANSWER: "the answer to its question",
    Waits.APPROVAL: "somebody who approves it",
    Waits.COLLEAGUE: "the end of a pause",
    Waits.REST: "a rest after a crash",
}


def _diagram() -> str:
    """The states as a Mermaid diagram; one arrow for all moves between the same two states."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for move in TABLE:
        for source in move.sources:
            if source is not move.to:
                begin = "[*]" if source is None else source.label
                arrows.setdefault((begin, move.to.label), []).append(move.on.value)
    lines = ["stateDiagram-v2"]
    for (source, to), on in arrows.items():
        lines.append(f"{source} --> {to}: {'<br>'.join(dict.fromkeys(on))}")
    indented = "\n    ".join(lines)
    return f"```mermaid\n{indented}\n```"


def _moves() -> str:
    head = ("What happens", "and", "From", "To", "Attempt", "Reason", "Then")
    rows = [head, ("---",) * len(head), *map(_move_cells, TABLE)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _move_cells(move: Move) -> tuple[str, ...]:
    reason = move.reason
    then = "" if move.then is None else move.then.value
    return (
        move.on.value,
        ", ".join(sorted(move.when)),
        ", ".join("not stored" if state is None else state.label for state in move.sources),
        move.to.label,
        _COUNTS[move.attempt],
        _REASONS[reason] if isinstance(reason, Said) else f"`{reason.code}`",
        f"waits for {_WAITS[move.waits]}" if move.waits is not None else then,
    )


def _api(_which: str) -> str:
    """The bodies of calls, as the description of the API has them."""
    description = describe(api_routes(Previews()))
    shapes = description["components"]["schemas"]
    lines = ["| call | fields of its body |", "|---|---|"]
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            if "requestBody" in operation:
                content = operation["requestBody"]["content"]["application/json"]
                shape = shapes[content["schema"]["$ref"].rpartition("/")[2]]
                lines.append(f"| `{method.upper()} {path}` | {_fields(shape)} |")
    return "\n".join(lines)


def _fields(shape: dict[str, Any]) -> str:
    needed = shape.get("required", ())
    return "; ".join(
        f"`{name}`{'*' if name in needed else ''} {_in_words(value)}"
        for name, value in shape["properties"].items()
    )


def _in_words(value: dict[str, Any]) -> str:
    """A JSON Schema in words, with its bounds."""
    if "anyOf" in value:
        kinds = [_in_words(one) for one in value["anyOf"] if one.get("type") != "null"]
        return " or ".join(dict.fromkeys(kinds))
    if "enum" in value:
        return ", ".join(f"`{word}`" for word in value["enum"])
    if "const" in value:
        return f"`{value['const']}`"
    kind = _JSON_KINDS.get(value.get("type", "object" if "$ref" in value else ""), "any data")
    least = value.get("minimum", value.get("minLength", value.get("minItems")))
    most = value.get("maximum", value.get("maxLength", value.get("maxItems")))
    if most is None:
        return kind
    return f"{kind}, {f'{least} to {most:,}' if least is not None else f'{most:,} at most'}"


_JSON_KINDS = {
    "string": "text",
    "integer": "whole number",
    "boolean": "true or false",
    "array": "list",
    "object": "object",
}

_MAKERS: dict[str, Callable[[str], str]] = {
    "action": _action,
    "provider": _provider,
    "model": _model,
    "services": _services,
    "functions": _functions,
    "buying_signs": _buying_signs,
    "cli": _cli,
    "problems": _problems,
    "reasons": _reasons,
    "runs": _runs,
    "api": _api,
}


if __name__ == "__main__":
    for page in pages():
        page.write_text(filled(page.read_text(encoding="utf-8")), encoding="utf-8")
    sys.stdout.write(f"{len(pages())} pages are up to date\n")
