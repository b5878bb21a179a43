"""Problems of the tests in a rule file."""

from automator.model import N_
from automator.reasons.kind import problem_kind

TEST_EXPECTS_NOTHING = problem_kind(
    "test_expects_nothing",
    "test-expects-nothing",
    N_("this test expects nothing, so that it can never fail"),
    N_("name an outcome, as in 'expect: no_match' or 'expect: {{actions: [reply]}}'."),
)
TEST_NEVER_HOLDS = problem_kind(
    "test_never_holds",
    "test-never-holds",
    N_("'{key}' can never hold beside 'no_match': a rule that does not match does nothing"),
    N_("leave one of the two out."),
)
TEST_HAS_NO_EVENT = problem_kind(
    "test_has_no_event",
    "test-without-event",
    N_("nothing happens in this test"),
    N_("name an event, as in 'event: {{sample: facebook/comment.created}}'."),
)
EVENT_OF_TEST_UNCLEAR = problem_kind(
    "event_of_test_unclear",
    "test-event",
    N_("the event of a test is one of 'sample', 'delivery', 'type', 'file' or 'stored'"),
    N_("name one of them, as in 'event: {{sample: facebook/comment.created}}'."),
)
TEXT_BESIDE_SAMPLE = problem_kind(
    "text_beside_sample",
    "test-event",
    N_("'{key}' belongs to an event that is written out with its 'type'"),
    N_("change a sample below 'with', as in 'with: {{event.text: …}}'."),
)
CLOCK_UNREADABLE = problem_kind(
    "clock_unreadable",
    "test-clock",
    N_("'{text}' is not a time with its zone"),
    N_("write it as in 2026-11-24T21:50+07:00."),
)
EXPECT_MISSPELT = problem_kind(
    "expect_misspelt",
    "test-expect",
    N_("'{value}' is nothing that a test can expect"),
    N_("write {nearest}."),
)
EXPECT_UNREADABLE = problem_kind(
    "expect_unreadable",
    "test-expect",
    N_("'{text}' is nothing that a test can expect"),
    N_("write 'no_match', 'matched', or a mapping such as {{actions: [reply]}}."),
)
UNKNOWN_SAMPLE = problem_kind(
    "unknown_sample",
    "unknown-sample",
    N_("there is no sample '{name}'"),
    N_("{suggestion}"),
)
UNKNOWN_STEP_OF_TEST = problem_kind(
    "unknown_step_of_test",
    "unknown-step",
    N_("the rule has no action '{name}'"),
    N_("{suggestion}"),
)
TEST_NAME_TAKEN = problem_kind(
    "test_name_taken",
    "duplicate-id",
    N_("the rule has another test of this name"),
    N_("give each test a name of its own, so that a report says which one failed."),
)
UNKNOWN_REASON_OF_TEST = problem_kind(
    "unknown_reason_of_test",
    "unknown-reason",
    N_("no run is held back because of '{name}'"),
    N_("{suggestion}"),
)
TEST_FILE_OUTSIDE = problem_kind(
    "test_file_outside",
    "test-file",
    N_("'{file}' is not below the folder of this rule file"),
    N_("put the file there, and write its path from there, as in events/order.json."),
)
TEST_ANSWER_IS_BODY = problem_kind(
    "test_answer_is_body",
    "test-answer",
    N_("this is taken for the body of the answer, since it has no status"),
    N_(
        "write its status beside 'body', as in {{status: 200, body: …}}, or only the value of "
        "'body'."
    ),
)
TEST_FILE_MISSING = problem_kind(
    "test_file_missing",
    "test-file",
    N_("there is no file '{file}' below the folder of this rule file"),
    N_("write its path from there, as in events/order.json."),
)
TEST_FILE_TOO_LARGE = problem_kind(
    "test_file_too_large",
    "test-file",
    N_("'{file}' has more than {most:number} bytes"),
    N_("leave out the parts that the rule does not read."),
)
TEST_FILES_TOO_LARGE = problem_kind(
    "test_files_too_large",
    "test-file",
    N_("'{file}' is not read: the files of all tests have more than {most:number} bytes"),
    N_("leave out the parts that the rules do not read, or share files."),
)
TEST_FILE_NOT_JSON = problem_kind(
    "test_file_not_json",
    "test-file",
    N_("'{file}' is not JSON: {said}, in line {line} and column {column}"),
    N_("write the body of a delivery, as its sender posts it."),
)
NOT_AN_EVENT_ID = problem_kind(
    "not_an_event_id",
    "test-event",
    N_("'{text}' is no id of an event"),
    N_("copy one from the log: 13 letters and digits in brackets."),
)
