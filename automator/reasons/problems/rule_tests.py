"""Problems of the tests in a rule file."""

from collections.abc import Sequence

from automator.model import N_, Reason
from automator.reasons.kind import problem, reason


@problem(
    "test-expects-nothing",
    N_("this test expects nothing, so that it can never fail"),
    N_("name an outcome, as in 'expect: no_match' or 'expect: {{actions: [reply]}}'."),
)
def test_expects_nothing() -> None: ...
@problem(
    "test-never-holds",
    N_("'{key}' can never hold beside 'no_match': a rule that does not match does nothing"),
    N_("leave one of the two out."),
)
def test_never_holds(*, key: str) -> None: ...
@problem(
    "test-expects-nothing",
    N_("this compares nothing, so that it always holds"),
    N_("name a value, as in {{contains: giá}}, or leave it out; an empty list '[]' means none."),
)
def test_compares_nothing() -> None: ...
@problem(
    "test-expect",
    N_("this is compared as a text: write one, or 'equals', 'contains', 'matches' or 'not'"),
    N_("write it as in {{contains: giá}} or {{matches: '^cus_'}}, or only the text."),
)
def test_text_not_comparable() -> None: ...
@problem(
    "test-never-holds",
    N_("'{key}' can never hold: an action '{action}' does not have that"),
    N_("leave it out; of '{step}' a test can compare {known:list}."),
)
def test_step_has_none(*, key: str, action: str, step: str, known: Sequence[str]) -> None: ...
@problem(
    "test-never-holds",
    N_("'{key}' can never hold: nothing that is sent here has it"),
    N_("leave it out, or add the action that sends it."),
)
def test_sends_none(*, key: str) -> None: ...
@problem(
    "test-never-holds",
    N_("'{key}' can never hold: the rule has no '{needed}'"),
    N_("add '{needed}' to the rule, or expect something else."),
)
def test_rule_has_none(*, key: str, needed: str) -> None: ...
@problem(
    "test-never-holds",
    N_("'{name}' is never carried out here: it is an action of '{elsewhere}'"),
    N_("expect it below '{elsewhere}'."),
)
def test_step_elsewhere(*, name: str, elsewhere: str) -> None: ...
@problem(
    "test-never-holds",
    N_("no condition of the rule has '{text}' in its expression or name"),
    N_("copy a part of the condition that decides, or write 'no_match: true'."),
)
def test_condition_never(*, text: str) -> None: ...
@problem("test-never-holds", N_("nothing in the rule has the name '{name}'"), N_("{suggestion}"))
def test_name_never(*, name: str, suggestion: Reason) -> None: ...
@problem(
    "test-without-event",
    N_("nothing happens in this test"),
    N_("name an event, as in 'event: {{sample: facebook/comment.created}}'."),
)
def test_has_no_event() -> None: ...
@problem(
    "test-event",
    N_("the event of a test is one of 'sample', 'delivery', 'type', 'file' or 'stored'"),
    N_("name one of them, as in 'event: {{sample: facebook/comment.created}}'."),
)
def event_of_test_unclear() -> None: ...
@reason(N_("write it below 'with', as in 'with: {{event.text: …}}'."))
def test_field_elsewhere() -> None: ...
@problem(
    "test-event",
    N_("'{key}' belongs to a delivery, as its sender posts it"),
    N_("write it below 'with', as in 'with: {{event.{key}: …}}'."),
)
def test_field_of_delivery(*, key: str) -> None: ...
@problem(
    "test-event",
    N_("'{path}' is no field of an event that is written out"),
    N_("{suggestion}"),
)
def test_field_unknown(*, path: str, suggestion: Reason) -> None: ...
@problem(
    "test-event",
    N_("'{path}' has a value of another kind than events have"),
    N_("write a text for event.text, a list for event.attachments, and name: value for others."),
)
def test_field_otherwise(*, path: str) -> None: ...
@problem(
    "test-event",
    N_("the rule does not listen to '{event}', and the test expects it to act"),
    N_("write an event of its trigger, or expect: no_match."),
)
def test_event_elsewhere(*, event: str) -> None: ...
@problem(
    "test-clock",
    N_("'{text}' is not a time with its zone"),
    N_("write it as in 2026-11-24T21:50+07:00."),
)
def clock_unreadable(*, text: str) -> None: ...
@problem("test-expect", N_("'{value}' is nothing that a test can expect"), N_("write {nearest}."))
def expect_misspelt(*, value: str, nearest: str) -> None: ...
@problem(
    "test-expect",
    N_("'{text}' is nothing that a test can expect"),
    N_("write 'no_match', 'matched', or a mapping such as {{actions: [reply]}}."),
)
def expect_unreadable(*, text: str) -> None: ...
@problem("unknown-sample", N_("there is no sample '{name}'"), N_("{suggestion}"))
def unknown_sample(*, name: str, suggestion: Reason) -> None: ...
@problem("unknown-step", N_("the rule has no action '{name}'"), N_("{suggestion}"))
def unknown_step_of_test(*, name: str, suggestion: Reason) -> None: ...
@problem(
    "duplicate-id",
    N_("the rule has another test of this name"),
    N_("give each test a name of its own, so that a report says which one failed."),
)
def test_name_taken() -> None: ...
@problem("unknown-reason", N_("no run is held back because of '{name}'"), N_("{suggestion}"))
def unknown_reason_of_test(*, name: str, suggestion: Reason) -> None: ...
@problem(
    "test-file",
    N_("'{file}' is not below the folder of this rule file"),
    N_("put the file there, and write its path from there, as in events/order.json."),
)
def test_file_outside(*, file: str) -> None: ...
@problem(
    "test-answer",
    N_("this is taken for the body of the answer, since it has no status"),
    N_(
        "write its status beside 'body', as in {{status: 200, body: …}}, or only the value of "
        "'body'."
    ),
)
def test_answer_is_body() -> None: ...
@problem(
    "test-file",
    N_("there is no file '{file}' below the folder of this rule file"),
    N_("write its path from there, as in events/order.json."),
)
def test_file_missing(*, file: str) -> None: ...
@problem(
    "test-file",
    N_("'{file}' has more than {most:number} bytes"),
    N_("leave out the parts that the rule does not read."),
)
def test_file_too_large(*, file: str, most: int) -> None: ...
@problem(
    "test-file",
    N_("'{file}' is not read: the files of all tests have more than {most:number} bytes"),
    N_("leave out the parts that the rules do not read, or share files."),
)
def test_files_too_large(*, file: str, most: int) -> None: ...
@problem(
    "test-file",
    N_("'{file}' is not JSON: {said}, in line {line} and column {column}"),
    N_("write the body of a delivery, as its sender posts it."),
)
def test_file_not_json(*, file: str, said: str, line: int, column: int) -> None: ...
@problem(
    "test-event",
    N_("'{text}' is no id of an event"),
    N_("copy one from the log: 13 letters and digits in brackets."),
)
def not_an_event_id(*, text: str) -> None: ...
