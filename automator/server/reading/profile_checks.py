"""Finds profiles that no token can set, and presses that no rule answers."""

from collections.abc import Mapping, Sequence

from automator.files import LoadedSettings
from automator.model import Problem, Severity, record
from automator.plugins import Press, Provider
from automator.reasons.problems.configuration.connections import (
    option_command_unanswered,
    option_press_unanswered,
    option_profile_without_token,
)
from automator.rules import Loaded, unhandled_presses


@record(kw_only=False)
class WrittenPress:
    """A press of a profile in automator.yaml, with the problem to report if no rule answers it."""

    provider: Provider
    press: Press
    problem: Problem


def profiles_without_token(
    loaded: LoadedSettings, connections: Mapping[str, Provider]
) -> list[Problem]:
    """Warns of profiles in the file that no token of their connection can set."""
    return [
        loaded.problem_of_key(
            ("connections", name, "profile"),
            option_profile_without_token(connection=name),
            Severity.WARNING,
        )
        for name, provider in connections.items()
        if getattr(provider.options, "profile", None) is not None
        and all(item.profile is None for item in (provider, *provider.accounts))
    ]


def written_presses(
    loaded: LoadedSettings, connections: Mapping[str, Provider]
) -> tuple[WrittenPress, ...]:
    """All presses in the profiles of a file."""
    found = []
    for name, provider in connections.items():
        for press in provider.presses:
            path = ("connections", name, "profile", *press.path)
            kind = option_command_unanswered if press.kind == "command" else option_press_unanswered
            reason = kind(title=press.title, payload=press.payload, connection=name)
            problem = loaded.problem(path, reason, Severity.WARNING)
            found.append(WrittenPress(provider, press, problem))
    return tuple(found)


def unanswered(presses: Sequence[WrittenPress], rules: Loaded) -> list[Problem]:
    """Warns of presses that no rule takes; not while some rules cannot be read."""
    rule_set = rules.rule_set
    if rules.refused or rule_set.unread:
        return []
    untaken = {
        name: unhandled_presses(rule_set, provider)
        for name, provider in {one.provider.connection: one.provider for one in presses}.items()
    }
    return [one.problem for one in presses if one.press in untaken[one.provider.connection]]
