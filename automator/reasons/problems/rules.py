"""Problems of a rule in good YAML: its actions, names, conditions and limits."""

from automator.model import N_
from automator.reasons.kind import problem_kind, reason_kind

NOT_A_RULE = problem_kind(
    "rule_not_a_rule",
    "wrong-kind",
    N_("a rule is a mapping with an id, and this is {found}"),
    N_("begin it with '- id: …'."),
)
NOT_AN_ACTION = problem_kind(
    "rule_not_an_action",
    "wrong-kind",
    N_("an action is a mapping such as 'reply: …', and this is {found}"),
    N_("{suggestion}"),
)
NOT_A_CONDITION = problem_kind(
    "rule_not_a_condition",
    "wrong-kind",
    N_("a condition is a text or a mapping, and this is {found}"),
    N_("write an expression, as in: event.text != null"),
)
NOT_CONDITIONS = problem_kind(
    "rule_not_conditions",
    "wrong-kind",
    N_("'{kind}' needs a list of conditions"),
    N_("write each on a line of its own, after '- '."),
)
NOT_ACTIONS = problem_kind(
    "rule_not_actions",
    "wrong-kind",
    N_("'actions' is a list of actions, and this is {found}"),
    N_("write each action on a line of its own, after '- '."),
)
CONDITION_WITHOUT_KEY = problem_kind(
    "rule_condition_without_key",
    "unknown-key",
    N_("a condition has no '{key}'"),
    N_("{suggestion}"),
)
KEY_BESIDE_GROUP = problem_kind(
    "rule_key_beside_group",
    "unknown-key",
    N_("'{key}' cannot stand beside '{group}'"),
    N_("begin a new item with '- '."),
)
TWO_ACTIONS = problem_kind(
    "rule_two_actions",
    "two-actions",
    N_("'{key}' and '{action}' cannot be in one item"),
    N_("begin a new item: '- {nearest}: …'."),
)
KEY_OUTSIDE_ACTION = problem_kind(
    "rule_key_outside_action",
    "unknown-key",
    N_("'{key}' belongs to '{action}', and stands beside it"),
    N_("indent it two spaces more, so that it stands below '{action}:'."),
)
UNKNOWN_KEY_BESIDE_ACTION = problem_kind(
    "rule_unknown_key_beside_action",
    "unknown-key",
    N_("an action has no '{key}' beside it"),
    N_("{suggestion}"),
)
UNKNOWN_ACTION = problem_kind(
    "rule_unknown_action", "unknown-action", N_("there is no action '{key}'"), N_("{suggestion}")
)
MISSING_ACTION = problem_kind(
    "rule_missing_action",
    "missing-action",
    N_("this item names no action"),
    N_("add one of: {known:list}."),
)
STEP_ID_TAKEN = problem_kind(
    "rule_step_id_taken",
    "duplicate-id",
    N_("the id '{id}' is already taken within this rule"),
    N_("choose another id."),
)
RULE_ID_TAKEN = problem_kind(
    "rule_id_taken",
    "duplicate-id",
    N_("two rules have the id '{id}': this one and the one in {file}:{line}"),
    N_("give one of the two another id."),
)
RULE_ID_TAKEN_IN_FORCE = problem_kind(
    "rule_id_taken_in_force",
    "duplicate-id",
    N_("the id '{id}' is already taken by the version of {file} that is in force, in line {line}"),
    N_("choose another id."),
)
FOLLOW_UPS_TOO_DEEP = problem_kind(
    "rule_follow_ups_too_deep",
    "too-deep",
    N_("follow-ups stand at most {most} deep inside one another"),
    N_("put the rest into a rule of its own."),
)
ASKS_AFTER_ERROR = problem_kind(
    "rule_asks_after_error",
    "wrong-place",
    N_("on_error cannot ask: nothing would wait for the answer"),
    N_("write a message, and a rule of its own that asks."),
)
QUESTION_TO_APPROVE = problem_kind(
    "rule_question_to_approve",
    "wrong-place",
    N_("{action} cannot wait for approval: it waits for the person's answer"),
    N_("take 'approve' away, or say it with message and let a rule of its own take the answer."),
)
NOTHING_TO_APPROVE = problem_kind(
    "rule_nothing_to_approve",
    "wrong-place",
    N_("{action} sends nothing that a person could approve before"),
    N_("write 'approve' beside the action that sends something, such as reply or message."),
)
NOT_A_STATUS = problem_kind(
    "rule_not_a_status",
    "wrong-value",
    N_("'{value}' is not a status or a range of them"),
    N_('write a number from 100 to 599, or "500-599".'),
)
UNKNOWN_RULE = problem_kind(
    "rule_unknown_rule",
    "unknown-rule",
    N_("there is no rule '{name}'"),
    N_("write the id of a rule."),
)
MISSPELT_RULE = problem_kind(
    "rule_misspelt_rule",
    "unknown-rule",
    N_("there is no rule '{name}'"),
    N_("did you mean '{nearest}'?"),
)
UNKNOWN_NAME = problem_kind(
    "rule_unknown_name", "unknown-name", N_("there is no '{name}' here"), N_("{suggestion}")
)
NAME_OR_TEXT = problem_kind(
    "rule_name_or_text",
    "unknown-name",
    N_("there is no '{name}' here"),
    N_("write '{name}' in single quotes if it is a text; {suggestion}"),
)
APP_BESIDE_ACTION = problem_kind(
    "rule_app_beside_action",
    "unknown-key",
    N_("an action needs no '{key}': it acts where the event comes from"),
    N_("take this line away; 'connection' in the trigger says which pages the rule is for."),
)
CONDITION_AS_PAIR = problem_kind(
    "rule_condition_as_pair",
    "unknown-key",
    N_("a condition is an expression, and no name with a value"),
    N_("write {better}."),
)
CONDITION_AS_PARTS = problem_kind(
    "rule_condition_as_parts",
    "unknown-key",
    N_("a condition is one expression, and not its parts by name"),
    N_("write one line in place of all of them: - {better}"),
)
CONDITIONS_AS_PAIRS = problem_kind(
    "rule_conditions_as_pairs",
    "wrong-kind",
    N_("conditions are a list of expressions, and not names with values"),
    N_("write conditions: {better}"),
)
NAME_OF_ELSEWHERE = problem_kind(
    "rule_name_of_elsewhere",
    "unknown-name",
    N_("there is no '{name}' here"),
    N_("write {better}."),
)
UNKNOWN_CONNECTION = problem_kind(
    "rule_unknown_connection",
    "unknown-connection",
    N_("there is no connection '{name}'"),
    N_("{suggestion}"),
)
CONNECTION_BY_PROVIDER = problem_kind(
    "rule_connection_by_provider",
    "unknown-connection",
    N_("'{name}' is a provider, and a connection is expected here"),
    N_("write its name, {nearest}; or write provider: {name} for all connections of it."),
)
UNKNOWN_PROVIDER = problem_kind(
    "rule_unknown_provider",
    "unknown-provider",
    N_("there is no provider '{name}'"),
    N_("{suggestion}"),
)
UNKNOWN_INTERVAL = problem_kind(
    "rule_unknown_interval",
    "unknown-interval",
    N_("there is no time interval '{name}'"),
    N_("{suggestion}"),
)
TIME_AS_INTERVAL = problem_kind(
    "rule_time_as_interval",
    "wrong-value",
    N_("'{text}' is a time, and the name of a time interval is expected here"),
    N_("write active: {{times: {better}}}"),
)
HOURS_ARE_ACTIVE = reason_kind(
    "rule_hours_are_active", N_('write active: {{times: "08:00-21:00"}}.')
)
SEQUENCE_IS_NEXT = reason_kind(
    "rule_sequence_is_next",
    N_(
        "write the first with after and actions, and those behind it in"
        " next: [{{after: 1d, actions: […]}}]."
    ),
)
BESIDE_NEXT = reason_kind(
    "rule_beside_next", N_("it stands beside 'next' and holds for the whole sequence.")
)
OUTSIDE_ALONE = problem_kind(
    "rule_outside_alone",
    "outside-alone",
    N_("'outside' has no effect without 'active'"),
    N_("add 'active: …' with the name of a time interval, or leave 'outside' out."),
)
READER_FAILED = problem_kind(
    "rule_reader_failed",
    "cannot-read",
    N_("automator has a fault, and cannot read this: {said}"),
    N_("please report it with this file; write the rule differently until it is mended."),
)
SHORT_MAX_WAIT = problem_kind(
    "rule_short_max_wait",
    "short-max-wait",
    N_("this is shorter than 'quiet', so that the run would never wait for quiet"),
    N_("write at least as much as 'quiet', better several times as much."),
)
RESTART_WITH_LIMIT = problem_kind(
    "rule_restart_with_limit",
    "restart-limit",
    N_("with mode 'restart' there is one run for each key, the newest"),
    N_("leave 'limit' out, or choose mode 'queue' or 'skip'."),
)
