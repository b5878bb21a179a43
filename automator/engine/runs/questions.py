"""Questions that steps ask: opened before they are asked, and judged when their run goes on.

A question is a run of its own that waits for the answer, with the steps behind the question. It is
stored before anything is said, so that no answer can be too early for it. The store gives it the
answers, in the commits of their events (`store/queue/questions.py`).
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from automator.engine.attempts.performer import StepPerformer
from automator.engine.attempts.step_outcome import StepOutcome
from automator.engine.runs.child_runs import question_run
from automator.engine.runs.progress import Progress
from automator.model import (
    ANSWERS,
    ASKED,
    QUESTION,
    AttemptStatus,
    EndQuestions,
    IdSource,
    Question,
    Reason,
    Run,
    RunState,
)
from automator.reasons.attempts.questions import (
    ANSWERED_BEFORE,
    ASKED_SOMETHING_ELSE,
    GOOD_ANSWER,
    QUESTION_CLOSED,
    QUESTION_EXPIRED,
    QUESTION_REFUSED,
)
from automator.store import Log


class Questions:
    """Opens and closes the questions of claimed runs. It keeps no state of any run."""

    def __init__(self, log: Log, performer: StepPerformer, ids: IdSource) -> None:
        self._log = log
        self._performer = performer
        self._ids = ids

    async def open(self, progress: Progress, now_ms: int) -> bool:
        """Opens the question of the next step, if it is not open; true when it has to be stored.

        If an earlier attempt has been answered, it has certainly asked: the step is over then.
        """
        at = progress.at
        spec = at.sequence[at.step]
        if at.next_step.again is not None:
            await self._require_open(progress)
            return False
        known = at.data.get(ASKED, {}).get(spec.id)
        detail = None if known is None else await asyncio.to_thread(self._log.run, known)
        if detail is not None and detail.run.is_open_question:
            return False
        if detail is not None and detail.run.state is not RunState.CANCELLED:
            summary = ANSWERED_BEFORE(run=detail.run.id)
            progress.record(spec, _outcome(AttemptStatus.OK, summary, now_ms), now_ms)
            return False
        question = self._performer.question_of(at.next_step)
        if question is None:
            return False
        ids = [self._ids.next() for _ in range(question.retries + 2)]
        question = replace(question, ids=ids[1:])
        new = question_run(ids[0], at.claimed.run, at.data, spec.id, question)
        at.data[ASKED] = {**at.data.get(ASKED, {}), spec.id: new.id}
        reason = ASKED_SOMETHING_ELSE(rule=new.rule, run=new.id)
        progress.uncommitted.effects.append(EndQuestions(reason=reason))
        progress.uncommitted.new_runs.append(new)
        return True

    async def _require_open(self, progress: Progress) -> None:
        """Ends a run that is to ask once more, where the question is over: nobody would hear the
        answer. It may have waited for its target meanwhile.
        """
        asked = progress.at.claimed.run.parent_id
        detail = None if asked is None else await asyncio.to_thread(self._log.run, asked)
        if detail is not None and not detail.run.is_open_question:
            progress.cancel(QUESTION_CLOSED())


def is_answer(run: Run) -> bool:
    """Whether a run waits for an answer, or goes on with one, and has not judged it yet."""
    return run.step == 0 and QUESTION in run.data and ANSWERS in run.data


def judge(progress: Progress, now_ms: int) -> None:
    """Takes in the answer, and goes on with it; a question without a good one ends here, unless
    its step says `on_error: continue`.
    """
    at = progress.at
    spec, data = at.sequence[at.step], at.claimed.run.data
    question, answers = Question.of_data(data[QUESTION]), data[ANSWERS]
    last: Mapping[str, Any] = answers[-1] if answers else {}
    output = {"status": "answered", "value": None, "text": last.get("text"), "tries": len(answers)}
    if "value" in last:
        output["value"] = last["value"]
        summary = GOOD_ANSWER(value=last["value"])
        progress.take_answer(spec, _outcome(AttemptStatus.OK, summary, now_ms, output))
        return
    if len(answers) > question.retries:
        output["status"] = "refused"
        because = Reason.from_json(last["why"])
        reason = QUESTION_REFUSED(step=spec.id, tries=len(answers), because=because)
    else:
        output["status"] = "expired"
        reason = QUESTION_EXPIRED(step=spec.id, within=question.within_ms)
    progress.take_answer(spec, _outcome(AttemptStatus.FAILED, reason, now_ms, output))


def _outcome(
    status: AttemptStatus,
    summary: Reason,
    now_ms: int,
    output: Mapping[str, Any] | None = None,
) -> StepOutcome:
    """The outcome of an attempt for which nothing is sent."""
    return StepOutcome(
        status=status, summary=summary, started_at=now_ms, duration_ms=0, output=output or {}
    )
