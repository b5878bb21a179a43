"""Results of steps before anything was sent: what was done, skipped, or failed."""

from automator.model import N_
from automator.reasons.kind import reason_kind

BY_ECHO = reason_kind("by_echo", N_("{done} (event {event:id})"))
CONFIRMED = reason_kind("confirmed", N_("confirmed by the provider's echo"))
WOULD_HAVE_SENT = reason_kind("would_have_sent", N_("shadow: would have sent ({action}): {inputs}"))
WOULD_HAVE_DONE = reason_kind("would_have_done", N_("shadow: would have done: {done}"))

CONDITION_UNMET = reason_kind("if", N_("if: {condition} does not hold: {because}"))
VALUE_IS_EMPTY = reason_kind("value_is_empty", N_("it is empty (null)"))
PLACE_DELETED = reason_kind(
    "place_deleted",
    N_("the comment, post or message that it is about was deleted on {at:time}"),
    N_("Nobody could see an answer there, so that nothing was sent."),
)
OPTED_OUT = reason_kind(
    "opted_out",
    N_("the contact opted out on {since:time}"),
    N_("The person does not want to be written to, so that nothing was sent."),
)
CONTACT_BUDGET = reason_kind(
    "contact_budget",
    N_(
        "the contact got {limit} messages within a minute; further ones would be a mistake "
        "(budgets.per_contact)"
    ),
    N_("The person has been answered often enough for now. The budget is set in automator.yaml."),
)
CONNECTION_BUDGET_FULL = reason_kind(
    "connection_budget_full",
    N_(
        "{connection} sends at most {limit} messages a minute, and the messages of more than "
        "{longest:duration} are waiting (budgets.per_connection)"
    ),
    N_(
        "This connection sends no more messages now, so that the platform does not block it. "
        "Raise the budget in automator.yaml, or let fewer rules answer."
    ),
)
PRIVATE_REPLY_TAKEN = reason_kind(
    "private_reply_taken",
    N_(
        "the rule {rule} has the one private reply of this comment: run {run:id}, step {step},"
        " comment {comment}"
    ),
    N_("A comment can have one private reply, and this comment has had its one."),
)

INTERRUPTED_ATTEMPT = reason_kind(
    "interrupted_attempt", N_("the server stopped during this attempt; it may have worked")
)
NO_ANSWER_IN_TIME = reason_kind(
    "no_answer_in_time",
    N_("no answer within {limit:duration}; it may have worked"),
    N_(
        "The other side did not answer in time, so the request may or may not have been "
        "carried out."
    ),
)
STORE_UNAVAILABLE = reason_kind(
    "store_unavailable", N_("the database cannot tell whether this may be sent: {because}")
)
CONNECTION_REMOVED = reason_kind(
    "connection_removed",
    N_("the connection {connection} is no longer configured"),
    N_("Add it to automator.yaml again, then retry the run."),
)
ACTION_FAILED = reason_kind(
    "internal",
    N_("the action {action} failed unexpectedly ({error})"),
    N_("The server's log has the details; please report it."),
)
BAD_INPUT = reason_kind(
    "inputs",
    N_("the input {input} was rendered as {value}: {problem}"),
    N_("Look at the template of this input, and at the event it was rendered with."),
)
BAD_TEMPLATE = reason_kind(
    "template",
    N_("{where}: {problem}"),
    N_("{problem:advice} Try the template on this event in the editor."),
)
RUN_KEEPS_TOO_MUCH = reason_kind(
    "run_keeps_too_much",
    N_("the run would keep {kib} KiB from its steps, and at most {most} are kept"),
    N_("Set smaller values, or name under `output` only the values that later steps need."),
)
SCHEDULE_HAS_NOBODY = reason_kind(
    "no_person",
    N_("a schedule has nobody for {action}"),
    N_("Use forward or request, or let an event of that person trigger the rule."),
)
NO_DELIVERY = reason_kind("no_delivery", N_("the delivery of this event is no longer stored"))
