"""The contract of an action: how one step of a rule is done.

An instance has no state. It reads nothing but its inputs and its StepContext, and returns all
changes to store in its StepResult.
"""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from automator.configuration.calendar import Calendar
from automator.configuration.secrets import Secret
from automator.configuration.target import Model, RuleSecret, Target
from automator.configuration.values import StrictModel
from automator.http.types import Http
from automator.model import Delivery, Echo, Effect, Question, Reason, Step, record
from automator.plugins.outgoing import Outgoing
from automator.plugins.provider import Provider


class MaySpeak(Protocol):
    """Asks the store, just before a message is sent, whether it may be sent."""

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
        """Raises unless the message may be sent to the person with the id `to` at the provider.

        With `is_counted`, the message then counts towards the budgets. The result is the index of
        the text to send, if there are `variants`; else None. `places` are the comments and posts
        below which the message would appear, as `places_of` names them.

        `only_reply_to` is a comment that may have one private reply. Before this returns, the reply
        is claimed for this step, so that no other rule, run or node sends one.

        Raises:
            SkippedStep: it must not be sent: the person opted out or got too many messages, another
                step has the reply, or one of the places has been deleted.
            RescheduledStep: it may be sent later: the budget of the connection is used up.
        """
        ...

    async def ask_model(self, per_day: int) -> None:
        """Counts an answer of the model towards the limit of a day, over all nodes.

        Raises:
            SkippedStep: the limit is reached.
            RetryableError: the store cannot be asked now.
        """
        ...


@dataclass(slots=True)
class Utterance:
    """The text that an attempt sends to a person; empty until just before it is sent."""

    text: str = ""
    #: The receiver's id at the provider, if the step names the receiver; else "".
    to: str = ""


def drawn_from(key: str) -> float:
    """Returns a number from 0 up to 1 that looks random and is always the same for a key."""
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest()) / 2**64


async def no_earlier_lines(most: int) -> Sequence[Mapping[str, str]]:  # noqa: ARG001 - as `earlier`.
    """The earlier lines of a conversation that is not known."""
    return ()


@record
class StepContext:
    """The context of one attempt: its event, and its ports to the outside."""

    run_id: int
    rule: str
    step: Step
    attempt: int
    now_ms: int
    #: The scope of conditions and templates: event, contact, connection, vars, steps, now.
    scope: Mapping[str, Any]
    #: The event as JSON, for actions that send it unchanged.
    event_json: bytes
    #: The connection that the step acts through: the event's, unless the step names another.
    provider: Provider
    http: Http
    targets: Mapping[str, Target]
    #: The addresses of the people and services that `notify` can reach, by name.
    notify: Mapping[str, Secret]
    may_speak: MaySpeak
    #: Loads the delivery that carried the event, byte for byte.
    load_delivery: Callable[[], Awaitable[Delivery]]
    #: The secrets that rules can name, with the allowed hosts of each.
    secrets: Mapping[str, RuleSecret] = field(default_factory=dict)
    #: The model that writes answers; None if there is none.
    model: Model | None = None
    #: The shop's own texts that the rule's file names, by name, and the `vars` of files.
    shop_texts: Mapping[str, str] = field(default_factory=dict)
    file_vars: Mapping[str, Any] = field(default_factory=dict)
    #: Returns the last lines of the conversation before the event, at most so many, the oldest
    #: first: `{"by": "person" or "shop", "text"}`.
    earlier: Callable[[int], Awaitable[Sequence[Mapping[str, str]]]] = no_earlier_lines
    #: The index of the text to send, if one of several has been chosen.
    variant: int | None = None
    #: Whether an earlier attempt of this step may have worked.
    outcome_unknown: bool = False
    #: Whether nothing is really done: in a test of rules, a simulation or a preview.
    is_rehearsal: bool = False
    #: The times at which the steps inside a follow-up may act; None if always.
    calendar: Calendar | None = None
    #: The text of a step that sends a message, which the step notes here for the log.
    utterance: Utterance = field(default_factory=Utterance)
    #: The connection that the step names, if it is not the event's.
    via: str = ""
    #: The trace context to send to other systems; "" if traces are off.
    traceparent: str = ""
    #: The contact of the receiver that the step names; empty if unknown.
    receiver: Mapping[str, Any] = field(default_factory=dict)

    @property
    def idempotency_key(self) -> str:
        """Returns a key that all attempts of this step of this run share, and no others."""
        return f"run-{self.run_id}-{self.step.id}"

    def drawn(self) -> float:
        """Returns a number from 0 up to 1 that looks random and is the same for every attempt of
        the step.

        In a rehearsal it is always 0.5, so that tests can expect a fixed result.
        """
        return 0.5 if self.is_rehearsal else drawn_from(self.idempotency_key)


@record
class StepResult:
    """The result of a step: a line for the log, a value for later steps, effects to store."""

    summary: Reason
    output: Mapping[str, Any] = field(default_factory=dict)
    effects: tuple[Effect, ...] = ()
    #: The message that was sent, if the step sends one.
    said: Outgoing | None = None


InputsT = TypeVar("InputsT", bound=StrictModel)


class Action(ABC, Generic[InputsT]):
    """A kind of step. Its inputs model describes what a rule file may write."""

    name: ClassVar[str]
    #: Its verb in sentences for people who read no rule files, such as "answers"; "" = its name.
    words: ClassVar[str] = ""
    inputs_model: type[InputsT]
    #: Its inputs when somebody adds it in the form of a rule, with texts of the catalogue. An input
    #: that has to name something of the installation, such as a target, is filled in by the form.
    example: ClassVar[Mapping[str, Any]] = MappingProxyType({})
    #: The input that a plain text means, as in `reply: "Hello"`; "" if a mapping is needed.
    shorthand: ClassVar[str] = ""
    #: Inputs that are not templates: JMESPath texts and nested structure.
    literal_inputs: ClassVar[frozenset[str]] = frozenset()
    #: Inputs that are addresses: their host is literal, and filled-in values are percent-encoded.
    #: `buttons.url` is an address inside the input `buttons`, and may come as a whole from a value.
    address_inputs: ClassVar[frozenset[str]] = frozenset()
    #: Inputs that are texts of a message: markup is removed from values that are filled into them.
    message_inputs: ClassVar[frozenset[str]] = frozenset()
    #: Inputs that name a rule by its id.
    rule_inputs: ClassVar[frozenset[str]] = frozenset()
    #: Whether it acts on the person of the event, and so fails for an event without a person.
    needs_person: ClassVar[bool] = False
    #: Whether it does nothing for an event without a person.
    skips_without_person: ClassVar[bool] = False
    #: Whether it sends a message to the person.
    speaks: ClassVar[bool] = False
    #: Whether it asks the person a question and the steps after it wait for the answer.
    asks: ClassVar[bool] = False
    #: Whether it writes the text that its rule then sends; without one, the steps after it do not
    #: run.
    drafts: ClassVar[bool] = False
    #: The model of the items of `next`, the later parts of a sequence; None if it has no `next`.
    following_model: ClassVar[type[StrictModel] | None] = None
    #: The names of the values that it leaves for later steps, each with the texts that it may be;
    #: () = it is no text, None = it may be anything. None in all = the platform decides.
    leaves: ClassVar[Mapping[str, Sequence[str] | None] | None] = None
    #: False if it only writes to the store: then no attempt of it has an unknown outcome.
    reaches_out: ClassVar[bool] = True

    def sends(self, inputs: Mapping[str, Any]) -> str:
        """Returns the kind of message that a step with these inputs sends, and that the provider
        must have in `can_send`; "" if none.
        """
        return ""

    def connection(self, inputs: Mapping[str, Any]) -> str:
        """Returns the connection that a step with these inputs acts through; "" = the event's."""
        return ""

    def names_receiver(self, inputs: Mapping[str, Any]) -> bool:
        """Whether a step's inputs name the receiver of its message; False if it is the event's
        person.
        """
        return False

    def outputs(self, inputs: Mapping[str, Any]) -> Mapping[str, Sequence[str] | None] | None:
        """Returns what a step with these inputs leaves for later steps, as `leaves` describes."""
        return self.leaves

    @abstractmethod
    async def run(self, inputs: InputsT, context: StepContext) -> StepResult:
        """Performs the step once.

        Raises:
            StepError: one of its classes.
        """

    def variants(self, inputs: InputsT) -> Sequence[str]:
        """Returns the texts from which each run sends one; empty if there is only one text."""
        return ()

    def question(self, inputs: InputsT) -> Question:
        """Returns the question of an action that asks."""
        raise NotImplementedError(f"the action {self.name} asks nothing")

    def asked_again(self, question: Question) -> InputsT:
        """Returns the inputs for asking a question again after a bad answer."""
        raise NotImplementedError(f"the action {self.name} asks nothing")

    def place(self, inputs: InputsT, context: StepContext) -> tuple[str | None, bool]:
        """Returns the receiver's id at the provider (None if unknown), and whether only the
        receiver sees the message.
        """
        return None, False

    def echo(self, inputs: InputsT, context: StepContext) -> Echo | None:
        """Returns the echo that would prove an attempt whose answer was lost; None without one.

        Raises:
            StepError: the attempt certainly had no effect.
        """
        return None

    def confirmed(self, event: Mapping[str, Any]) -> StepResult:
        """Returns the result of an attempt that its echo has proved; `event` is the echo."""
        raise NotImplementedError(f"the action {self.name} has no echo")


AnyAction = Action[Any]
