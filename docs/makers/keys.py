"""The keys of automator.yaml and of rule files."""

from pydantic import BaseModel

from automator.configuration.settings import (
    Budgets,
    Egress,
    Ingress,
    Links,
    MissedBuyers,
    OpenIdSettings,
    Settings,
    SiteVerification,
)
from automator.configuration.storage import Backup, Disk, Log, Retention
from automator.configuration.target import ClientCredentials, Model, RuleSecret, Target, Traces
from automator.configuration.time_intervals import TimeInterval
from automator.plugins import ConnectionOptions, OwnAnswer
from automator.providers import generic as generic_options
from automator.rules.schema import arrival_sources, rule_file, rule_tests
from automator.rules.schema.old_spellings import OLD_SPELLINGS
from docs.makers.models import table

#: The tables of keys that pages name, by their names there.
_MODELS: dict[str, type[BaseModel]] = {
    "Settings": Settings,
    "RuleSecret": RuleSecret,
    "Target": Target,
    "ClientCredentials": ClientCredentials,
    "Backup": Backup,
    "Budgets": Budgets,
    "Disk": Disk,
    "Links": Links,
    "Log": Log,
    "MissedBuyers": MissedBuyers,
    "OpenIdSettings": OpenIdSettings,
    "Retention": Retention,
    "Egress": Egress,
    "Model": Model,
    "Traces": Traces,
    "Ingress": Ingress,
    "SiteVerification": SiteVerification,
    "TimeInterval": TimeInterval,
    "Connection": ConnectionOptions,
    "OwnAnswer": OwnAnswer,
    "HmacCheck": generic_options.HmacCheck,
    "TokenCheck": generic_options.TokenCheck,
    "BasicCheck": generic_options.BasicCheck,
    "EventFields": generic_options.EventFields,
    "RuleFile": rule_file.RuleFileSource,
    "Intent": rule_file.IntentSource,
    "Rule": rule_file.RuleSource,
    "PauseOn": rule_file.PauseOnSource,
    "Rollout": rule_file.RolloutSource,
    "Trigger": rule_file.TriggerSource,
    "Schedule": rule_file.ScheduleSource,
    "Audience": rule_file.AudienceSource,
    "Both": rule_file.BothSource,
    "Absence": rule_file.AbsenceSource,
    "Limits": rule_file.LimitsSource,
    "Once": rule_file.OnceSource,
    "Throttle": rule_file.ThrottleSource,
    "Debounce": rule_file.DebounceSource,
    "Concurrency": rule_file.ConcurrencySource,
    "Step": rule_file.StepSource,
    "Snippet": rule_file.SnippetSource,
    "Defaults": rule_file.DefaultsSource,
    "Use": rule_file.UseSource,
    "Retry": rule_file.RetrySource,
    "CancelOn": rule_file.CancelOnSource,
    "RuleTest": rule_tests.RuleTestSource,
    "Given": rule_tests.GivenSource,
    "GivenContact": rule_tests.ContactSource,
    "Arrival": arrival_sources.TestArrivalSource,
    "Expect": rule_tests.ExpectSource,
    "ExpectedStep": rule_tests.StepExpectation,
    "ExpectedFollowUp": rule_tests.FollowUpExpectation,
    "ExpectedSent": rule_tests.SentExpectation,
    "ExpectedLine": rule_tests.LineExpectation,
}


def keys_table(name: str) -> str:
    """The table of the keys of one part of a file."""
    return table(_MODELS[name])


_WHERE = {
    "event": "an event of a test",
    "expected": "an expected action of a test",
    "rule": "a rule",
    "step": "a step",
    "test": "a test",
}


def old_spellings_table(_name: str) -> str:
    """The table of old spellings, with the new ones."""
    rows = ["| in | old | new |", "|---|---|---|"]
    for one in OLD_SPELLINGS:
        where = _WHERE.get(one.where, f"`{one.where}`")
        rows.append(f"| {where} | `{one.old}` | {f'`{one.new}`' if one.new else 'left out'} |")
    return "\n".join(rows)
