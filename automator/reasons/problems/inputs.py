"""Problems of the inputs of actions: texts, buttons, questions, times, headers and bodies."""

from automator.model import N_
from automator.reasons.kind import problem_kind

ZONE_MISSPELT = problem_kind(
    "value_zone_misspelt",
    "wrong-value",
    N_("'{zone}' is not a time zone"),
    N_("write one like Asia/Ho_Chi_Minh"),
)
NOT_OF_ANSWER = problem_kind(
    "value_not_of_answer",
    "unknown-name",
    N_("this is read over the answer, which has status, headers and body, and no '{name}'"),
    N_("write {better}."),
)
CLOCK_TIME_SPELT_OUT = problem_kind(
    "value_clock_time_spelt_out",
    "wrong-value",
    N_("'{text}' is not a time of day"),
    N_("write {better}"),
)
NOT_A_CLOCK_TIME = problem_kind(
    "value_not_a_clock_time",
    "wrong-value",
    N_("'{text}' is not a time of day"),
    N_("write 09:00, or 09:00 +1d for tomorrow"),
)
NOTHING_TO_REMEMBER = problem_kind(
    "value_nothing_to_remember",
    "wrong-value",
    N_("there is nothing to remember"),
    N_("give a name with a value, or tags"),
)
TEMPLATE_STANDS_ALONE = problem_kind(
    "value_template_stands_alone",
    "wrong-value",
    N_("template stands alone"),
    N_("leave text, one_of, attachments and buttons out"),
)
VIA_WITHOUT_TO = problem_kind(
    "value_via_without_to",
    "wrong-value",
    N_("nobody is named: the person of the event is not known to another connection"),
    N_('write to: with the id that the person has there, as in to: "{{{{ event.data.psid }}}}"'),
)
SAYS_NOTHING = problem_kind(
    "value_says_nothing",
    "wrong-value",
    N_("there is nothing to say"),
    N_("give a text, one_of or attachments"),
)
TWO_EXPECTATIONS = problem_kind(
    "value_two_expectations",
    "wrong-value",
    N_("an answer is judged in one way: by expect, choices or matches"),
    N_("keep one of them."),
)
CHOICES_TWICE = problem_kind(
    "value_choices_twice",
    "wrong-value",
    N_("a choice stands here twice"),
    N_("leave one of them out"),
)
TEXT_AND_ONE_OF = problem_kind(
    "value_text_and_one_of",
    "wrong-value",
    N_("text and one_of exclude each other"),
    N_("keep one of them"),
)
BUTTON_DOES_ONE_THING = problem_kind(
    "value_button_does_one_thing",
    "wrong-value",
    N_("a button has either a url or a payload"),
    N_("give url to open an address, or payload to get the tap as an event"),
)
BUTTON_AS_TEXT = problem_kind(
    "value_button_as_text",
    "wrong-kind",
    N_("a button is a mapping, and this is a text"),
    N_(
        "write quick_replies in place of buttons for answers to tap; or give this one an address:"
        " {{text: {text}, url: https://…}}."
    ),
)
BUTTONS_NEED_TEXT = problem_kind(
    "value_buttons_need_text",
    "wrong-value",
    N_("buttons need a text"),
    N_("give text or one_of"),
)
BUTTONS_AND_QUICK_REPLIES = problem_kind(
    "value_buttons_and_quick_replies",
    "wrong-value",
    N_("buttons and quick_replies exclude each other"),
    N_("keep one of them"),
)
NOT_AN_EVENT_NAME = problem_kind(
    "value_not_an_event_name",
    "wrong-value",
    N_("'{name}' cannot be the name of an event"),
    N_("write small letters and digits, with a dot, as in complaint.received"),
)
NOTHING_TO_SET = problem_kind(
    "value_nothing_to_set",
    "wrong-value",
    N_("there is nothing to set"),
    N_("give a name with a value"),
)
NO_ROOM_BETWEEN = problem_kind(
    "value_no_room_between",
    "wrong-value",
    N_("between needs a shorter wait and a longer one, of a year at most"),
    N_("write between: [20s, 90s]"),
)
ONE_TIME_NEEDED = problem_kind(
    "value_one_time_needed",
    "wrong-value",
    N_("a follow-up needs one time"),
    N_("give either after or at"),
)
BODY_AND_RAW = problem_kind(
    "value_body_and_raw",
    "wrong-value",
    N_("body and raw: true exclude each other"),
    N_("keep one of them"),
)
METHOD_WITHOUT_BODY = problem_kind(
    "value_method_without_body",
    "wrong-value",
    N_("a {method} has no body"),
    N_("use query, or method: POST"),
)
NOT_A_VALUE_NAME = problem_kind(
    "value_not_a_value_name",
    "wrong-value",
    N_("'{name}' is not a name"),
    N_("use letters, digits and '_'"),
)
NOT_A_HEADER_NAME = problem_kind(
    "value_not_a_header_name",
    "wrong-value",
    N_("'{name}' is not a header name"),
    N_("use letters, digits and '-'"),
)
HEADER_SET_BY_SERVER = problem_kind(
    "value_header_set_by_server",
    "wrong-value",
    N_("the header {name} is set by the server itself"),
    N_("leave it out"),
)
HEADER_VALUE_TOO_LONG = problem_kind(
    "value_header_value_too_long",
    "wrong-value",
    N_("the value is longer than {most} characters"),
    N_("put it into the body"),
)
HEADER_VALUE_NOT_ASCII = problem_kind(
    "value_header_value_not_ascii",
    "wrong-value",
    N_("the value has line breaks or letters that are not ASCII"),
    N_("put it into the body"),
)
#: Steps in the form of other programs.
ACTION_LATER = problem_kind(
    "rule_action_later",
    "unknown-action",
    N_("there is no '{key}': use a follow_up for later steps"),
    N_("write follow_up: {{after: {after}, actions: [...]}} with those actions in it."),
)
STEPS_LATER = problem_kind(
    "rule_steps_later",
    "unknown-action",
    N_("there is no '{key}': use a follow_up for later steps"),
    N_("write this in place of it and of the steps behind it: - {better}"),
)
STEP_LATER = problem_kind(
    "rule_step_later",
    "unknown-action",
    N_("there is no '{key}' beside an action: use a follow_up for a later step"),
    N_("write this in place of the whole item: - {better}"),
)
STEP_OTHERWISE = problem_kind(
    "rule_step_otherwise",
    "unknown-action",
    N_("a step is named by its key, as in 'reply: …': '{key}' is none"),
    N_("write this in place of the whole item: - {better}"),
)
STEP_WITH_INPUTS = problem_kind(
    "rule_step_with_inputs",
    "wrong-kind",
    N_("the inputs of '{action}' stand below it, and not beside it"),
    N_("write this in place of the whole item: - {better}"),
)
STEP_SAVES = problem_kind(
    "rule_step_saves",
    "unknown-key",
    N_("there is no '{key}': the id of a step is the name of its result"),
    N_("write id: {better} in place of it, and read steps.{better}.output.value."),
)
STEPS_OF_BRANCHES = problem_kind(
    "rule_steps_of_branches",
    "unknown-action",
    N_("there is no '{key}': each step has an 'if' of its own"),
    N_("write these items in place of this one: {better}"),
)
ACTION_MODERATES = problem_kind(
    "rule_action_moderates",
    "unknown-action",
    N_("there is no action '{key}'"),
    N_("write moderate: {do}."),
)
ACTION_ELSE = problem_kind(
    "rule_action_else",
    "unknown-action",
    N_("there is no '{key}' beside an action"),
    N_("make an action of its own of it, whose 'if' asks for the opposite."),
)
ACTION_STOPS = problem_kind(
    "rule_action_stops",
    "unknown-action",
    N_("there is no action '{key}': a rule keeps later ones out as a whole"),
    N_("write stop: true beside the 'actions' of the rule."),
)
