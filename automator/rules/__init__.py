"""Rule files → a rule set; a rule set and an event → decisions and explanations."""

from automator.rules.compiled import CompiledRule, CompiledStep, cancel_matches
from automator.rules.load import Loaded, digest_of, load_rules, read_rule_files
from automator.rules.ruleset import RuleSet

__all__ = [
    "CompiledRule",
    "CompiledStep",
    "Loaded",
    "RuleSet",
    "cancel_matches",
    "digest_of",
    "load_rules",
    "read_rule_files",
]
