"""Results of steps that the server itself decides."""

from automator.model import N_, Reason
from automator.reasons.kind import reason


@reason(N_("{done} (event {event:id})"))
def by_echo(*, done: Reason, event: int) -> None: ...
@reason(N_("confirmed by the provider's echo"))
def confirmed() -> None: ...
@reason(N_("shadow: would have sent ({action}): {inputs}"))
def would_have_sent(*, action: str, inputs: str) -> None: ...
@reason(N_("shadow: would have done: {done}"))
def would_have_done(*, done: Reason) -> None: ...


@reason(N_("if: {condition} does not hold: {because}"), code="if")
def condition_unmet(*, condition: str, because: Reason) -> None: ...
@reason(N_("it is empty (null)"))
def value_is_empty() -> None: ...
@reason(
    N_("the comment, post or message that it is about was deleted on {at:time}"),
    N_("Nobody could see an answer there, so that nothing was sent."),
)
def place_deleted(*, at: int) -> None: ...
@reason(
    N_("the contact opted out on {since:time}"),
    N_("The person does not want to be written to, so that nothing was sent."),
)
def opted_out(*, since: int) -> None: ...
@reason(
    N_(
        "the contact got {limit} messages within a minute; further ones would be a mistake "
        "(budgets.per_contact)"
    ),
    N_("The person has been answered often enough for now. The budget is set in automator.yaml."),
)
def contact_budget(*, limit: int) -> None: ...
@reason(
    N_(
        "{connection} sends at most {limit} messages a minute, and the messages of more than "
        "{longest:duration} are waiting (budgets.per_connection)"
    ),
    N_(
        "This connection sends no more messages now, so that the platform does not block it. "
        "Raise the budget in automator.yaml, or let fewer rules answer."
    ),
)
def connection_budget_full(*, connection: str, limit: int, longest: int) -> None: ...
@reason(
    N_("the one private reply of this comment is taken"),
    N_("The rule {rule} has it: run {run:id}, step {step}, comment {comment}."),
)
def private_reply_taken(*, rule: str, run: int, step: str, comment: str) -> None: ...


@reason(N_("the server stopped during this attempt; it may have worked"))
def interrupted_attempt() -> None: ...
@reason(
    N_("no answer within {limit:duration}; it may have worked"),
    N_(
        "The other side did not answer in time, so the request may or may not have been "
        "carried out."
    ),
)
def no_answer_in_time(*, limit: int) -> None: ...
@reason(N_("the database cannot tell whether this may be sent: {because}"))
def store_unavailable(*, because: Reason) -> None: ...
@reason(
    N_("the connection {connection} is no longer configured"),
    N_("Add it to automator.yaml again, then retry the run."),
)
def connection_removed(*, connection: str) -> None: ...
@reason(
    N_("the action {action} failed unexpectedly ({error})"),
    N_("The server's log has the details; please report it."),
    code="internal",
)
def action_failed(*, action: str, error: str) -> None: ...
@reason(
    N_("the input {input} was rendered as {value}: {problem}"),
    N_("Look at the template of this input, and at the event it was rendered with."),
    code="inputs",
)
def bad_input(*, input: str, value: str, problem: Reason) -> None: ...
@reason(
    N_("{where}: {problem}"),
    N_("{problem:advice} Try the template on this event in the editor."),
    code="template",
)
def bad_template(*, where: str, problem: Reason) -> None: ...
@reason(
    N_("the run would keep {kib} KiB from its steps, and at most {most} are kept"),
    N_("Set smaller values, or name under `output` only the values that later steps need."),
)
def run_keeps_too_much(*, kib: int, most: int) -> None: ...
@reason(
    N_("a schedule has nobody for {action}"),
    N_("Use forward or request, or let an event of that person trigger the rule."),
)
def no_person(*, action: str) -> None: ...
@reason(N_("the delivery of this event is no longer stored"))
def no_delivery() -> None: ...
