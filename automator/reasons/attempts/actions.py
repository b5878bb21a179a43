"""Results and failures of actions."""

from collections.abc import Sequence

from automator.model import N_, Reason
from automator.reasons.kind import Moment, reason


@reason(N_("remembered {names:list}"))
def remembered(*, names: Sequence[str]) -> None: ...
@reason(N_("remembered nothing"))
def remembered_nothing() -> None: ...
@reason(N_("noted that the person has opted out"))
def noted_opt_out() -> None: ...
@reason(N_("noted that the person has opted in again"))
def noted_opt_in() -> None: ...
@reason(N_("blocked the person"))
def noted_block() -> None: ...
@reason(N_("blocks the person no more"))
def noted_unblock() -> None: ...
@reason(N_("warning: {text}"))
def logged_warning(*, text: str) -> None: ...
@reason(N_("error: {text}"))
def logged_error(*, text: str) -> None: ...
@reason(N_("set {names:list}"))
def values_set(*, names: Sequence[str]) -> None: ...
@reason(N_("sent to {target}: {status}"))
def forwarded(*, target: str, status: int) -> None: ...
@reason(N_("{method} {place}: {status}"))
def requested(*, method: str, place: str, status: int) -> None: ...
@reason(
    N_("the answer of {place} is not as expected: {condition} does not hold: {because}"),
    N_("Look at the answer in the attempt, and change 'expect' if the service is right."),
)
def answer_not_expected(*, place: str, condition: str, because: Reason) -> None: ...
@reason(N_("follows up in {wait:duration}, on {at:moment}"))
def follows_up(*, wait: int, at: Moment) -> None: ...
@reason(N_("follows up in {wait:duration}, on {at:moment} or up to {late:duration} later"))
def follows_up_until(*, wait: int, at: Moment, late: int) -> None: ...
@reason(
    N_(
        "follows up in {wait:duration}, drawn from {least:duration} to {most:duration}, on"
        " {at:moment}"
    )
)
def follows_up_drawn(*, wait: int, least: int, most: int, at: Moment) -> None: ...
@reason(
    N_(
        "follows up in {wait:duration}, drawn from {least:duration} to {most:duration}, on"
        " {at:moment} or up to {late:duration} later"
    )
)
def follows_up_drawn_until(*, wait: int, least: int, most: int, at: Moment, late: int) -> None: ...
@reason(N_("{planned}; {because}"))
def follows_up_later(*, planned: Reason, because: Reason) -> None: ...
@reason(N_("{number} of {count}: {planned}"))
def follows_up_in_sequence(*, number: int, count: int, planned: Reason) -> None: ...
@reason(
    N_(
        "nothing is planned: {due:moment} is outside {calendar}, which begins {opens:moment}, and"
        " the window ends {until:moment}"
    ),
    N_("Give the follow-up a longer window, or more times in which it may act."),
)
def follow_up_too_late(*, due: Moment, calendar: str, opens: Moment, until: Moment) -> None: ...
@reason(
    N_("nothing is planned: {due:moment} is outside {calendar}, which never begins again"),
    N_("Give the follow-up other times in which it may act."),
)
def follow_up_never(*, due: Moment, calendar: str) -> None: ...
@reason(N_("cancels the waiting follow-ups"))
def cancels_all() -> None: ...
@reason(N_("cancels the waiting follow-ups of {rule}"))
def cancels_of_rule(*, rule: str) -> None: ...
@reason(N_("cancels the waiting follow-ups with the key {key}"))
def cancels_with_key(*, key: str) -> None: ...
@reason(N_("cancels the waiting follow-ups of {rule} with the key {key}"))
def cancels_of_rule_with_key(*, rule: str, key: str) -> None: ...


@reason(N_("raised the event {type}"))
def emits(*, type: str) -> None: ...
@reason(
    N_("this event follows from events that rules have raised, {most} levels deep"),
    N_("Look for a ring among the rules that raise events, and break it."),
)
def emits_too_deep(*, most: int) -> None: ...
@reason(
    N_("rules have raised {most} events because of one that came in"),
    N_("Let fewer rules raise events, or raise them under narrower conditions."),
)
def emits_too_many(*, most: int) -> None: ...


@reason(N_("this event has no contact, so no follow-up waits for them"))
def no_follow_ups() -> None: ...
@reason(
    N_("this event has no contact to remember anything about"),
    N_("Add the condition: event.actor.id != null."),
)
def no_contact() -> None: ...
@reason(
    N_("{kib} KiB would be remembered about the contact, and at most {most} are kept"),
    N_("Remember smaller values, and take tags away that are no longer used."),
)
def contact_keeps_too_much(*, kib: int, most: int) -> None: ...
@reason(
    N_("there is nothing to say: the rendered text is empty"),
    N_("Give the template a default, as in {{{{ event.actor.name | default('bạn') }}}}."),
)
def nothing_to_say() -> None: ...
@reason(
    N_("the address does not begin with a literal host"),
    N_(
        "Write scheme, host and port as they are, as in https://api.example.com/… ; {{{{ … }}}}"
        " may stand only in the path and after '?'."
    ),
)
def host_not_literal() -> None: ...
@reason(
    N_("{input}: {expression} cannot be evaluated: {problem}"),
    N_("Try the expression on this event in the editor."),
    code="expression",
)
def expression_failed(*, input: str, expression: str, problem: Reason) -> None: ...
@reason(
    N_("there is no target '{target}'"),
    N_("Add it under targets: in automator.yaml. Targets: {known:list}."),
)
def no_target(*, target: str, known: Sequence[str]) -> None: ...
@reason(
    N_("there is no secret '{name}'"),
    N_("Add it under secrets: in automator.yaml, with the hosts that it may go to."),
)
def no_secret(*, name: str) -> None: ...
@reason(
    N_("the secret '{name}' may not go to {host}"),
    N_("If it belongs there, add the host to its hosts in automator.yaml; HTTP needs a port."),
)
def secret_not_for_host(*, name: str, host: str) -> None: ...
@reason(N_("told {name}"))
def notified(*, name: str) -> None: ...
@reason(
    N_("there is nobody called '{name}' to tell"),
    N_("Add the name under notify: in automator.yaml. Names: {known:list}."),
)
def no_receiver(*, name: str, known: Sequence[str]) -> None: ...
@reason(
    N_("{name} was not told; the service says: {said}"),
    N_("Compare the address under notify: in automator.yaml with the one that the service shows."),
)
def notice_refused(*, name: str, said: str) -> None: ...


_WROTE_TOO_LONG_AGO = N_(
    "The person has not written for too long: the platform takes no message any more until they"
    " write again."
)


@reason(
    N_(
        "the event is of {at:time}, and {platform} allows no reply more than {within:duration}"
        " after it"
    ),
    _WROTE_TOO_LONG_AGO,
)
def reply_too_late(*, at: int, platform: str, within: int) -> None: ...
@reason(
    N_(
        "the comment is of {at:time}, and {platform} allows no private reply more than"
        " {within:duration} after it"
    ),
    _WROTE_TOO_LONG_AGO,
)
def private_reply_too_late(*, at: int, platform: str, within: int) -> None: ...
@reason(
    N_(
        "the person was last heard of on {at:time}, and {platform} allows no message more than"
        " {within:duration} after that"
    ),
    _WROTE_TOO_LONG_AGO,
)
def message_too_late(*, at: int, platform: str, within: int) -> None: ...
@reason(
    N_(
        "the person was last heard of on {at:time}, and {platform} allows no message but an"
        " approved template more than {within:duration} after that"
    ),
    _WROTE_TOO_LONG_AGO,
)
def only_a_template(*, at: int, platform: str, within: int) -> None: ...
