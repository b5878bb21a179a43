"""Problems of the shape of a file: unknown or missing keys, and values of a wrong kind."""

from collections.abc import Sequence

from automator.model import N_, Reason
from automator.reasons.kind import problem, reason


@problem("unknown-key", N_("{part} has no '{key}'"), N_("{suggestion}"))
def shape_unknown_key(*, part: Reason, key: str, suggestion: Reason) -> None: ...
@problem(
    "unknown-key",
    N_("{part} has no '{key}': a value stands here without its key"),
    N_("write {better}."),
)
def shape_value_as_key(*, part: Reason, key: str, better: str) -> None: ...
@problem(
    "old-spelling",
    N_("'{old}' is an old spelling, which the next version refuses"),
    N_("write '{better}', or have 'automator fix' rewrite the file."),
)
def shape_old_spelling(*, old: str, better: str) -> None: ...
@problem(
    "old-spelling",
    N_("'{old}' says what holds anyway, and the next version refuses it"),
    N_("leave it out, or have 'automator fix' rewrite the file."),
)
def shape_spelling_needless(*, old: str) -> None: ...
@problem("missing-key", N_("{part} has no '{key}', which it needs"), N_("add '{key}: …'."))
def shape_missing_key(*, part: Reason, key: str) -> None: ...
@problem(
    "missing-key", N_("{part} has no '{key}', which it needs"), N_("add '{key}: …': {about:within}")
)
def shape_missing_key_described(*, part: Reason, key: str, about: str) -> None: ...
@problem(
    "missing-key",
    N_("{part} has no '{key}', which it needs"),
    N_("add '{key}: {better}': {about:within}"),
)
def shape_name_missing_here(*, part: Reason, key: str, better: str, about: str | None) -> None: ...
@problem(
    "wrong-kind",
    N_("{expected:alternatives} is expected here, and this is {found}"),
    N_("write {expected:alternatives}."),
)
def shape_unexpected_kind(*, expected: Sequence[Reason], found: Reason) -> None: ...
@problem(
    "wrong-kind",
    N_("{expected:alternatives} is expected here, and this is {found}"),
    N_('put quotes around it: "{written}"'),
)
def shape_unexpected_kind_for_text(
    *, expected: Sequence[Reason], found: Reason, written: str
) -> None: ...
@problem(
    "wrong-kind",
    N_("a mapping (name: value) is expected here, and this is {found}"),
    N_("write {written}."),
)
def shape_mapping_with_key(*, found: Reason, written: str) -> None: ...
@problem(
    "wrong-kind",
    N_("{expected:alternatives} is expected here, and this is {found}"),
    N_("write {written}."),
)
def shape_written_otherwise(*, expected: Sequence[Reason], found: Reason, written: str) -> None: ...
@problem(
    "wrong-kind",
    N_("a list is expected here, and this is a mapping"),
    N_("begin each item with '- ', as in '- {key}: …', and indent its further lines as far."),
)
def shape_list_needs_dashes(*, key: str) -> None: ...
@problem(
    "wrong-kind",
    N_("a list is expected here, and this is a text"),
    N_("write it on a line of its own that begins with '- ', as in '- {item}'."),
)
def shape_list_of_one(*, item: str) -> None: ...
@problem(
    "wrong-kind",
    N_("a mapping (name: value) is expected here, and this is {found}"),
    N_("begin with the line '{key}:', and write its values below."),
)
def shape_file_begins_otherwise(*, found: Reason, key: str) -> None: ...
@problem(
    "wrong-value",
    N_("'{key}' is empty, and needs at least one item"),
    N_("write an item below it that begins with '- '."),
)
def shape_list_empty(*, key: str) -> None: ...
@problem("unknown-value", N_("'{value}' is not known here"), N_("write one of: {known:list}."))
def shape_unknown_value(*, value: str, known: Sequence[str]) -> None: ...
@problem(
    "unknown-value",
    N_("'{value}' is not known here"),
    N_("did you mean '{nearest}'? write one of: {known:list}."),
)
def shape_misspelt_value(*, value: str, nearest: str, known: Sequence[str]) -> None: ...
@problem("wrong-value", N_("this must be more than {bound}"), N_("change the number."))
def shape_not_more(*, bound: str | float) -> None: ...
@problem("wrong-value", N_("this must be at least {bound}"), N_("change the number."))
def shape_not_at_least(*, bound: str | float) -> None: ...
@problem("wrong-value", N_("this must be less than {bound}"), N_("change the number."))
def shape_not_less(*, bound: str | float) -> None: ...
@problem("wrong-value", N_("this must be at most {bound}"), N_("change the number."))
def shape_not_at_most(*, bound: str | float) -> None: ...
@problem(
    "wrong-value",
    N_("'{value}' cannot be used as a name here"),
    N_("use small letters without accents, digits and '_'; at most 64 of them."),
)
def shape_not_a_name(*, value: str) -> None: ...
@problem(
    "wrong-value",
    N_("'{value}' cannot be used as a name here"),
    N_("use small letters without accents, digits, '-' and '_'; at most 64 of them."),
)
def shape_not_a_name_with_dashes(*, value: str) -> None: ...
@problem("wrong-value", N_("'{value}' cannot be used as a name here"), N_("write {better}."))
def shape_name_otherwise(*, value: str, better: str) -> None: ...
@problem(
    "wrong-value",
    N_("'{value}' is expected to have digits only"),
    N_("copy it as it is shown there, between quotes in a file."),
)
def shape_not_digits(*, value: str) -> None: ...
@problem("wrong-value", N_("there is nothing here"), N_("write something, or leave the key out."))
def shape_empty_value() -> None: ...
@problem("wrong-value", N_("this is longer than {most}"), N_("shorten it."))
def shape_value_too_long(*, most: int) -> None: ...
@problem(
    "wrong-kind",
    N_("a text is expected here, and this is a list"),
    N_("write one of them, as in {first}; repeat the whole step for each of the others."),
)
def shape_one_of_a_list(*, first: str) -> None: ...
@problem(
    "wrong-value",
    N_("a text or a list of texts is expected here"),
    N_("write one text, or several as in [first, second]."),
)
def shape_neither_text_nor_list() -> None: ...
#: The message of a provider or of pydantic about a value, in its own words. A value that has its
#: own reader, such as an expression; `problem` comes from the reader, with its fix.
@problem("wrong-value", N_("{problem}"), N_("{problem:advice}"))
def shape_wrong_inside(*, problem: Reason) -> None: ...
@problem("wrong-value", N_("{said}"), N_("change the value."))
def shape_wrong_value(*, said: str) -> None: ...
@problem("wrong-value", N_("{said}"), N_("{fix}"))
def shape_wrong_value_with_fix(*, said: str, fix: str) -> None: ...
#: Keys at a wrong place: the advice shows the right place or form.
@reason(N_("write 'enabled: false', and why below 'disabled_reason:'."))
def rule_disabled_elsewhere() -> None: ...
@reason(
    N_(
        "write it as an expression below 'conditions:', as in"
        " conditions: [\"keywords(event.text, ['giá'])\"]."
    )
)
def rule_condition_elsewhere() -> None: ...
@reason(
    N_(
        "write the opposite below 'conditions:', as in conditions: [not: [event.parent]]; for"
        " something that does not come in time, write trigger: {{absence: …}}."
    )
)
def rule_exception_elsewhere() -> None: ...
@reason(N_("write it as an item below 'actions:', as in '- reply: …'."))
def rule_step_elsewhere() -> None: ...
@reason(N_("write a step follow_up: {{after: 30m, actions: […]}} below 'actions:'."))
def rule_wait_elsewhere() -> None: ...
@reason(N_("write it below 'trigger:', as in trigger: {{schedule: …}}."))
def rule_trigger_elsewhere() -> None: ...
@reason(
    N_("write limits: {{once: {{key: event.actor.id, period: 1h}}}} for once an hour and person.")
)
def rule_limit_elsewhere() -> None: ...
@reason(N_("write once: {{key: event.actor.id, period: 1h}} for once an hour and person."))
def rule_once_otherwise() -> None: ...
@problem(
    "unknown-key",
    N_("a rule stands here alone, and a file is a list of rules"),
    N_("write 'rules:' in the line above, put '- ' before '{key}', and indent the rest below it."),
)
def rule_alone(*, key: str) -> None: ...
@problem(
    "unknown-key",
    N_("this is no rule file: '{key}' stands in automator.yaml, the file of the settings"),
    N_(
        "call the file automator.yaml and keep it outside of the rules folder; automator check"
        " automator.yaml checks it."
    ),
)
def rule_file_of_settings(*, key: str) -> None: ...
@problem(
    "unknown-key",
    N_("this is no rule file: it has no 'rules', and its keys are those of {program}"),
    N_(
        "begin anew: rules: [{{id: my-rule, trigger: {{event: message.received}},"
        " actions: [{{reply: Hello}}]}}], and put each of its rules there."
    ),
)
def rule_file_of_elsewhere(*, program: str) -> None: ...
