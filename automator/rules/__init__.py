"""Rules: reads rule files into a rule set, which decides about events and explains its decisions.

Other packages import from here; each folder is described in its `__init__.py`. Runs and the counts
of limits are in `automator.store`, which no code here uses. Open `matching/ruleset.py` first, or
`reading/load.py` for the way from a file to a rule.
"""

# mypy: implicit_reexport

from automator.rules.compiled.conditions import cancel_matches, reads_contact, vars_read_by
from automator.rules.compiled.event_facts import EventFacts, body_scope, event_scope
from automator.rules.compiled.rule import (
    CompiledRule,
    CompiledStep,
    rule_by_hand,
    says_to_person,
)
from automator.rules.explanation import (
    ConditionExplanation,
    Hints,
    RuleExplanation,
    as_json,
    explain_rule,
    listens,
    rule_matches,
)
from automator.rules.matching.decision import SHADOW, Decision, decide_rule
from automator.rules.matching.ruleset import RuleSet, unhandled_presses
from automator.rules.meaning.listening import misspelt_event
from automator.rules.meaning.subject import RuleContext
from automator.rules.reading.found_files import (
    RULE_FILE_ENDINGS,
    find_rule_files,
    is_rule_file,
    read_rule_files,
    with_included_files,
    with_test_files,
)
from automator.rules.reading.load import Loaded, digest_of, load_rules
from automator.rules.reading.read_file import RuleTest
from automator.rules.schema.arrival_sources import EVENT_FIELDS, ArrivalSource
from automator.rules.schema.rule_tests import (
    MATCHED,
    NO_MATCH,
    ExpectSource,
    FollowUpExpectation,
    RuleTestSource,
    StepExpectation,
    assumed_answer,
)
from automator.rules.templates.inputs import tracks_links
from automator.rules.templates.template_budget import Plain, Track, track_nothing
