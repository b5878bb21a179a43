"""Problems of the shape of a file: keys, kinds of values, and values that cannot be."""

from automator.model import N_
from automator.reasons.kind import problem_kind, reason_kind

UNKNOWN_KEY = problem_kind(
    "shape_unknown_key", "unknown-key", N_("{part} has no '{key}'"), N_("{suggestion}")
)
VALUE_AS_KEY = problem_kind(
    "shape_value_as_key",
    "unknown-key",
    N_("{part} has no '{key}': a value stands here without its key"),
    N_("write {better}."),
)
MISSING_KEY = problem_kind(
    "shape_missing_key",
    "missing-key",
    N_("{part} has no '{key}', which it needs"),
    N_("add '{key}: …'."),
)
MISSING_KEY_DESCRIBED = problem_kind(
    "shape_missing_key_described",
    "missing-key",
    N_("{part} has no '{key}', which it needs"),
    N_("add '{key}: …': {about:within}"),
)
NAME_MISSING_HERE = problem_kind(
    "shape_name_missing_here",
    "missing-key",
    N_("{part} has no '{key}', which it needs"),
    N_("add '{key}: {better}': {about:within}"),
)
UNEXPECTED_KIND = problem_kind(
    "shape_unexpected_kind",
    "wrong-kind",
    N_("{expected:alternatives} is expected here, and this is {found}"),
    N_("write {expected:alternatives}."),
)
UNEXPECTED_KIND_FOR_TEXT = problem_kind(
    "shape_unexpected_kind_for_text",
    "wrong-kind",
    N_("{expected:alternatives} is expected here, and this is {found}"),
    N_('put quotes around it: "{written}"'),
)
MAPPING_WITH_KEY = problem_kind(
    "shape_mapping_with_key",
    "wrong-kind",
    N_("a mapping (name: value) is expected here, and this is {found}"),
    N_("write {written}."),
)
WRITTEN_OTHERWISE = problem_kind(
    "shape_written_otherwise",
    "wrong-kind",
    N_("{expected:alternatives} is expected here, and this is {found}"),
    N_("write {written}."),
)
LIST_NEEDS_DASHES = problem_kind(
    "shape_list_needs_dashes",
    "wrong-kind",
    N_("a list is expected here, and this is a mapping"),
    N_("begin each item with '- ', as in '- {key}: …', and indent its further lines as far."),
)
LIST_OF_ONE = problem_kind(
    "shape_list_of_one",
    "wrong-kind",
    N_("a list is expected here, and this is a text"),
    N_("write it on a line of its own that begins with '- ', as in '- {item}'."),
)
FILE_BEGINS_OTHERWISE = problem_kind(
    "shape_file_begins_otherwise",
    "wrong-kind",
    N_("a mapping (name: value) is expected here, and this is {found}"),
    N_("begin with the line '{key}:', and write its values below."),
)
LIST_EMPTY = problem_kind(
    "shape_list_empty",
    "wrong-value",
    N_("'{key}' is empty, and needs at least one item"),
    N_("write an item below it that begins with '- '."),
)
UNKNOWN_VALUE = problem_kind(
    "shape_unknown_value",
    "unknown-value",
    N_("'{value}' is not known here"),
    N_("write one of: {known:list}."),
)
MISSPELT_VALUE = problem_kind(
    "shape_misspelt_value",
    "unknown-value",
    N_("'{value}' is not known here"),
    N_("did you mean '{nearest}'? write one of: {known:list}."),
)
NOT_MORE = problem_kind(
    "shape_not_more", "wrong-value", N_("this must be more than {bound}"), N_("change the number.")
)
NOT_AT_LEAST = problem_kind(
    "shape_not_at_least",
    "wrong-value",
    N_("this must be at least {bound}"),
    N_("change the number."),
)
NOT_LESS = problem_kind(
    "shape_not_less", "wrong-value", N_("this must be less than {bound}"), N_("change the number.")
)
NOT_AT_MOST = problem_kind(
    "shape_not_at_most", "wrong-value", N_("this must be at most {bound}"), N_("change the number.")
)
NOT_A_NAME = problem_kind(
    "shape_not_a_name",
    "wrong-value",
    N_("'{value}' cannot be used as a name here"),
    N_("use small letters without accents, digits and '_'; at most 64 of them."),
)
NOT_A_NAME_WITH_DASHES = problem_kind(
    "shape_not_a_name_with_dashes",
    "wrong-value",
    N_("'{value}' cannot be used as a name here"),
    N_("use small letters without accents, digits, '-' and '_'; at most 64 of them."),
)
NAME_OTHERWISE = problem_kind(
    "shape_name_otherwise",
    "wrong-value",
    N_("'{value}' cannot be used as a name here"),
    N_("write {better}."),
)
NOT_DIGITS = problem_kind(
    "shape_not_digits",
    "wrong-value",
    N_("'{value}' is expected to have digits only"),
    N_("copy it as it is shown there, between quotes in a file."),
)
EMPTY_VALUE = problem_kind(
    "shape_empty_value",
    "wrong-value",
    N_("there is nothing here"),
    N_("write something, or leave the key out."),
)
VALUE_TOO_LONG = problem_kind(
    "shape_value_too_long", "wrong-value", N_("this is longer than {most}"), N_("shorten it.")
)
ONE_OF_A_LIST = problem_kind(
    "shape_one_of_a_list",
    "wrong-kind",
    N_("a text is expected here, and this is a list"),
    N_("write one of them, as in {first}; repeat the whole step for each of the others."),
)
NEITHER_TEXT_NOR_LIST = problem_kind(
    "shape_neither_text_nor_list",
    "wrong-value",
    N_("a text or a list of texts is expected here"),
    N_("write one text, or several as in [first, second]."),
)
#: What a provider or pydantic says of a value, in its own words.
#: A value that is read by itself, such as an expression; its problem has a fix of its own.
WRONG_INSIDE = problem_kind(
    "shape_wrong_inside", "wrong-value", N_("{problem}"), N_("{problem:advice}")
)
WRONG_VALUE = problem_kind(
    "shape_wrong_value", "wrong-value", N_("{said}"), N_("change the value.")
)
WRONG_VALUE_WITH_FIX = problem_kind(
    "shape_wrong_value_with_fix", "wrong-value", N_("{said}"), N_("{fix}")
)
#: Keys in a place where they are none, with the place or the form that is meant.
CONDITION_ELSEWHERE = reason_kind(
    "rule_condition_elsewhere",
    N_(
        "write it as an expression below 'conditions:', as in"
        " conditions: [\"keywords(event.text, ['giá'])\"]."
    ),
)
EXCEPTION_ELSEWHERE = reason_kind(
    "rule_exception_elsewhere",
    N_(
        "write the opposite below 'conditions:', as in conditions: [not: [event.parent]]; for"
        " something that does not come in time, write trigger: {{absence: …}}."
    ),
)
STEP_ELSEWHERE = reason_kind(
    "rule_step_elsewhere", N_("write it as an item below 'actions:', as in '- reply: …'.")
)
WAIT_ELSEWHERE = reason_kind(
    "rule_wait_elsewhere",
    N_("write a step follow_up: {{after: 30m, actions: […]}} below 'actions:'."),
)
TRIGGER_ELSEWHERE = reason_kind(
    "rule_trigger_elsewhere", N_("write it below 'trigger:', as in trigger: {{schedule: …}}.")
)
LIMIT_ELSEWHERE = reason_kind(
    "rule_limit_elsewhere",
    N_("write limits: {{once: {{key: event.actor.id, period: 1h}}}} for once an hour and person."),
)
ONCE_OTHERWISE = reason_kind(
    "rule_once_otherwise",
    N_("write once: {{key: event.actor.id, period: 1h}} for once an hour and person."),
)
RULE_ALONE = problem_kind(
    "rule_alone",
    "unknown-key",
    N_("a rule stands here alone, and a file is a list of rules"),
    N_("write 'rules:' in the line above, put '- ' before '{key}', and indent the rest below it."),
)
FILE_OF_SETTINGS = problem_kind(
    "rule_file_of_settings",
    "unknown-key",
    N_("this is no rule file: '{key}' stands in automator.yaml, the file of the settings"),
    N_(
        "call the file automator.yaml and keep it outside of the rules folder; automator check"
        " automator.yaml checks it."
    ),
)
FILE_OF_ELSEWHERE = problem_kind(
    "rule_file_of_elsewhere",
    "unknown-key",
    N_("this is no rule file: it has no 'rules', and its keys are those of {program}"),
    N_(
        "begin anew: rules: [{{id: my-rule, trigger: {{event: message.received}},"
        " actions: [{{reply: Hello}}]}}], and put each of its rules there."
    ),
)
