"""Actions, providers and the services of `notify`."""

import inspect
from collections.abc import Iterator

from automator.actions import BUILTIN as ACTIONS
from automator.actions.notify_services import SERVICES, Service
from automator.language import ENGLISH, Translator
from automator.plugins import AnyAction, ConnectionOptions, Provider
from automator.providers import BUILTIN as PROVIDERS
from automator.providers.simulator import sample_names
from automator.sandbox import FAULTS
from docs.makers.models import rows, table

_ENGLISH = Translator(ENGLISH)


def action_text(name: str) -> str:
    """The docstring of an action and the table of its inputs."""
    action: AnyAction = {action.name: action for action in ACTIONS}[name]
    lines = [inspect.getdoc(type(action)) or ""]
    if action.shorthand:
        lines += ["", f"A plain text stands for `{action.shorthand}`."]
    if not action.inputs_model.model_fields:
        return "\n".join([*lines, "", "It takes no fixed inputs."])
    return "\n".join([*lines, "", table(action.inputs_model)])


def provider_text(name: str) -> str:
    """The kinds that a provider can send, its options, its samples and its frequent mistakes."""
    provider: type[Provider] = PROVIDERS[name]
    can = ", ".join(f"`{kind}`" for kind in sorted(provider.can_send)) or "nothing"
    table = "\n".join(
        row
        for row in rows(provider.options_model)
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


def services_table(_: str) -> str:
    """The services of `notify`; a scheme with an `s` is the same over TLS."""
    schemes: dict[Service, list[str]] = {}
    for scheme, service in SERVICES.items():
        schemes.setdefault(service, []).append(f"`{scheme}://`")
    lines = ["| begins with | for example | behind `?` |", "|---|---|---|"]
    for service, names in schemes.items():
        keys = ", ".join(f"`{key}`" for key in sorted(service.keys))
        lines.append(f"| {', '.join(names)} | `{service.example}` | {keys} |")
    return "\n".join(lines)
