"""Reasons that tries and tests give: what a try cannot know, and why a test of a rule fails."""

from automator.model import N_
from automator.reasons.kind import reason_kind

TAKES_TOO_LONG = reason_kind(
    "try_takes_too_long", N_("this takes more than a try may take; the rest is left out")
)
ANSWER_AWAITED = reason_kind(
    "answer_awaited", N_("the actions behind it are done when the person has answered")
)
APPROVAL_AWAITED = reason_kind(
    "approval_awaited",
    N_("a person approves this first, within {within:duration}; otherwise the rule decides"),
)
ANSWER_UNKNOWN = reason_kind(
    "answer_unknown",
    N_("no request is sent, so the answer is unknown: later steps read it as empty"),
)
LIMIT_ALLOWS = reason_kind(
    "limit_allows", N_("{limit}: nothing counted for {key} holds it back ({count} of {most})")
)
LIMIT_QUEUES = reason_kind(
    "limit_queues", N_("{limit}: acts when it has its place; at most {most} at once for {key}")
)
PREVIEW_CUT = reason_kind(
    "preview_cut", N_("this took long: {count} of {of} events were looked at")
)
MATCH_NOT_EXPECTED = reason_kind(
    "test_match_not_expected", N_("expected: the rule does not match; it matched")
)
NO_MATCH_ELSEWHERE = reason_kind(
    "test_no_match_elsewhere",
    N_("expected: no match because of '{expected}'; it does not match because {got}"),
)
TIMES_DIFFER = reason_kind(
    "test_times_differ",
    N_("expected: the rule matches {expected:number} times; it matched {got:number} times"),
)
DID_NOT_MATCH = reason_kind("test_did_not_match", N_("expected: the rule matches; it did not"))
ACTIONS_DIFFER = reason_kind(
    "test_actions_differ",
    N_("expected actions: {expected:list}; carried out: {got:list}"),
)
NO_ACTIONS = reason_kind("test_no_actions", N_("none"))
STATUS_DIFFERS = reason_kind(
    "test_status_differs", N_("{step}: expected to be {expected}, is {got}: {because}")
)
TEXT_DIFFERS = reason_kind("test_text_differs", N_("{step}: expected “{expected}”, says “{got}”"))
TEXT_LACKS = reason_kind(
    "test_text_lacks", N_("{step}: expected to say “{expected}”, says “{got}”")
)
RECEIVER_DIFFERS = reason_kind(
    "test_receiver_differs", N_("{step}: expected to write to {expected}, writes to {got}")
)
CONNECTION_DIFFERS = reason_kind(
    "test_connection_differs",
    N_("{step}: expected to write through {expected}, writes through {got}"),
)
FOLLOW_UPS_DIFFER = reason_kind(
    "test_follow_ups_differ", N_("expected follow-ups: {expected:number}; planned: {got:number}")
)
FOLLOW_UP_TIME_DIFFERS = reason_kind(
    "test_follow_up_time_differs",
    N_(
        "follow-up {number:number}: expected after {expected:duration},"
        " planned after {got:duration}"
    ),
)
FOLLOW_UP_GOES_ON = reason_kind(
    "test_follow_up_goes_on", N_("follow-up {number:number}: expected to be cancelled, and is not")
)
FOLLOW_UP_CANCELLED = reason_kind(
    "test_follow_up_cancelled",
    N_("follow-up {number:number}: is cancelled, which was not expected"),
)
NOT_HELD_BACK = reason_kind("test_not_held_back", N_("expected: the rule is held back; it was not"))
HELD_BACK_UNEXPECTEDLY = reason_kind(
    "test_held_back", N_("the rule is held back, not expected: {because}")
)
HELD_BACK_OTHERWISE = reason_kind(
    "test_held_back_otherwise",
    N_("expected: held back by '{expected}'; it is held back by '{got}': {because}"),
)
CONTACT_DIFFERS = reason_kind(
    "test_contact_differs", N_("contact: expected {name} to be {expected}, is {got}")
)
CANNOT_ARRIVE = reason_kind("test_cannot_arrive", N_("the event cannot come in: {problem}"))
NO_FITTING_CONNECTION = reason_kind(
    "test_no_connection",
    N_("no connection has the provider {provider}; name one with 'connection'"),
)
NO_LOG_HERE = reason_kind(
    "test_no_log",
    N_("the event {id} is in a log, and there is none here"),
    N_("Run the test where the server's data is, or keep the event as a sample or a file."),
)
NOTHING_READ = reason_kind("test_nothing_read", N_("{connection} finds no event in its deliveries"))
GOES_IN_A_CIRCLE = reason_kind(
    "test_too_much",
    N_("this goes round in a circle: more than {most:number} runs were carried out"),
)
TEST_TAKES_TOO_LONG = reason_kind(
    "test_takes_too_long", N_("this takes longer than {limit:duration} to run")
)
