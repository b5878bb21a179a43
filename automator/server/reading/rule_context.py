"""Makes the context of rule files (the names that they may use) from a configuration."""

from collections.abc import Iterable

from automator.actions import builtin_actions
from automator.plugins import Provider
from automator.providers import BUILTIN, ProviderAttribute
from automator.providers.simulator import sample_names
from automator.rules import RuleContext
from automator.rules.assistance.completion import Knowledge
from automator.server.reading.config import Config
from automator.server.shared.sample_paths import sample_paths, sample_types


def rule_context_of(config: Config, *, is_configured: bool = True) -> RuleContext:
    """The names that rule files may refer to on a server with this configuration.

    Without automator.yaml (`is_configured` false), and while it has mistakes, nobody knows which
    connections, targets and time intervals will exist. Rules may then use any.
    """
    connections, settings = config.connections, config.settings
    is_configured = is_configured and config.is_whole
    return RuleContext(
        actions=builtin_actions(),
        connections={name: item.name for name, item in connections.items()}
        if is_configured
        else None,
        accounts={
            name: [account.connection for account in item.accounts]
            for name, item in connections.items()
            if item.accounts and not item.can_answer
        },
        vars=settings.vars,
        knows_vars=is_configured,
        time_intervals=settings.time_intervals if is_configured else None,
        timezone=settings.timezone,
        abilities=ProviderAttribute("can_send"),
        known_paths=sample_paths(connections),
        seen=_seen(connections.values()),
        event_types={item.name: sample_types(item) for item in connections.values()},
        event_names=ProviderAttribute("event_names"),
        own_names=ProviderAttribute("sender_names_events"),
        targets=frozenset(settings.targets) if is_configured else None,
        receivers=frozenset(settings.notify) if is_configured else None,
        secrets={name: item.hosts for name, item in settings.secrets.items()}
        if is_configured
        else None,
        has_public_url=bool(settings.public_url) if is_configured else None,
        has_model=settings.model is not None if is_configured else None,
        policies=ProviderAttribute("policy"),
        ids=ProviderAttribute("receivers"),
        samples=frozenset(sample_names()),
    )


def _seen(connections: Iterable[Provider]) -> dict[str, set[str]]:
    """The paths of requests that rules see, by provider, from all connections of the provider."""
    found: dict[str, set[str]] = {}
    for item in connections:
        shown = found.setdefault(item.name, set())
        shown.update(f"event.headers.{name}" for name in item.shown_headers)
        shown.update(f"event.request.{name}" for name in item.options.request)
    return found


def knowledge_of(config: Config, rule_context: RuleContext) -> Knowledge:
    """The names that completion offers on a server that has seen no events yet."""
    return Knowledge.of(
        rule_context.actions,
        connections=rule_context.connections or {},
        speaking=[
            name
            for name in rule_context.connections or {}
            if "message" in config.connections[name].can_send and name not in rule_context.accounts
        ],
        targets=sorted(config.settings.targets),
        receivers=sorted(config.settings.notify),
        time_intervals=sorted(config.settings.time_intervals),
        vars=config.settings.vars,
        providers=sorted(BUILTIN),
        samples=rule_context.known_paths,
    )
