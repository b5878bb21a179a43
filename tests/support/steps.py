"""One attempt of one step, with a provider that only writes down what it is told to say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from automator.actions import builtin_actions
from automator.configuration.secrets import Secret
from automator.configuration.target import Model, RuleSecret, Target
from automator.http.json_body import dump_json
from automator.http.types import Http, InboundRequest
from automator.model import Delivery, ParsedEvent, Place, Step, Verdict, quoted
from automator.plugins import ConnectionOptions, Outgoing, Provider, Sent, StepContext, StepResult
from tests.support.http import ScriptedHttp

NOW_MS = 1_795_478_400_000
EVENT: Mapping[str, Any] = {
    "id": "01m2v",
    "type": "comment.created",
    "provider": "recording",
    "connection": "shop-page",
    "text": "giá bao nhiêu shop ơi",
    "actor": {"id": "77", "name": "Lan"},
    "comment": {"id": "9"},
}


class RecordingProvider(Provider):
    """Says nothing to anybody."""

    name = "recording"
    options_model = ConnectionOptions
    can_send: ClassVar[frozenset[Any]] = frozenset({"reply", "private_reply", "message"})

    def __init__(self, sent: Sent | None = None) -> None:
        super().__init__("shop-page", ConnectionOptions(provider="recording"))
        self.said: list[Outgoing] = []
        self.sent = sent or Sent(summary=quoted("said it"), output={"id": "9_1"})

    def verify(self, request: InboundRequest) -> None:
        """Trusts everybody."""

    def parse(self, request: InboundRequest) -> Sequence[ParsedEvent]:
        """Reads no events."""
        return ()

    async def send(self, outgoing: Outgoing, http: Http) -> Sent:
        self.said.append(outgoing)
        return self.sent


@dataclass(kw_only=True)
class StepBench:
    """Runs single actions as the engine would, and keeps what came of it."""

    http: ScriptedHttp = field(default_factory=ScriptedHttp)
    provider: RecordingProvider = field(default_factory=RecordingProvider)
    targets: Mapping[str, Target] = field(default_factory=dict)
    notify: Mapping[str, Secret] = field(default_factory=dict)
    event: Mapping[str, Any] = field(default_factory=lambda: EVENT)
    delivery_body: bytes = b'{ "raw" : true }'
    delivery_headers: tuple[tuple[str, str], ...] = (("content-type", "application/json"),)
    run_id: int = 42
    #: (to, is_private) of everything that was about to be said.
    asked: list[tuple[str | None, bool]] = field(default_factory=list)
    #: The comments whose only private reply that was.
    claimed: list[str | None] = field(default_factory=list)
    secrets: Mapping[str, RuleSecret] = field(default_factory=dict)
    is_rehearsal: bool = False
    now_ms: int = NOW_MS
    contact: Mapping[str, Any] = field(default_factory=dict)
    model: Model | None = None
    shop_texts: Mapping[str, str] = field(default_factory=dict)
    earlier: Sequence[Mapping[str, str]] = ()
    #: The limit of a day of each answer that was asked for.
    counted_answers: list[int] = field(default_factory=list)

    async def run(
        self, action: str, inputs: Any, *, written: Mapping[str, Any] | None = None, **step: Any
    ) -> StepResult:
        """Does one attempt. `written` are the inputs before rendering; default: the same."""
        found = builtin_actions()[action]
        if isinstance(inputs, str):
            inputs = {found.shorthand: inputs}
        return await found.run(
            found.inputs_model.model_validate(inputs),
            self.context(action, written if written is not None else inputs, **step),
        )

    def context(self, action: str, written: Mapping[str, Any], **step: Any) -> StepContext:
        """The ports of that attempt."""
        return StepContext(
            run_id=self.run_id,
            rule="price-question",
            step=Step(
                id=step.pop("id", action),
                action=action,
                inputs=written,
                place=Place("rules/price.yaml", 12, 7),
                **step,
            ),
            attempt=1,
            now_ms=self.now_ms,
            scope={
                "event": self.event,
                "contact": self.contact,
                "vars": {"shop": "Áo Đẹp"},
                "steps": {},
            },
            event_json=dump_json(self.event),
            provider=self.provider,
            http=self.http,
            targets=self.targets,
            notify=self.notify,
            secrets=self.secrets,
            is_rehearsal=self.is_rehearsal,
            may_speak=_Permission(self),
            model=self.model,
            shop_texts=self.shop_texts,
            file_vars={"shop": "Áo Đẹp"},
            earlier=self._earlier,
            load_delivery=self._load_delivery,
        )

    async def _earlier(self, most: int) -> Sequence[Mapping[str, str]]:
        return self.earlier[-most:]

    async def _load_delivery(self) -> Delivery:
        return Delivery(
            id=5,
            connection="shop-page",
            received_at=NOW_MS,
            method="POST",
            headers=self.delivery_headers,
            query="",
            body=self.delivery_body,
            remote="192.0.2.1",
            verdict=Verdict.ACCEPTED,
        )


@dataclass(slots=True)
class _Permission:
    """Permits everything, and writes it down."""

    bench: StepBench

    async def __call__(
        self,
        to: str | None,
        *,
        is_private: bool,
        only_reply_to: str | None = None,
        variants: int = 0,
        places: tuple[str, ...] = (),
        is_counted: bool = True,
    ) -> int | None:
        if not is_counted:
            return None
        self.bench.asked.append((to, is_private))
        self.bench.claimed.append(only_reply_to)
        return variants - 1 if variants else None

    async def ask_model(self, per_day: int) -> None:
        self.bench.counted_answers.append(per_day)
