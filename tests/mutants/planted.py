"""Bugs that are planted on purpose: each breaks one promise, and names the test that must see it.

An edit is an exact text that stands once in its file. When the file changes so that it does not,
the mutant has to be looked at again: `tests/meta/test_mutants.py` says so in every test run.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Edit:
    """One text for another, in a file of the package."""

    file: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Mutant:
    """A planted bug. `test` is what pytest is given; at least one of it must fail."""

    name: str
    promise: str
    edits: tuple[Edit, ...]
    test: str
    #: A part of `test` by a name, as `-k` takes it.
    only: str = ""


_STORE = "tests/integration/store"
_ENGINE = "tests/integration/engine/runs/test_runner.py"
_POWER = "tests/faults/test_power_cuts.py"

MUTANTS = (
    Mutant(
        "acknowledged before the commit",
        "P1",
        (
            Edit(
                "automator/store/writer/writer.py",
                "                    committed = self._transactions.apply(db, batch)\n",
                "                    committed = self._transactions.apply(db, batch)\n"
                "                    _answer(batch)\n",
            ),
        ),
        _POWER,
    ),
    Mutant(
        "synchronous=NORMAL",
        "P1",
        (
            Edit("automator/store/database/sqlite.py", "_FULL = 2\n", "_FULL = 1\n"),
            Edit(
                "automator/store/database/sqlite.py",
                "PRAGMA synchronous=FULL",
                "PRAGMA synchronous=1",
            ),
        ),
        _POWER,
    ),
    Mutant(
        "a store that cannot commit is answered with 200",
        "P1",
        (
            Edit(
                "automator/server/http/hook_answers.py",
                "return 503, body",
                "return 200, body",
            ),
        ),
        "tests/integration/server/http/test_hooks.py",
        "cannot_be_stored",
    ),
    Mutant(
        "writing goes on after a failed fsync",
        "P1",
        (
            Edit(
                "automator/store/database/database_errors.py",
                "name.startswith(self._FATAL)",
                "name.startswith(self._RETRIABLE)",
            ),
        ),
        f"{_STORE}/test_failures.py",
        "io_error",
    ),
    Mutant(
        "no event is ever a duplicate",
        "P5",
        (
            Edit(
                "automator/store/runs/prepared_delivery.py",
                "key = storable_key(event.dedupe_key)",
                'key = storable_key(f"{event.dedupe_key} {event.id}")',
            ),
        ),
        f"{_STORE}/runs/test_ingest.py",
        "duplicate",
    ),
    Mutant(
        "a duplicate within a batch starts its runs as well",
        "P5",
        (
            Edit(
                "automator/store/runs/ingest.py",
                "            if first_id == own_id:\n",
                "            if first_id >= min(first_ids.values()):\n",
            ),
        ),
        f"{_STORE}/runs/test_ingest.py",
        "duplicate_inside",
    ),
    Mutant(
        "a refused delivery that two people take in again is taken in by both",
        "P5",
        (
            Edit(
                "automator/store/runs/ingest.py",
                "        deliveries.c.verdict.in_([verdict.value for verdict in REFUSED]),\n",
                "",
            ),
        ),
        "tests/integration/engine/intake/test_refused_deliveries.py",
        "press_at_once",
    ),
    Mutant(
        "a settlement without a fence",
        "P3",
        (
            Edit(
                "automator/store/runs/settle.py",
                "if claims.get(run_id) != _claim_of(prepared.settlement):",
                "if run_id not in claims:",
            ),
        ),
        f"{_STORE}/runs/test_settle.py",
        "lost_claim or settled_twice",
    ),
    Mutant(
        "a run that is done without a fence",
        "P3",
        (
            Edit(
                "automator/store/runs/settle.py",
                '        runs.c.owner == bindparam("own"),\n        runs.c.step',
                "        runs.c.step",
            ),
        ),
        f"{_STORE}/runs/test_settle.py",
        "another_owner",
    ),
    Mutant(
        "a step reaches out before its intent is stored",
        "P3",
        (
            Edit(
                "automator/engine/runs/run_carrier.py",
                "                (has_changed or not progress.at.is_intent_stored)\n",
                "                (has_changed or progress.at.step > 100)\n",
            ),
        ),
        "tests/faults/test_kills.py",
    ),
    Mutant(
        "another idempotency key for each attempt",
        "P3",
        (
            Edit(
                "automator/plugins/action.py",
                'return f"run-{self.run_id}-{self.step.id}"',
                'return f"run-{self.run_id}-{self.step.id}-{self.attempt}"',
            ),
        ),
        _ENGINE,
        "failed_attempt or repeated_under",
    ),
    Mutant(
        "what is held is repeated",
        "P4",
        (
            Edit(
                "automator/lifecycle/table.py",
                "(On.INTERRUPTED, (F.HOLD,), ",
                "(On.INTERRUPTED, (F.HOLD, F.CHILD), ",
            ),
        ),
        _ENGINE,
        "crash_interrupted",
    ),
    Mutant(
        "the order of a lane is ignored",
        "P6",
        (
            Edit(
                "automator/store/queue/lanes.py",
                "_other_unfinished, _other_position < _position\n",
                "_other_unfinished, _other_position < _position, _other.c.id < 0\n",
            ),
        ),
        f"{_STORE}/runs/test_claims.py",
        "retrying_run_holds or rest_of_a_lane",
    ),
    Mutant(
        "a broken rule file replaces the good ones",
        "P7",
        (
            Edit(
                "automator/rules/reading/load.py",
                "self._version_in_force(name) if name in self.refused else self.newest[name]\n",
                "None if name in self.refused else self.newest[name]\n",
            ),
        ),
        "tests/integration/engine/rulesets/test_rulebook.py",
        "keeps_its_own_version or start_with_a_broken",
    ),
    Mutant(
        "a save overwrites what somebody else has saved",
        "P8",
        (
            Edit(
                "automator/engine/rulesets/rule_folder.py",
                "    if (None if text is None else etag_of(text)) == if_match:\n",
                "    if text is not None or if_match is None:\n",
            ),
        ),
        "tests/integration/engine/rulesets/test_rulebook.py",
        "refused",
    ),
    Mutant(
        "the reply that cancels a follow-up is not looked for when it comes in",
        "P10",
        (
            Edit(
                "automator/store/runs/ingest.py",
                "        asking = cancel_waiting(db, arrivals, batch, cancelling)\n",
                "        asking: list[int] = []\n",
            ),
        ),
        f"{_STORE}/runs/test_ingest.py",
        "reply_cancels",
    ),
    Mutant(
        "a follow-up fires a minute early",
        "P10",
        (
            Edit(
                "automator/store/queue/lanes.py",
                "        return Window(batch.now_ms)\n",
                "        return Window(batch.now_ms + 60_000)\n",
            ),
        ),
        _ENGINE,
        "follow_up_fires or failed_attempt",
    ),
    Mutant(
        "what was set aside is not brought back",
        "P2",
        (
            Edit(
                "automator/store/writer/transaction.py",
                "        make_heads_claimable(db, batch)\n",
                "",
            ),
        ),
        f"{_STORE}/queue/test_lanes.py",
        "whatever_ends or cancels_a_follow_up",
    ),
    Mutant(
        "a lease never ends",
        "P2",
        (
            Edit(
                "automator/store/runs/recovery.py",
                '_expired.c.lease_until < bindparam("now")',
                '_expired.c.lease_until < bindparam("now") - 10**12',
            ),
        ),
        f"{_STORE}/database/test_postgresql.py",
        "lease_of_a_silent_node",
    ),
    Mutant(
        "a node that slept begins what it claimed before",
        "P3",
        (
            Edit(
                "automator/engine/runs/runner.py",
                "        is_recent = self._store.membership.is_recent\n",
                "        is_recent = True\n",
            ),
        ),
        _ENGINE,
        "claimed_before_it_slept",
    ),
    Mutant(
        "a node does not notice what others took over",
        "P3",
        (
            Edit(
                "automator/engine/runs/runner.py",
                "        for run_id in lost or ():\n",
                "        for run_id in ():\n",
            ),
        ),
        _ENGINE,
        "another_node_took_over",
    ),
    Mutant(
        "attempts are not counted",
        "P2",
        (
            Edit(
                "automator/engine/runs/progress.py",
                "attempt=at.attempt, now_ms=now_ms,",
                "attempt=1, now_ms=now_ms,",
            ),
        ),
        _ENGINE,
        "used_up_its_attempts",
    ),
    Mutant(
        "a crash is not counted",
        "P2",
        (
            Edit(
                "automator/store/runs/recovery.py",
                "runs.c.crashes + int(row.counts_crash)",
                "runs.c.crashes + 0",
            ),
        ),
        f"{_STORE}/runs/test_claims.py",
        "quarantines",
    ),
    Mutant(
        "a private reply is not claimed",
        "P3",
        (
            Edit(
                "automator/store/limits/budgets.py",
                "        claims.take(speech.claim)\n",
                "        pass\n",
            ),
        ),
        f"{_STORE}/limits/test_reply_claims.py",
        "claims_first",
    ),
    Mutant(
        "a private reply that may have been sent is given up",
        "P3",
        (
            Edit(
                "automator/engine/attempts/performer.py",
                "if claim is None or outcome_unknown or isinstance(error, UnknownOutcome):",
                "if claim is None:",
            ),
        ),
        "tests/integration/engine/test_private_replies.py",
        "may_have_been_sent",
    ),
    Mutant(
        "an echo wakes nobody",
        "P3",
        (
            Edit(
                "automator/store/queue/echoes.py",
                "        db.run(_WAKE[made], run_id=row.id, now=batch.now_ms)\n",
                "",
            ),
        ),
        "tests/integration/engine/test_echoes.py",
        "proved_by_its_echo",
    ),
    Mutant(
        "an echo that came first is overlooked",
        "P3",
        (
            Edit(
                "automator/store/queue/echoes.py",
                "        row.echoed_at is not None and row.echoed_at >= awaited.since_ms\n",
                "        False\n",
            ),
        ),
        "tests/integration/engine/test_echoes.py",
        "before_its_answer_was_lost",
    ),
    Mutant(
        "SIGTERM does not wait for what is under way",
        "P11",
        (Edit("automator/server/bootstrap/process.py", "    await services.runner.stop()\n", ""),),
        "tests/faults/test_stops.py",
    ),
    Mutant(
        "a damaged log is opened, and SQLite forgets what stands behind the damage",
        "P1",
        (
            Edit(
                "automator/store/database/sqlite.py",
                "            require_whole_log(self.file)\n",
                "            pass\n",
            ),
        ),
        f"{_STORE}/database/test_wal_check.py",
        "is_refused",
    ),
    Mutant(
        "deliveries are acknowledged although another program has cut the log",
        "P1",
        (
            Edit(
                "automator/store/database/sqlite.py",
                "            self._checkpoints.require_log()\n",
                "            pass\n",
            ),
        ),
        f"{_STORE}/database/test_disk.py",
        "somebody_has_cut",
    ),
    Mutant(
        "the log that the server empties itself is taken for one that another program has cut",
        "P1",
        (
            Edit(
                "automator/store/database/sqlite.py",
                "self._room = self._log_bytes = self._bytes_of_log()",
                "self._room = self._bytes_of_log()",
            ),
        ),
        f"{_STORE}/database/test_disk.py",
        "its_own_files",
    ),
    Mutant(
        "a transaction that a power cut left in pieces is taken for damage",
        "P1",
        (
            Edit(
                "automator/store/database/damage.py",
                "is_proven |= bool(begins and broken <= commit_at)",
                "is_proven = True",
            ),
        ),
        _POWER,
    ),
)
