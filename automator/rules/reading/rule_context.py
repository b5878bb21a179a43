"""The context in which rule files are read: names they may use, and the abilities of platforms."""

from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from automator.configuration.time_intervals import TimeInterval
from automator.plugins import AnyAction
from automator.rules.meaning.subject import Abilities, Ids, KnownPaths, Policies, SeenHeaders


@dataclass(frozen=True, kw_only=True)
class RuleContext:
    """The names that rule files may refer to. None means unknown: such names are not checked."""

    actions: Mapping[str, AnyAction]
    #: The configured connections with their providers.
    connections: Mapping[str, str] | None = None
    #: The connections that write only through their accounts, with these accounts.
    accounts: Mapping[str, Collection[str]] = field(default_factory=dict)
    #: `vars` and `time_intervals` of automator.yaml.
    vars: Mapping[str, Any] = field(default_factory=dict)
    #: Whether `vars` is complete, so that other names are wrong; without automator.yaml it is not.
    knows_vars: bool = True
    time_intervals: Mapping[str, TimeInterval] | None = None
    #: The zone of schedules that name none; None = the zone of the language of rules.
    timezone: str | None = None
    #: The kinds of messages that each kind of provider can send.
    abilities: Abilities | None = None
    #: The paths in the samples of each type of event.
    known_paths: KnownPaths = field(default_factory=dict)
    #: The headers that rules see, by configured provider.
    headers: SeenHeaders = field(default_factory=dict)
    #: The types of events in the samples of each configured provider.
    event_types: Mapping[str, Collection[str]] = field(default_factory=dict)
    #: Whether the senders of a provider choose the names of their events; None = not known.
    own_names: Mapping[str, bool] | None = None
    #: The names of the targets of automator.yaml.
    targets: Collection[str] | None = None
    #: The names under `notify` of automator.yaml.
    receivers: Collection[str] | None = None
    #: The names under `secrets` of automator.yaml, with the hosts that each may go to.
    secrets: Mapping[str, Collection[str]] | None = None
    #: Whether automator.yaml has a `public_url`; None = not known.
    has_public_url: bool | None = None
    #: The messaging policies of the providers' platforms.
    policies: Policies = field(default_factory=dict)
    #: The form of the ids that the providers take as receivers.
    ids: Ids = field(default_factory=dict)
    #: Whether to look for valid rules that are most likely mistakes, which takes long.
    advises: bool = True
    #: The names of the samples that tests may use; None = they are not checked.
    samples: Collection[str] | None = None
    #: Values that a test assumes in place of all other `vars`.
    assumed: Mapping[str, Any] = field(default_factory=dict)
    #: Whether a test assumes that its people are in every rollout, or in none; None = neither.
    rollout: bool | None = None

    @cached_property
    def key(self) -> Hashable:
        """A key that is equal for all contexts in which every file has the same meaning."""
        known = (
            *(
                self.connections,
                _sorted(self.accounts),
                self.vars,
                self.knows_vars,
                self.time_intervals,
                self.timezone,
                self.has_public_url,
                self.policies,
            ),
            *(
                self.advises,
                self.ids,
                self.abilities,
                _sorted(self.known_paths),
                _sorted(self.headers),
            ),
            *(_sorted(self.event_types), self.own_names),
            *(sorted(self.targets or ()), self.targets is None),
            *(sorted(self.receivers or ()), self.receivers is None),
            self.secrets if self.secrets is None else _sorted(self.secrets),
            *(sorted(self.samples or ()), self.samples is None, self.assumed, self.rollout),
        )
        return tuple(self.actions.items()), repr(known)


def _sorted(collections: Mapping[str, Collection[str]]) -> dict[str, list[str]]:
    return {name: sorted(collection) for name, collection in collections.items()}
