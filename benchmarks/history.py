"""Three months of a busy shop, as rows: what `benchmarks.log` reads and prunes.

For every 5 attempts there are 2 events and 1.5 runs, unless a size says how many attempts a run
has. Everything is made up by counting, so that two databases get the same history.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from random import Random
from typing import Any

from automator.model import RunState, quoted
from automator.store.schema.encoding import dump_reason
from automator.store.search.run_words import HAS_RUN, shares_document
from automator.store.search.terms import event_terms, marked_words, matched_term, term
from automator.store.search.tokenizer import document_of
from benchmarks.bulk import Bulk, Row

DAYS = 90
_DAY_MS = 86_400_000
_NODE = 1 << 12
_TARGET = "graph.facebook.com:443"
_SUMMARY = dump_reason(quoted("Đã trả lời bình luận"))
_SAID = "Dạ shop chào bạn, giá hôm nay 250k ạ."
_REFUSED = dump_reason(quoted("x"))
_POOL = 9_973  # A prime, so that pools of different lengths do not march in step.

CONNECTIONS = {"shop-page": 60, "zalo-oa": 20, "second-page": 12, "crm": 6, "web": 1.9, "rare": 0.1}
TYPES = {"comment.created": 50, "message.received": 40, "reaction.added": 9.9, "post.created": 0.1}
RULES = {f"rule-{number:02}": 100 / (number + 1) for number in range(40)}
WORDS = [
    "giá",
    "bao",
    "nhiêu",
    "vậy",
    "shop",
    "ơi",
    "ship",
    "về",
    "đà",
    "nẵng",
    "được",
    "không",
    "ạ",
    "còn",
    "hàng",
    "size",
    "màu",
    "đen",
    "trắng",
    "cho",
    "em",
    "hỏi",
    "inbox",
    "nhé",
    "chị",
    "anh",
    "mình",
    "muốn",
    "đặt",
    "cái",
    "này",
    "khi",
    "nào",
    "có",
    "mẫu",
    "mới",
    "giảm",
    "freeship",
    "đơn",
    "gửi",
    "địa",
    "chỉ",
    "số",
    "điện",
    "thoại",
    "cảm",
    "ơn",
    "rồi",
    "chưa",
    "thấy",
    "trả",
    "lời",
    "đẹp",
    "quá",
    "xinh",
    "mua",
    "hai",
    "ba",
    "bốn",
    "năm",
    "áo",
    "váy",
    "quần",
    "giày",
    "túi",
]
_REASONS = {RunState.DEAD: "gave_up http_error", RunState.SUPPRESSED: "paused"}
#: How many people write through a connection, and who looks after some of them.
_PEOPLE, COLLEAGUE = 150_001, "Lan"
ERRORS = ("http_500", "timeout", "http_429", "provider_190")


@dataclass(frozen=True, slots=True)
class Size:
    """The size of the history."""

    events: int
    now_ms: int
    days: int = DAYS
    #: How many attempts a run has; every second one has another.
    attempts: int = 3

    @classmethod
    def of_attempts(cls, attempts: int, now_ms: int) -> "Size":
        """The history that has about so many attempts."""
        return cls(attempts * 2 // 5, now_ms)

    @property
    def step_ms(self) -> float:
        """Milliseconds from one event to the next."""
        return self.days * _DAY_MS / self.events

    def at(self, number: int) -> int:
        """The time at which an event came, milliseconds."""
        return self.now_ms - self.days * _DAY_MS + int(number * self.step_ms)

    def run_id(self, number: int) -> int:
        """Most runs stand right behind their event; one in 16 does not, as a follow-up would."""
        return self.id_of(number, 14 if number % 16 == 5 else 1)

    def id_of(self, number: int, kind: int) -> int:
        """An id of the event (0), its delivery (2), its run or one of its attempts (3…)."""
        return (self.at(number) << 21) + _NODE + (number % 256) * 16 + kind


class History:
    """The rows of each table."""

    def __init__(self, size: Size) -> None:
        self.size = size
        random = Random(7)  # noqa: S311 - nothing is secret about it.
        self._connections = _weighted(random, CONNECTIONS)
        self._types = _weighted(random, TYPES)
        self._rules = _weighted(random, RULES)
        self._texts = [self._text(random) for _ in range(20_011)]

    def fill(self, bulk: Bulk) -> None:
        """Writes everything, the full-text indexes too."""
        bulk.insert(
            "deliveries",
            "id, connection, received_at, method, headers, query, body, remote, verdict, "
            "reason_code, reason, duplicate",
            self._deliveries(),
        )
        bulk.insert(
            "events",
            "id, delivery_id, connection, provider, type, dedupe_key, lane, contact, thread, "
            "is_self, occurred_at, received_at, revision, actor_name, text, body",
            self._events(),
        )
        bulk.insert(
            "runs",
            "id, event_id, rule, revision, lane, contact, path, state, step, attempt, "
            "crashes, seq_at, run_at, created_at, finished_at, data, reason_codes, "
            "was_interrupted, outcome",
            self._runs(),
        )
        bulk.insert(
            "attempts",
            "id, run_id, event_id, rule, step, action, number, node, started_at, "
            "duration_ms, status, summary, request, response, error_code, target, said",
            self._attempts(),
        )
        bulk.insert("contacts", "key, name, state, tags, first_seen", self._contacts())
        bulk.insert("marks", "thread, contact, state, event_id, at, by_whom", self._marks())
        bulk.index_words("event_words", self._event_words())
        bulk.index_words("run_words", self._run_words())

    def text(self, number: int) -> str:
        """A person's text; one in 1,000 texts has a word that no other text has."""
        text = self._texts[number % len(self._texts)]
        return f"{text} mã{number}" if number % 1_000 == 0 else text

    def name(self, number: int) -> str:
        """The author's id and name."""
        return f"Khách {self.contact(number)}"

    def contact(self, number: int) -> int:
        """One of many people; some write often."""
        return number * 7_919 % (97 if number % 10 == 0 else _PEOPLE)

    def connection(self, number: int) -> str:
        """Through which connection it came. `rare` has been silent for two months."""
        name = self._connections[number % _POOL]
        is_silent = name == "rare" and number > self.size.events // 3
        return "shop-page" if is_silent else name

    def state(self, number: int) -> RunState:
        """The state of the run."""
        if number % 100 == 3:
            return RunState.DEAD
        if number % 50 == 7:
            return RunState.CANCELLED
        if number % 40 == 11:
            return RunState.SUPPRESSED
        if number % 20_000 == 5:
            return RunState.UNKNOWN
        return RunState.QUEUED if number % 300 == 1 else RunState.DONE

    def _numbers_with_runs(self) -> Iterator[int]:
        return (number for number in range(self.size.events) if number % 4)

    def _deliveries(self) -> Iterator[Row]:
        headers = json.dumps([["content-type", "application/json"]]).encode()
        body = b'{"entry":[' + b" " * 300 + b"]}"
        for number in range(self.size.events):
            yield (
                *(self.size.id_of(number, 2), self.connection(number), self.size.at(number)),
                *("POST", headers, "", body, "203.0.113.7", "accepted", "", None, 0),
            )
        for number in range(0, self.size.events, 500):
            yield (
                *(self.size.id_of(number, 15), self.connection(number), self.size.at(number)),
                *(
                    "POST",
                    headers,
                    "",
                    b"{}",
                    "203.0.113.9",
                    "rejected",
                    "bad_signature",
                    _REFUSED,
                    0,
                ),
            )

    def _events(self) -> Iterator[Row]:
        for number in range(self.size.events):
            at, name, text = self.size.at(number), self.name(number), self.text(number)
            who = f"{self.connection(number)}:{self.contact(number)}"
            body = {"text": text, "actor": {"id": who, "name": name}, "post": {"id": f"{number}"}}
            kind, is_self = self._types[number % _POOL], number % 32 == 12
            if is_self:
                # Somebody answers by hand what another event has asked, to which no rule has acted.
                kind, asked = "message.sent", self.contact(number - 4)
                body |= {"message": {"sent_by": "human"}, "conversation": {"id": f"{asked}"}}
            yield (
                *(self.size.id_of(number, 0), self.size.id_of(number, 2), self.connection(number)),
                *("facebook", kind, f"key-{number}", who, who, self._thread(number, kind)),
                *(int(is_self), at, at, 1),
                *(name, text, json.dumps(body, ensure_ascii=False).encode()),
            )

    def _thread(self, number: int, kind: str) -> str | None:
        """The key under which the inbox lists it: the person's, or a comment's with its answers."""
        if kind == "message.received":
            return f"{self.connection(number)}:{self.contact(number)}"
        is_comment = kind == "comment.created"
        return f"{self.connection(number)}#{number // 8}" if is_comment else None

    def _runs(self) -> Iterator[Row]:
        for number in self._numbers_with_runs():
            at, state = self.size.at(number), self.state(number)
            who = f"{self.connection(number)}:{self.contact(number)}"
            sleeps = state is RunState.QUEUED
            run_at = self.size.now_ms + _DAY_MS + number if sleeps else at
            yield (
                *(self.size.run_id(number), self.size.id_of(number, 0)),
                *(self._rules[number % _POOL], 1, who, who, "ask-again" if sleeps else ""),
                *(int(state), 1, 0, 0, run_at, run_at, at, None if sleeps else at + 50),
                *(b"{}", _REASONS.get(state, ""), 0, None if sleeps else 2 + number % 1_000 // 996),
            )

    def _attempts(self) -> Iterator[Row]:
        request = b'{"method":"POST","url":"https://graph.facebook.com/v23.0/1/comments"}'
        for number in self._numbers_with_runs():
            state, at = self.state(number), self.size.at(number)
            if state in (RunState.QUEUED, RunState.SUPPRESSED):
                continue
            run_id, event_id = self.size.run_id(number), self.size.id_of(number, 0)
            for count in range(self.size.attempts + number % 2):
                fails = state is RunState.DEAD and count
                error = ERRORS[number // 100 % len(ERRORS)] if fails else ""
                yield (
                    *(self.size.id_of(number, 3 + count), run_id, event_id),
                    *(self._rules[number % _POOL], f"step-{count}", "reply", 1, "node-1"),
                    *(at + count, 12, "failed" if fails else "ok", _SUMMARY),
                    *(request, b'{"status":200}', error, _TARGET, None if count else _SAID),
                )

    def _contacts(self) -> Iterator[Row]:
        """The people of the two busiest connections; a colleague looks after one in 200."""
        for connection in ("shop-page", "zalo-oa"):
            for contact in range(_PEOPLE):
                state = b"{}" if contact % 200 else json.dumps({"assignee": COLLEAGUE}).encode()
                yield f"{connection}:{contact}", f"Khách {contact}", state, b"[]", self.size.at(0)

    def _marks(self) -> Iterator[Row]:
        """One in 100 threads of comments is done, and one in 1,000 waits."""
        for number in range(7, self.size.events, 800):
            if self._types[number % _POOL] == "comment.created":
                who = f"{self.connection(number)}:{self.contact(number)}"
                state = "waiting" if number % 8_000 == 7 else "done"
                at, event_id = self.size.at(number), self.size.id_of(number, 0)
                yield self._thread(number, "comment.created"), who, state, event_id, at, COLLEAGUE

    def _event_words(self) -> Iterator[tuple[int, str]]:
        for number in range(self.size.events):
            document = f"{self._words_of_event(number)} {matched_term(bool(number % 4))}"
            event_id = self.size.id_of(number, 0)
            if number % 4 and shares_document(self.size.run_id(number), event_id):
                document += f" {HAS_RUN} {self._words_of_run(number, marked_words)}"
            yield event_id, document

    def _run_words(self) -> Iterator[tuple[int, str]]:
        for number in self._numbers_with_runs():
            if not shares_document(self.size.run_id(number), self.size.id_of(number, 0)):
                words = self._words_of_run(number, document_of)
                yield self.size.run_id(number), f"{self._words_of_event(number)} {words}"

    def _words_of_run(self, number: int, words: Callable[..., str]) -> str:
        terms = [term("rule", self._rules[number % _POOL]), term("target", _TARGET)]
        if self._is_dead(number):
            terms.append(term("error_code", ERRORS[number // 100 % len(ERRORS)]))
        return " ".join([words("Đã trả lời bình luận"), *terms])

    def _words_of_event(self, number: int) -> str:
        connection = self.connection(number)
        contact = f"{connection}:{self.contact(number)}"
        terms = event_terms(connection, self._types[number % _POOL], contact)
        return f"{document_of(self.text(number), self.name(number))} {terms}"

    def _is_dead(self, number: int) -> bool:
        return self.state(number) is RunState.DEAD

    @staticmethod
    def _text(random: Random) -> str:
        words = random.choices(WORDS, k=random.randint(4, 14))
        return " ".join([*words, f"số{random.randint(1, 3_000)}"])


def _weighted(random: Random, weights: dict[str, Any]) -> list[str]:
    """A pool in which each name stands as often as its weight says."""
    return random.choices(list(weights), cum_weights=list(accumulate(weights.values())), k=_POOL)
