"""Problems of a rule in valid YAML: its actions, names, conditions and limits."""

from collections.abc import Sequence

from automator.model import N_, Reason
from automator.reasons.kind import problem, reason


@problem(
    "wrong-kind",
    N_("a rule is a mapping with an id, and this is {found}"),
    N_("begin it with '- id: …'."),
)
def rule_not_a_rule(*, found: Reason) -> None: ...
@problem(
    "wrong-kind",
    N_("an action is a mapping such as 'reply: …', and this is {found}"),
    N_("{suggestion}"),
)
def rule_not_an_action(*, found: Reason, suggestion: Reason) -> None: ...
@problem(
    "wrong-kind",
    N_("a condition is a text or a mapping, and this is {found}"),
    N_("write an expression, as in: event.text != null"),
)
def rule_not_a_condition(*, found: Reason) -> None: ...
@problem(
    "wrong-kind",
    N_("'{kind}' needs a list of conditions"),
    N_("write each on a line of its own, after '- '."),
)
def rule_not_conditions(*, kind: str) -> None: ...
@problem(
    "wrong-kind",
    N_("'actions' is a list of actions, and this is {found}"),
    N_("write each action on a line of its own, after '- '."),
)
def rule_not_actions(*, found: Reason) -> None: ...
@problem("unknown-key", N_("a condition has no '{key}'"), N_("{suggestion}"))
def rule_condition_without_key(*, key: str, suggestion: Reason) -> None: ...
@problem(
    "unknown-key", N_("'{key}' cannot stand beside '{group}'"), N_("begin a new item with '- '.")
)
def rule_key_beside_group(*, key: str, group: str) -> None: ...
@problem(
    "two-actions",
    N_("'{key}' and '{action}' cannot be in one item"),
    N_("begin a new item: '- {nearest}: …'."),
)
def rule_two_actions(*, key: str, action: str, nearest: str) -> None: ...
@problem(
    "unknown-key",
    N_("'{key}' belongs to '{action}', and stands beside it"),
    N_("indent it two spaces more, so that it stands below '{action}:'."),
)
def rule_key_outside_action(*, key: str, action: str) -> None: ...
@problem("unknown-key", N_("an action has no '{key}' beside it"), N_("{suggestion}"))
def rule_unknown_key_beside_action(*, key: str, suggestion: Reason) -> None: ...
@problem("unknown-action", N_("there is no action '{key}'"), N_("{suggestion}"))
def rule_unknown_action(*, key: str, suggestion: Reason) -> None: ...
@problem("missing-action", N_("this item names no action"), N_("add one of: {known:list}."))
def rule_missing_action(*, known: Sequence[str]) -> None: ...
@problem(
    "duplicate-id", N_("the id '{id}' is already taken within this rule"), N_("choose another id.")
)
def rule_step_id_taken(*, id: str) -> None: ...
@problem(
    "duplicate-id",
    N_("two rules have the id '{id}': this one and the one in {file}:{line}"),
    N_("give one of the two another id."),
)
def rule_id_taken(*, id: str, file: str, line: int) -> None: ...
@problem(
    "duplicate-id",
    N_("the id '{id}' is already taken by the version of {file} that is in force, in line {line}"),
    N_("choose another id."),
)
def rule_id_taken_in_force(*, id: str, file: str, line: int) -> None: ...
@problem(
    "too-deep",
    N_("follow-ups stand at most {most} deep inside one another"),
    N_("put the rest into a rule of its own."),
)
def rule_follow_ups_too_deep(*, most: int) -> None: ...
@problem(
    "wrong-place",
    N_("on_error cannot ask: nothing would wait for the answer"),
    N_("write a message, and a rule of its own that asks."),
)
def rule_asks_after_error() -> None: ...
@problem(
    "wrong-place",
    N_("{action} cannot wait for approval: it waits for the person's answer"),
    N_("take 'approve' away, or say it with message and let a rule of its own take the answer."),
)
def rule_question_to_approve(*, action: str) -> None: ...
@problem(
    "wrong-place",
    N_("{action} sends nothing that a person could approve before"),
    N_("write 'approve' beside the action that sends something, such as reply or message."),
)
def rule_nothing_to_approve(*, action: str) -> None: ...
@problem(
    "wrong-value",
    N_("'{value}' is not a status or a range of them"),
    N_('write a number from 100 to 599, or "500-599".'),
)
def rule_not_a_status(*, value: str | int) -> None: ...
@problem("unknown-rule", N_("there is no rule '{name}'"), N_("write the id of a rule."))
def rule_unknown_rule(*, name: str) -> None: ...
@problem("unknown-rule", N_("there is no rule '{name}'"), N_("did you mean '{nearest}'?"))
def rule_misspelt_rule(*, name: str, nearest: str) -> None: ...
@problem("unknown-name", N_("there is no '{name}' here"), N_("{suggestion}"))
def rule_unknown_name(*, name: str, suggestion: Reason) -> None: ...
@problem(
    "unknown-name",
    N_("there is no '{name}' here"),
    N_("write '{name}' in single quotes if it is a text; {suggestion}"),
)
def rule_name_or_text(*, name: str, suggestion: Reason) -> None: ...
@problem(
    "unknown-key",
    N_("an action needs no '{key}': it acts where the event comes from"),
    N_("take this line away; 'connection' in the trigger says which pages the rule is for."),
)
def rule_app_beside_action(*, key: str) -> None: ...
@problem(
    "unknown-key",
    N_("a condition is an expression, and no name with a value"),
    N_("write {better}."),
)
def rule_condition_as_pair(*, better: str) -> None: ...
@problem(
    "unknown-key",
    N_("a condition is one expression, and not its parts by name"),
    N_("write one line in place of all of them: - {better}"),
)
def rule_condition_as_parts(*, better: str) -> None: ...
@problem(
    "wrong-kind",
    N_("conditions are a list of expressions, and not names with values"),
    N_("write conditions: {better}"),
)
def rule_conditions_as_pairs(*, better: str) -> None: ...
@problem("unknown-name", N_("there is no '{name}' here"), N_("write {better}."))
def rule_name_of_elsewhere(*, name: str, better: str) -> None: ...
@problem("unknown-connection", N_("there is no connection '{name}'"), N_("{suggestion}"))
def rule_unknown_connection(*, name: str, suggestion: Reason) -> None: ...
@problem(
    "unknown-connection",
    N_("'{name}' is a provider, and a connection is expected here"),
    N_("write its name, {nearest}; or write provider: {name} for all connections of it."),
)
def rule_connection_by_provider(*, name: str, nearest: str) -> None: ...
@problem("unknown-provider", N_("there is no provider '{name}'"), N_("{suggestion}"))
def rule_unknown_provider(*, name: str, suggestion: Reason) -> None: ...
@problem("unknown-interval", N_("there is no time interval '{name}'"), N_("{suggestion}"))
def rule_unknown_interval(*, name: str, suggestion: Reason) -> None: ...
@problem(
    "wrong-value",
    N_("'{text}' is a time, and the name of a time interval is expected here"),
    N_("write active: {{times: {better}}}"),
)
def rule_time_as_interval(*, text: str, better: str) -> None: ...
@reason(N_('write active: {{times: "08:00-21:00"}}.'))
def rule_hours_are_active() -> None: ...
@reason(
    N_(
        "write the first with after and actions, and those behind it in"
        " next: [{{after: 1d, actions: […]}}]."
    )
)
def rule_sequence_is_next() -> None: ...
@reason(N_("it stands beside 'next' and holds for the whole sequence."))
def rule_beside_next() -> None: ...
@problem(
    "reason-but-enabled",
    N_("'disabled_reason' says why the rule is switched off, and it is switched on"),
    N_("add 'enabled: false', or leave 'disabled_reason' out."),
)
def rule_reason_but_enabled() -> None: ...
@problem(
    "outside-alone",
    N_("'outside' has no effect without 'active'"),
    N_("add 'active: …' with the name of a time interval, or leave 'outside' out."),
)
def rule_outside_alone() -> None: ...
@problem(
    "cannot-read",
    N_("automator has a fault, and cannot read this: {said}"),
    N_("please report it with this file; write the rule differently until it is mended."),
)
def rule_reader_failed(*, said: str) -> None: ...
@problem(
    "short-max-wait",
    N_("this is shorter than 'quiet', so that the run would never wait for quiet"),
    N_("write at least as much as 'quiet', better several times as much."),
)
def rule_short_max_wait() -> None: ...
@problem(
    "restart-limit",
    N_("with mode 'restart' there is one run for each key, the newest"),
    N_("leave 'limit' out, or choose mode 'queue' or 'skip'."),
)
def rule_restart_with_limit() -> None: ...


# --- Snippets and defaults, and the files that have them ---


@problem(
    "include-missing",
    N_("there is no rule file '{file}' to include"),
    N_("write its path from the folder of this file, or from a folder above it, without '..'."),
)
def rule_include_missing(*, file: str) -> None: ...
@problem(
    "no-text",
    N_("there is no text '{name}' to answer from"),
    N_("write it into {file}, in the folder of this file or in a folder above it."),
)
def rule_no_text(*, name: str, file: str) -> None: ...
@problem(
    "no-model",
    N_("there is no model that writes the answer, so this always fails"),
    N_("add it to automator.yaml: model: {{url: …, name: …}}."),
)
def rule_no_model() -> None: ...
@problem(
    "text-too-long",
    N_("this text has {count} characters, and a rule answers from at most {most}"),
    N_("divide it into several files, by what people ask about."),
)
def rule_text_too_long(*, count: int, most: int) -> None: ...
@problem(
    "text-too-long",
    N_("these texts and the 'vars' have {count} characters, and one action reads at most {most}"),
    N_("leave some out, or have several rules that answer different questions."),
)
def rule_texts_too_long(*, count: int, most: int) -> None: ...
@problem(
    "include-broken",
    N_("{file} has errors, and no earlier version of it is in force"),
    N_("mend {file} first."),
)
def rule_include_broken(*, file: str) -> None: ...
@problem(
    "include-nested",
    N_("{file} includes other files itself"),
    N_("include those here as well, and take 'include' out of {file}."),
)
def rule_include_nested(*, file: str) -> None: ...
@problem(
    "include-in-use",
    N_("{file} includes this file, and would have an error on line {line}: {problem}"),
    N_("change both files at once; until then, the earlier version of this file stays in force."),
)
def rule_include_in_use(*, file: str, line: int, problem: Reason) -> None: ...
@problem(
    "include-earlier",
    N_("the earlier version of this file stays in force for {files:all}"),
    N_("mend this file; they take its new version then."),
)
def rule_include_earlier(*, files: Sequence[str]) -> None: ...
@problem("unknown-snippet", N_("there is no snippet '{name}'"), N_("{suggestion}"))
def rule_unknown_snippet(*, name: str, suggestion: Reason) -> None: ...
@problem("unknown-parameter", N_("the snippet has no parameter '{name}'"), N_("{suggestion}"))
def rule_no_parameter(*, name: str, suggestion: Reason) -> None: ...
@problem(
    "missing-parameter",
    N_("the snippet '{snippet}' needs a value for '{name}'"),
    N_("give it one under 'with'."),
)
def rule_parameter_missing(*, snippet: str, name: str) -> None: ...
@problem(
    "use-in-snippet",
    N_("a snippet cannot use another snippet"),
    N_("write its actions out here, or use both snippets in the rule."),
)
def rule_use_in_snippet() -> None: ...
@problem(
    "snippets-too-large",
    N_("snippets and defaults would make this file larger than {most:number} letters"),
    N_("split the file, or use them in fewer rules."),
)
def rule_snippets_too_large(*, most: int) -> None: ...
@problem(
    "value-is-template",
    N_("the snippet cannot read the value of '{name}' there, because it is a template"),
    N_(
        "write a plain value, inside a text only '{{{{ … }}}}', or let the snippet"
        " take the whole text, as '{{{{ with.{name} }}}}'."
    ),
)
def rule_value_is_template(*, name: str) -> None: ...
@problem("from-elsewhere", N_("from {file}:{line}: {problem}"), N_("{problem:advice}"))
def rule_from_elsewhere(*, file: str, line: int, problem: Reason) -> None: ...
@reason(N_("It listens to {connection} already."))
def rule_listens_already(*, connection: str) -> None: ...
@reason(
    N_("The file {file} has errors, so that its text is not in force."),
    N_("Mend its errors first."),
)
def rule_file_refused(*, file: str) -> None: ...
@reason(
    N_("The file {file} is written in a way that cannot be changed automatically."),
    N_("Copy the rules in the text of the file, without brackets around the list of rules."),
)
def rule_file_not_changeable(*, file: str) -> None: ...
