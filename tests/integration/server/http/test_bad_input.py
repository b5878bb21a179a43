"""What every registered provider withstands, through the hook route and over a real store.

Nothing here names a provider: a new one joins by its registration. It needs its least options in
OPTIONS of tests/support/providers.py, samples, and a `sign` that signs as its sender does.
"""

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from automator.actions import builtin_actions
from automator.clock import ManualClock
from automator.engine.doctor.signature_schemes import scheme_of
from automator.engine.intake.intake import Intake
from automator.engine.rulesets.rulebook import RuleBook
from automator.http.json_body import dump_json
from automator.model import IdSource, RejectedDelivery, Verdict
from automator.plugins import Provider
from automator.providers import BUILTIN
from automator.providers.simulator import build_sample, sample_names
from automator.providers.simulator import signed_request as signed_sample
from automator.rules import RuleContext, load_rules
from automator.server.http.hook_endpoint import HookEndpoint
from automator.store import DeliveryRow, Log
from tests.support.asgi import Caller, Reply
from tests.support.providers import NOW_MS, OPTIONS, a_provider, a_request
from tests.support.refusals import STRANGE_TIMES, UNREADABLE, bad_signatures
from tests.support.store import opened, with_tables

_MAX_BODY = 1_500_000
_DAY_MS = 86_400_000
#: What senders read as "stored"; Discord wants a 204 for some.
TAKEN = (200, 204)
_RULES = """\
rules:
  - id: reads-all
    trigger: {event: "**"}
    conditions:
      - contains(event.text, 'no such text') || contains(event.data, 'nothing')
    actions:
      - log: "never"
  - id: takes-all
    trigger: {event: "**"}
    actions:
      - log: "{{ event.type }}"
"""
#: Somewhere in it, each provider finds its kind of event, and does not know it.
_UNKNOWN_KIND = {
    "object": "page",
    "entry": [{"id": "1", "time": 1, "changes": [{"field": "new_thing", "value": {"a": 1}}]}],
    "event_name": "new_thing",
    "event": "new_thing",
    "type": "new_thing",
    "topic": "new_thing",
    "action": "new_thing",
    "events": [{"type": "new_thing", "webhookEventId": "new-1", "timestamp": NOW_MS}],
    "specversion": "1.0",
    "source": "/new",
    "id": "new-1",
    "timestamp": str(NOW_MS),
}


def _with_number(number: int) -> dict[str, object]:
    entry = {"id": "1", "changes": [{"field": "new_thing", "value": number}]}
    events = [{"type": "new_thing", "webhookEventId": "n", "number": number}]
    return {**_UNKNOWN_KIND, "id": "n", "entry": [entry], "events": events, "data": number}


each_provider = pytest.mark.parametrize("name", list(BUILTIN))
Headers = Mapping[str, str] | tuple[tuple[str, str], ...]


@dataclass(slots=True)
class Gate:
    """The hook route with one connection of a provider."""

    provider: Provider
    caller: Caller
    log: Log

    async def post(self, headers: Headers, body: bytes) -> Reply:
        """One request, and the checks that hold for whatever came."""
        pairs = tuple(headers.items()) if isinstance(headers, Mapping) else headers
        raw = [(name.encode(), value.encode("utf-8", "surrogatepass")) for name, value in pairs]
        stored, events = self.rows(), self.events()
        reply = await self.caller.request(
            "POST", f"/hooks/{self.provider.connection}", body, raw_headers=raw
        )
        new, more = self.rows()[len(stored) :], self.events() - events
        assert reply.status < 500, reply.text
        if new:
            self._is_whole(reply, new, more)
        else:
            wire = tuple((name.decode(), value.decode("latin-1")) for name, value in raw)
            answer = self.provider.handshake(a_request(wire, body))
            assert answer is not None, "nothing was written down of it"
            assert more == 0
        return reply

    def _is_whole(self, reply: Reply, new: list[DeliveryRow], more: int) -> None:
        (row,) = new
        if row.verdict is Verdict.ACCEPTED:
            assert reply.status in TAKEN
            assert row.events == more or row.is_duplicate
        else:
            assert row.reason
            assert row.reason_code
            assert more == 0
            assert (reply.status == 200) >= (row.verdict is Verdict.UNPARSABLE)

    def rows(self) -> list[DeliveryRow]:
        """Every delivery, the oldest first."""
        return self.log.deliveries(limit=1000)[::-1]

    def events(self) -> int:
        """How many events are stored."""
        return len(self.log.events(limit=1000))

    async def refused(self, headers: Headers, body: bytes, case: str) -> None:
        """The same, and it must not be believed."""
        await self.post(headers, body)
        row = self.rows()[-1]
        assert row.verdict is Verdict.REJECTED, f"{case} was {row.verdict.value}"

    async def believed(self, body: bytes, case: str) -> DeliveryRow | None:
        """A body that is signed rightly; None where this provider cannot sign such a one."""
        try:
            headers = {**self.sample_headers, **self.signed(body)}
        except ValueError:
            # Its sender signs fields, and this body has none: it comes with another's signature.
            await self.post({**self.sample_headers, **self.sample()[0]}, body)
            return None
        try:
            self.provider.verify(a_request(headers, body))
        except RejectedDelivery:
            await self.post(headers, body)
            return None
        reply = await self.post(headers, body)
        assert reply.status in TAKEN, f"{case}: {reply.text}"
        row = self.rows()[-1]
        assert row.verdict in (Verdict.ACCEPTED, Verdict.UNPARSABLE), case
        return row

    def signed(self, body: bytes, now_ms: int = NOW_MS, key: str = "delivery-1") -> dict[str, str]:
        """The headers of this provider's sender."""
        return dict(self.provider.sign(body, now_ms=now_ms, delivery_key=key))

    @property
    def sample_headers(self) -> Mapping[str, str]:
        """Those headers of a sample that are not signed, such as the name of its event."""
        return build_sample(self._sample, serial=1, now_ms=NOW_MS).headers

    @property
    def _sample(self) -> str:
        return sample_names(self.provider.name)[0]

    def sample(self, serial: int = 1, now_ms: int = NOW_MS) -> tuple[dict[str, str], bytes]:
        """A delivery as the sender would send it."""
        sample = build_sample(self._sample, serial=serial, now_ms=NOW_MS)
        return signed_sample(self.provider, sample, now_ms, f"delivery-{serial}")


@pytest.fixture
async def gate(name: str, tmp_path: Path) -> AsyncIterator[Gate]:
    """The hook route with one connection of the provider `name`."""
    if name not in OPTIONS:
        pytest.fail(f"write the least options of {name} into OPTIONS, tests/support/providers.py")
    if not sample_names(name):
        pytest.fail(f"{name} has no samples: automator/providers/samples/{name}/EVENT.json")
    provider = a_provider(name)
    if provider.sign_query(b"{}", now_ms=NOW_MS, delivery_key="delivery-1"):
        pytest.skip("its proof stands in the query; its own tests make it wrong")
    if not scheme_of(provider).proofs:
        pytest.fail(f"{name} signs with no header: write {type(provider).__name__}.sign")
    clock = ManualClock(NOW_MS)
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "all.yaml").write_text(_RULES, encoding="utf-8")
    names = {provider.connection: name}
    load = partial(load_rules, RuleContext(actions=builtin_actions(), connections=names))
    async with opened(with_tables(tmp_path), clock) as store:
        rulebook = RuleBook(rules, store=store, load=load, clock=clock)
        await rulebook.open()
        intake = Intake(
            connections={provider.connection: provider},
            rulebook=rulebook,
            store=store,
            clock=clock,
            ids=IdSource(clock.now_ms, 1),
        )
        endpoint = HookEndpoint(intake, clock, _MAX_BODY)
        yield Gate(provider, Caller(endpoint), store.log)


@each_provider
async def test_no_doubtful_proof_is_believed(gate: Gate) -> None:
    headers, body = gate.sample()

    for proof in scheme_of(gate.provider).proofs:
        rest = {key: value for key, value in headers.items() if key != proof}
        await gate.refused(rest, body, f"without {proof}")
        await gate.refused((*headers.items(), (proof, headers[proof])), body, f"doubled {proof}")
        await gate.refused((*headers.items(), (proof, "wrong")), body, f"two values of {proof}")
        for case, wrong in bad_signatures(headers[proof]).items():
            await gate.refused({**rest, proof: wrong}, body, f"{proof}: {case}")
    assert gate.events() == 0


@each_provider
async def test_no_altered_body_is_believed(gate: Gate) -> None:
    if not scheme_of(gate.provider).signatures:
        pytest.skip("a token proves nothing about the body")
    headers, body = gate.sample()

    for case, altered in {
        "line end": body + b"\n",
        "cut off": body[:-1],
        "empty": b"",
        "a letter": body.replace(b"1", b"2", 1),
        "spaces": body.replace(b":", b": ", 1),
    }.items():
        if altered != body:
            await gate.post(headers, altered)
            assert gate.events() == 0, case
            # Some senders want to read 200 all the same; an empty body may be a handshake.
            assert case == "empty" or gate.rows()[-1].verdict is Verdict.REJECTED, case


@each_provider
async def test_no_strange_time_is_believed(gate: Gate) -> None:
    headers, body = gate.sample()
    now_s, now_ms = str(NOW_MS // 1000), str(NOW_MS)
    timed = [name for name, value in headers.items() if now_s in value]
    if not timed:
        pytest.skip("its sender signs no time in a header")

    for name in timed:
        for text in [*STRANGE_TIMES, now_ms, ""]:
            wrong = re.sub(f"(?:{now_ms}|{now_s})", text, headers[name])
            if wrong != headers[name]:
                await gate.refused({**headers, name: wrong}, body, f"{name}: {text[:20]}")
    for away in (-_DAY_MS, _DAY_MS):
        late, same = gate.sample(now_ms=NOW_MS + away)
        await gate.refused(late, same, f"{away} ms away")


@each_provider
async def test_a_replayed_delivery_is_a_duplicate(gate: Gate) -> None:
    headers, body = gate.sample()

    first = await gate.post(headers, body)
    events, runs = gate.events(), len(gate.log.runs(limit=100))
    again = await gate.post(headers, body)

    assert first.status in TAKEN
    assert again.status == first.status
    assert events > 0
    assert (gate.events(), len(gate.log.runs(limit=100))) == (events, runs)
    assert gate.rows()[-1].is_duplicate


@each_provider
async def test_every_body_that_is_signed_rightly_is_kept(gate: Gate) -> None:
    number = 2**70 + 1
    bodies = {
        **UNREADABLE,
        "numbers beyond 2^53": dump_json(_with_number(number)),
        **{
            f"{other.name} body": build_sample(
                sample_names(other.name)[0], serial=1, now_ms=NOW_MS
            ).body
            for other in BUILTIN.values()
            if other.name != gate.provider.name
        },
    }

    for case, body in bodies.items():
        row = await gate.believed(body, case)
        if row is not None and row.events and case.startswith("numbers"):
            detail = gate.log.event(gate.log.events(limit=1)[0].id)
            assert detail is not None
            assert str(number).encode() in dump_json(detail.event.body["data"])


@each_provider
async def test_an_unknown_kind_of_event_is_stored_and_harms_no_rule(gate: Gate) -> None:
    row = await gate.believed(dump_json(_UNKNOWN_KIND), "unknown kind")

    # A sender of quite another shape cannot have sent it: then it is kept as unreadable.
    if row is not None and row.verdict is Verdict.ACCEPTED:
        assert row.events > 0
        assert {run.run.rule for run in gate.log.runs(limit=10)} == {"takes-all"}


@each_provider
async def test_a_body_beyond_the_limit_is_refused_with_its_reason(gate: Gate) -> None:
    body = b"x" * (_MAX_BODY + 1)
    reply = await gate.post(gate.signed(body), body)

    assert reply.status == 413
    assert gate.rows()[-1].reason_code == "too_large"
