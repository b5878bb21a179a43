"""Reasons for which a replay leaves something out, or a refused delivery is not taken in again."""

from automator.model import N_
from automator.reasons.kind import reason_kind

ALREADY_REPLAYED = reason_kind("already_replayed", N_("replayed already"))
CHANGED_MEANWHILE = reason_kind("changed_meanwhile", N_("changed meanwhile"))
OTHER_REASONS = reason_kind("other_reasons", N_("other reasons"))

# --- A run ---

STILL_UNDER_WAY = reason_kind("still_under_way", N_("still under way"))
HELD_SINCE_RESTORE = reason_kind(
    "held_since_restore", N_("held since a backup was restored: release or cancel it")
)
ONLY_WHEN_NAMED = reason_kind(
    "only_when_named", N_("{state}: only replayed when the filter names state={state}")
)
NEVER_DECIDED = reason_kind("never_decided", N_("its rules were never decided: replay its event"))
WAIT_HAS_ENDED = reason_kind(
    "wait_has_ended", N_("the awaited event came, so that there was nothing to do")
)
COLLECTED_ELSEWHERE = reason_kind(
    "collected_elsewhere", N_("its event was collected into another run")
)
ITSELF_A_REPLAY = reason_kind("itself_a_replay", N_("done, and itself a replay"))
RULES_UNREADABLE = reason_kind("rules_unreadable", N_("its rules can no longer be read"))
RULE_GONE = reason_kind("rule_gone", N_("its rule is not there any more"))
RULE_OFF = reason_kind("rule_off", N_("its rule is switched off"))
MATCHES_NO_MORE = reason_kind("matches_no_more", N_("its rule does not match any more: {because}"))
FAILED_STEP_UNKNOWN = reason_kind(
    "failed_step_unknown", N_("the step that failed can no longer be told")
)
STEP_GONE = reason_kind(
    "step_gone", N_("the step {step} is not in the rule any more (rules: then has it)")
)
NO_STEP_LEFT = reason_kind("no_step_left", N_("no step is left to be done"))
STEPS_GONE = reason_kind("steps_gone", N_("{path} is not in the rule any more"))

# --- An event ---

EVENT_EMPTIED = reason_kind(
    "event_emptied", N_("the event was emptied, by retention or because its person was erased")
)
NO_RULE_MATCHES = reason_kind("no_rule_matches", N_("no rule matches"))
ABSENCE_NOT_KNOWN = reason_kind(
    "absence_not_known",
    N_("the rule waits for an absence, and whether that ended is not known"),
)
HAS_A_RUN = reason_kind("has_a_run", N_("the rule has a run for it already"))

# --- Taken in again after it was refused ---

_SEND_AGAIN = N_("Have the sender send it again.")

TAKEN_AGAIN = reason_kind(
    "taken_again", N_("refused at first ({was}), and taken in by {by:author} on {at:time}")
)
NOT_REFUSED = reason_kind(
    "not_refused",
    N_("it has already been taken in"),
    N_("Replay its events to start new runs."),
)
BODY_NOT_READ = reason_kind(
    "body_not_read",
    N_("it was refused before its body was read, so that nothing of it was kept"),
    _SEND_AGAIN,
)
ONLY_ITS_START = reason_kind(
    "only_its_start",
    N_("only the first {kept} of its {size} bytes were kept, so that it cannot be verified"),
    _SEND_AGAIN,
)
BYTES_GONE = reason_kind(
    "bytes_gone",
    N_("its content was deleted after the time under `retention`"),
    _SEND_AGAIN,
)
CONNECTION_GONE = reason_kind(
    "connection_gone",
    N_("there is no connection {connection} now"),
    N_("Add it to automator.yaml under the same name."),
)
ONLY_A_HANDSHAKE = reason_kind(
    "only_a_handshake",
    N_("it was only a check of this address, and its answer is no longer awaited"),
    N_("Start the check of the address at the sender again."),
)
CREDENTIAL_NOT_KEPT = reason_kind(
    "credential_not_kept",
    N_(
        "the sender's proof ({names:list}) gives access, so that it was not kept and cannot be"
        " verified again"
    ),
    _SEND_AGAIN,
)
STILL_REFUSED = reason_kind(
    "still_refused",
    N_("it would be refused now as well: {reason}"),
    N_("Mend that first, and restart the server if automator.yaml has changed."),
)
STILL_UNREADABLE = reason_kind(
    "still_unreadable",
    N_("it cannot be read now either: {reason}"),
    N_("Look whether the connection has the provider that sends this."),
)
