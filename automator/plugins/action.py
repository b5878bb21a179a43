"""The contract of an action: how one step of a rule is done.

An instance has no state. Everything that it needs is in its inputs and its StepContext, and
everything that it changes is in its StepResult.
"""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from automator.configuration.settings import Target
from automator.configuration.values import StrictModel
from automator.http.types import Http
from automator.model import (
    Delivery,
    Echo,
    Effect,
    Step,
)
from automator.plugins.provider import Provider


class MaySpeak(Protocol):
    """Asked just before something is said to a person."""

    async def __call__(
        self,
        to: str | None,
        *,
        is_private: bool,
        only_reply_to: str | None = None,
        variants: int = 0,
    ) -> int | None:
        """Returns when it may be said now to whom the provider calls `to`, and counts it.

        What it returns is which of so many `variants` is to be said, if there are several.

        `only_reply_to` is the comment whose only private reply this is: it is claimed for this
        step, over all rules, runs and nodes, before this returns.

        Raises:
            SkippedStep: it is not to be said: an opt-out, too much for one person, or another step
                has the reply.
            PutOff: not now: too much for the connection.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class StepContext:
    """The ports of one attempt."""

    run_id: int
    event_id: int
    rule: str
    step: Step
    attempt: int
    now_ms: int
    #: What conditions and templates see: event, contact, connection, vars, steps, now.
    scope: Mapping[str, Any]
    #: The connection that the event came through.
    provider: Provider
    http: Http
    targets: Mapping[str, Target]
    may_speak: MaySpeak
    #: The delivery that carried the event, byte for byte.
    load_delivery: Callable[[], Awaitable[Delivery]]
    #: Which of several texts it says, as far as that has been chosen.
    variant: int | None = None
    #: An attempt of this step that came before may have worked.
    outcome_unknown: bool = False

    @property
    def idempotency_key(self) -> str:
        """The same for every attempt of this step of this run, and for no other."""
        return f"run-{self.run_id}-{self.step.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepResult:
    """What a step did: a line for the log, a value for later steps, effects for our own records."""

    summary: str
    output: Mapping[str, Any] = field(default_factory=dict)
    effects: tuple[Effect, ...] = ()


InputsT = TypeVar("InputsT", bound=StrictModel)


class Action(ABC, Generic[InputsT]):
    """A kind of thing that can be done. Its inputs model is what a rule file may write."""

    name: ClassVar[str]
    inputs_model: type[InputsT]
    #: The input that a plain text stands for, as in `reply: "Hello"`; "" = a mapping is needed.
    shorthand: ClassVar[str] = ""
    #: Inputs that are not templates: JMESPath texts and nested structure.
    literal_inputs: ClassVar[frozenset[str]] = frozenset()
    #: Inputs that are addresses: what fills them is percent-encoded, and their host is literal.
    address_inputs: ClassVar[frozenset[str]] = frozenset()
    #: Inputs that name a rule by its id.
    rule_inputs: ClassVar[frozenset[str]] = frozenset()
    #: It has to do with the person of the event, and fails where an event has none.
    needs_person: ClassVar[bool] = False
    #: It looks at the contact, whatever its inputs say.
    reads_contact: ClassVar[bool] = False
    #: False when it only writes our own records: then no attempt can be left in doubt.
    reaches_out: ClassVar[bool] = True

    def sends(self, inputs: Mapping[str, Any]) -> str:
        """What of a provider's `can_send` a step needs, by its inputs as written; "" = nothing."""
        return ""

    @abstractmethod
    async def run(self, inputs: InputsT, context: StepContext) -> StepResult:
        """Does it once.

        Raises:
            StepError: one of its classes.
        """

    def variants(self, inputs: InputsT) -> Sequence[str]:
        """The texts of which each run says one; empty when it says the same always."""
        return ()

    def place(self, inputs: InputsT, context: StepContext) -> tuple[str | None, bool]:
        """To whom something is said, by the provider's id, and whether to that person alone."""
        return None, False

    def echo(self, inputs: InputsT, context: StepContext) -> Echo | None:
        """By what is known that an attempt has worked whose answer was lost; None = by nothing.

        Raises:
            StepError: the attempt cannot have got anywhere.
        """
        return None

    def confirmed(self, event: Mapping[str, Any]) -> StepResult:
        """What such an attempt has come to, as the event that has brought its echo shows."""
        raise NotImplementedError(f"the action {self.name} has no echo")


AnyAction = Action[Any]
