"""Problems of the inputs of actions: texts, buttons, questions, times, headers and bodies."""

from automator.model import N_
from automator.reasons.kind import problem


@problem("wrong-value", N_("'{zone}' is not a time zone"), N_("write one like Asia/Ho_Chi_Minh"))
def value_zone_misspelt(*, zone: str) -> None: ...
@problem(
    "unknown-name",
    N_("this is read over the answer, which has status, headers and body, and no '{name}'"),
    N_("write {better}."),
)
def value_not_of_answer(*, name: str, better: str) -> None: ...
@problem("wrong-value", N_("'{text}' is not a time of day"), N_("write {better}"))
def value_clock_time_spelt_out(*, text: str, better: str) -> None: ...
@problem(
    "wrong-value", N_("'{text}' is not a time of day"), N_("write 09:00, or 09:00 +1d for tomorrow")
)
def value_not_a_clock_time(*, text: str) -> None: ...
@problem("wrong-value", N_("there is nothing to remember"), N_("give a name with a value, or tags"))
def value_nothing_to_remember() -> None: ...
@problem(
    "wrong-value",
    N_("template stands alone"),
    N_("leave text, one_of, attachments and buttons out"),
)
def value_template_stands_alone() -> None: ...
@problem(
    "wrong-value",
    N_("nobody is named: the person of the event is not known to another connection"),
    N_('write to: with the id that the person has there, as in to: "{{{{ event.data.psid }}}}"'),
)
def value_via_without_to() -> None: ...
@problem("wrong-value", N_("there is nothing to say"), N_("give a text, one_of or attachments"))
def value_says_nothing() -> None: ...
@problem(
    "wrong-value",
    N_("an answer is judged in one way: by expect, choices or matches"),
    N_("keep one of them."),
)
def value_two_expectations() -> None: ...
@problem("wrong-value", N_("a choice stands here twice"), N_("leave one of them out"))
def value_choices_twice() -> None: ...
@problem("wrong-value", N_("text and one_of exclude each other"), N_("keep one of them"))
def value_text_and_one_of() -> None: ...
@problem(
    "wrong-value",
    N_("a button has either a url or a payload"),
    N_("give url to open an address, or payload to get the tap as an event"),
)
def value_button_does_one_thing() -> None: ...
@problem(
    "wrong-kind",
    N_("a button is a mapping, and this is a text"),
    N_(
        "write quick_replies in place of buttons for answers to tap; or give this one an address:"
        " {{text: {text}, url: https://…}}."
    ),
)
def value_button_as_text(*, text: str) -> None: ...
@problem("wrong-value", N_("buttons need a text"), N_("give text or one_of"))
def value_buttons_need_text() -> None: ...
@problem("wrong-value", N_("buttons and quick_replies exclude each other"), N_("keep one of them"))
def value_buttons_and_quick_replies() -> None: ...
@problem(
    "wrong-value",
    N_("'{name}' cannot be the name of an event"),
    N_("write small letters and digits, with a dot, as in complaint.received"),
)
def value_not_an_event_name(*, name: str) -> None: ...
@problem("wrong-value", N_("there is nothing to set"), N_("give a name with a value"))
def value_nothing_to_set() -> None: ...
@problem(
    "wrong-value",
    N_("between needs a shorter wait and a longer one, of a year at most"),
    N_("write between: [20s, 90s]"),
)
def value_no_room_between() -> None: ...
@problem("wrong-value", N_("a follow-up needs one time"), N_("give either after or at"))
def value_one_time_needed() -> None: ...
@problem("wrong-value", N_("body and raw: true exclude each other"), N_("keep one of them"))
def value_body_and_raw() -> None: ...
@problem("wrong-value", N_("a {method} has no body"), N_("use query, or method: POST"))
def value_method_without_body(*, method: str) -> None: ...
@problem("wrong-value", N_("'{name}' is not a name"), N_("use letters, digits and '_'"))
def value_not_a_value_name(*, name: str) -> None: ...
@problem("wrong-value", N_("'{name}' is not a header name"), N_("use letters, digits and '-'"))
def value_not_a_header_name(*, name: str) -> None: ...
@problem("wrong-value", N_("the header {name} is set by the server itself"), N_("leave it out"))
def value_header_set_by_server(*, name: str) -> None: ...
@problem(
    "wrong-value", N_("the value is longer than {most} characters"), N_("put it into the body")
)
def value_header_value_too_long(*, most: int) -> None: ...
@problem(
    "wrong-value",
    N_("the value has line breaks or letters that are not ASCII"),
    N_("put it into the body"),
)
def value_header_value_not_ascii() -> None: ...
#: Steps written in the form of other programs.
@problem(
    "unknown-action",
    N_("there is no '{key}': use a follow_up for later steps"),
    N_("write follow_up: {{after: {after}, actions: [...]}} with those actions in it."),
)
def rule_action_later(*, key: str, after: str) -> None: ...
@problem(
    "unknown-action",
    N_("there is no '{key}': use a follow_up for later steps"),
    N_("write this in place of it and of the steps behind it: - {better}"),
)
def rule_steps_later(*, key: str, better: str) -> None: ...
@problem(
    "unknown-action",
    N_("there is no '{key}' beside an action: use a follow_up for a later step"),
    N_("write this in place of the whole item: - {better}"),
)
def rule_step_later(*, key: str, better: str) -> None: ...
@problem(
    "unknown-action",
    N_("a step is named by its key, as in 'reply: …': '{key}' is none"),
    N_("write this in place of the whole item: - {better}"),
)
def rule_step_otherwise(*, key: str, better: str) -> None: ...
@problem(
    "wrong-kind",
    N_("the inputs of '{action}' stand below it, and not beside it"),
    N_("write this in place of the whole item: - {better}"),
)
def rule_step_with_inputs(*, action: str, better: str) -> None: ...
@problem(
    "unknown-key",
    N_("there is no '{key}': the id of a step is the name of its result"),
    N_("write id: {better} in place of it, and read steps.{better}.output.value."),
)
def rule_step_saves(*, key: str, better: str) -> None: ...
@problem(
    "unknown-action",
    N_("there is no '{key}': each step has an 'if' of its own"),
    N_("write these items in place of this one: {better}"),
)
def rule_steps_of_branches(*, key: str, better: str) -> None: ...
@problem("unknown-action", N_("there is no action '{key}'"), N_("write moderate: {do}."))
def rule_action_moderates(*, key: str, do: str) -> None: ...
@problem(
    "unknown-action",
    N_("there is no '{key}' beside an action"),
    N_("make an action of its own of it, whose 'if' asks for the opposite."),
)
def rule_action_else(*, key: str) -> None: ...
@problem(
    "unknown-action",
    N_("there is no action '{key}': a rule keeps later ones out as a whole"),
    N_("write stop: true beside the 'actions' of the rule."),
)
def rule_action_stops(*, key: str) -> None: ...
