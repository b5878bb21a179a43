"""The codes in the server's own log: read from the calls that write it, each with what it says."""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from automator.model import TargetState
from automator.model.own_events import CONNECTION_REJECTING, CONNECTION_SILENT, TROUBLES

_PROGRAM = Path(__file__).parents[2] / "automator"
_LOGGERS = {"log", "_log", "logger"}
_LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}
_NAMED = re.compile(r"(\w+)=%")
_WORKS = ("claims", "housekeeping", "targets", "traces")
#: The codes of records whose text begins with a value or has one in its code.
_MADE = {
    # The rule book has a line of its own about refused files.
    "%s about=": [kind for kind in TROUBLES if kind != "rules.refused"],
    "%s name=": (CONNECTION_SILENT, CONNECTION_REJECTING),
    "%s.failed": [f"{work}.failed" for work in _WORKS],
    "%s.recovered": [f"{work}.recovered" for work in _WORKS],
    "contact.%s": ("contact.paused", "contact.resumed"),
    "firings.%s": ("firings.done", "firings.stopped"),
    "replay.%s": ("replay.done", "replay.stopped"),
    "target.%s": [f"target.{state}" for state in TargetState],
}
#: What a record says, by the first of its codes.
_MEANINGS = {
    "account.removed": "an account was removed, with its sessions and tokens",
    "account.role_changed": "an account has another role",
    "action.failed": "an action has a fault; its traceback follows, and the step failed",
    "approvals.told": "steps wait for approval, and rules were told",
    "backup.failed": "the regular backup could not be made",
    "backup.made": "a backup was made",
    "claims.failed": "lasting work fails: runs cannot be claimed, recurring work or the shared"
    " state of targets fails, or spans cannot be exported; once until the error changes",
    "claims.recovered": "such work succeeds again",
    "clock.set_back": "the clock was set back; what waited by the earlier time waits anew",
    "clock.set_forward": "the clock was set forward",
    "connection.profile_not_set": "a greeting or menu could not be set at the platform",
    "connection.profile_set": "a greeting or menu was set at the platform",
    "connection.silent": "the watchdog warns of a connection",
    "connection.subscribed": "the server asked the platform to send events",
    "connection.subscription": "the platform does not send what rules need",
    "connection.unnamed_accounts": "deliveries are about accounts that the settings do not name",
    "contact.erased": "a person was erased",
    "contact.handed_on_untold": "a case was handed on, and its receiver could not be told",
    "contact.noted": "facts about a person were written",
    "contact.paused": "answers to a person were paused, or resumed",
    "contact.written": "staff wrote to a person",
    "contacts.imported": "people were imported",
    "data_deletion.settled": "a request to delete data was marked as settled",
    "firings.done": "a schedule has taken all its people, or stopped",
    "firings.rule_gone": "the rule of a schedule for people is gone, and so is its firing",
    "firings.stale": "a firing was overtaken by the next time of its schedule",
    "firings.stopped": "a person stopped a firing",
    "firings.waits": "a firing waits until a rule file is mended",
    "hook.answer": "the rule's own answer to a sender could not be made",
    "http.proxy_unnamed": "requests come through a proxy that `trusted_proxies` does not name",
    "http.refused": "connections or requests were refused before they were read",
    "inbox.marked": "a conversation was marked in the inbox",
    "invitation.revoked": "an invitation was revoked",
    "limit.reset": "a person reset a limit",
    "link.created": "a sign-in link was made",
    "live.poll_failed": "the live log could not read the database; it tries again",
    "lookup.failed": "a look-up of a provider has a fault",
    "node.clock_differs": "the clocks of this node and of the database differ",
    "node.lease_lost": "others took this node for dead; it ends",
    "node.took_over": "this node took over runs of a node that was lost",
    "openid.not_proved": "a sign-in was not proved by the provider",
    "openid.provider_away": "the sign-in provider does not answer",
    "passkey.added": "a passkey was added to an account",
    "passkey.not_proved": "the answer of a passkey was refused",
    "passkey.removed": "a passkey was removed from its account",
    "replay.done": "a replay ended",
    "replay.failed": "a replay failed for a fault of the program",
    "replay.resumed": "a replay goes on after a restart",
    "replay.started": "a replay began",
    "request.failed": "a page or a call has a fault; the id is on the page",
    "request.unavailable": "a page or a call could not reach the database",
    "retention.clock_in_doubt": "the clock jumped, so nothing is deleted for a while",
    "retention.contacts_erased": "contacts of whom nothing was heard were erased",
    "retention.deleted": "rows that are old enough were deleted",
    "rules.file_differs": "a file in the folder differs from the rules of the other nodes",
    "rules.followed": "the rules of another node are in force",
    "rules.loaded": "rules are in force",
    "rules.not_followed": "this version cannot read the rules of another node",
    "rules.not_stored": "rules could not be stored, and are not in force",
    "rules.over_budget": "a condition took too much time, and is false",
    "rules.reader_failed": "the reader of rule files has a fault",
    "rules.refused": "rule files have mistakes; their earlier version is in force",
    "runner.claimed": "a run begins",
    "runner.failed": "the part that carries out runs has a fault; the server ends",
    "runner.goes_on": "runs are carried out again",
    "runner.idle": "no run can be claimed",
    "runner.lane_failed": "a run has a fault",
    "runner.lease_unsure": "a run was left, because another node may have it",
    "runner.settle_failed": "the result of a run could not be stored",
    "runner.store_waits": "a result waits for the database",
    "schedules.clock_set_back": "a schedule waits, because the clock was set back",
    "schedules.fired": "a schedule fired",
    "schedules.skipped": "times of a schedule that were missed were skipped",
    "server.reloaded": "SIGHUP came, and these rules are in force",
    "server.signal_ignored": "a signal came that changes nothing",
    "server.started": "the server answers",
    "server.stopped": "the server has ended",
    "server.stopping": "the server ends when what is under way is done",
    "settings.applied": "other settings are in force, from a page or after SIGHUP",
    "settings.not_applied": "other settings have errors, so the earlier ones stay in force",
    "sign_in.done": "somebody signed in",
    "sign_in.refused": "a sign-in was refused",
    "staff_note.added": "staff noted something about a person",
    "staff_note.deleted": "a note of staff was deleted",
    "start.no_sign_in_link": "no sign-in link could be made at the start",
    "store.backed_up": "a backup was made before the tables change",
    "store.backups": "where backups are made, or why none is",
    "store.checkpoint_failed": "the write-ahead log could not be copied into the file",
    "store.commit_failed": "a commit failed",
    "store.connected_again": "the database answers again",
    "store.created": "the tables were made",
    "store.failed": "nothing can be stored any more; the server ends",
    "store.migrated": "the tables have the form of this version",
    "store.migration_step": "one step of changing the tables",
    "store.no_reserve": "the reserve file could not be made",
    "store.no_room": "there is too little room on the disk; deliveries are refused",
    "store.reserve_used": "the reserve file was given up",
    "store.restored": "a backup was restored; runs are held",
    "store.room_again": "there is room again; deliveries are taken",
    "store.unanswered_claims": "claims without an answer were given back",
    "store.waiters_gone": "nobody waited for the result of stored work",
    "store.wake_ups_lost": "nodes cannot wake each other; they look by themselves",
    "store.warning": "the database is less durable than it should be",
    "target.closed": "a target is sent to again (`closed`), fails (`open`), is tried"
    " (`half_open`), or was paused or disabled",
    "target.paused": "something needs a person; [rules can be told](../how-to/be-told.md)",
    "targets.no_rate_portion": "the shared rate of a target cannot be read",
    "tls.files_not_taken": "changed certificate files of a target do not fit together; the"
    " earlier ones are used",
    "token.begun": "a connection's token is renewed from now on",
    "token.created": "an API token was made",
    "token.deleted": "an API token was deleted",
    "token.lost": "a connection's token cannot be renewed any more",
    "token.not_renewed": "a connection's token could not be renewed; it is tried again",
    "token.renewed": "a connection's token was renewed",
    "traces.refused": "the receiver of traces refused spans",
    "traces.warning": "a setting of traces has no effect",
    "watchdog.check_failed": "a check at the platform failed",
    "zalo.signed": "somebody allowed this server to act for a Zalo OA",
}


def log_table(_: str) -> str:
    """Every code, with its levels, the values that have a name, and what it says.

    Raises:
        KeyError: nothing is said here about a code.
    """
    rows: dict[tuple[str, ...], tuple[set[str], dict[str, None]]] = {}
    for template, level in _records():
        levels, values = rows.setdefault(_codes(template), (set(), {}))
        levels.add("error" if level == "exception" else level)
        values.update(dict.fromkeys(_NAMED.findall(template)))
    unused = _MEANINGS.keys() - {codes[0] for codes in rows}
    if unused:
        raise KeyError(f"no record has the codes {sorted(unused)}")
    return "\n".join(
        [
            "| code | level | values | what it says |",
            "|---|---|---|---|",
            *(
                f"| {_words(codes)} | {', '.join(sorted(levels))} | {_words(values)} |"
                f" {_MEANINGS[codes[0]]} |"
                for codes, (levels, values) in sorted(rows.items())
            ),
        ]
    )


def _words(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _codes(template: str) -> tuple[str, ...]:
    for begin, codes in _MADE.items():
        if template.startswith(begin):
            return tuple(codes)
    return (re.split(r"[ :]", template, maxsplit=1)[0],)


def _records() -> Iterator[tuple[str, str]]:
    """The text of every record before its values are filled in, and its level."""
    for file in sorted(_PROGRAM.rglob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        texts = {
            node.targets[0].id: node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and isinstance(node.value, ast.Constant)
        }
        for node in ast.walk(tree):
            match node:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id=name), attr=level), args=[text, *_]
                ) if name in _LOGGERS and level in _LEVELS:
                    yield _text(text, texts), level
                case ast.Call(
                    func=ast.Attribute(attr="add_signal_handler"),
                    args=[_, ast.Attribute(value=ast.Name(id="logger"), attr=level), text, *_],
                ):
                    yield _text(text, texts), level


def _text(node: ast.expr, texts: dict[str, object]) -> str:
    return str(texts[node.id] if isinstance(node, ast.Name) else ast.literal_eval(node))
