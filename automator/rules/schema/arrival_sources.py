"""The pydantic models of events that come in during a test or a simulation."""

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from pydantic import ConfigDict, Field, field_validator, model_validator

from automator.configuration.values import Duration, StrictModel
from automator.model import N_, WrongValue, parse_id
from automator.reasons.problems.rule_tests import (
    event_of_test_unclear,
    not_an_event_id,
    test_file_outside,
    text_beside_sample,
)

#: The fields of an event that a test may write out.
EVENT_FIELDS = (
    "text",
    "actor",
    "conversation",
    "post",
    "comment",
    "parent",
    "message",
    "link",
    "attachments",
    "data",
    "headers",
    "query",
    "request",
)


class ArrivalSource(StrictModel):
    """An event that comes in during a test."""

    model_config = ConfigDict(title=N_("an event of a test"), populate_by_name=False)
    usual: ClassVar[tuple[str, str]] = ("sample", "facebook/comment.created")

    sample: str | None = Field(
        default=None, description="A sample of a provider, as in `facebook/comment.created`."
    )
    changes: dict[str, Any] = Field(
        default_factory=dict,
        alias="with",
        description="The changes to the sample, as in `{event.text: còn hàng không}`.",
    )
    delivery: Any = Field(
        default=None,
        description="Or the body of a delivery, as its sender posts it: a mapping or a list for"
        " JSON, a text for XML or a form.",
    )
    type: str | None = Field(
        default=None, description="Or an event that is written out, by its name."
    )
    text: str | None = Field(default=None, description="The text of that event's person.")
    actor: dict[str, Any] | None = Field(
        default=None, description="Who: `{id: …, name: …}`, as rules see it."
    )
    conversation: dict[str, Any] | None = Field(default=None, description="As rules see it.")
    post: dict[str, Any] | None = Field(default=None, description="As rules see it.")
    comment: dict[str, Any] | None = Field(default=None, description="As rules see it.")
    parent: dict[str, Any] | None = Field(default=None, description="As rules see it.")
    message: dict[str, Any] | None = Field(default=None, description="As rules see it.")
    link: dict[str, Any] | None = Field(
        default=None, description="The tracked link of a `link.clicked`: `{url: …, rule: …}`."
    )
    attachments: list[dict[str, Any]] | None = Field(default=None, description="As rules see them.")
    data: dict[str, Any] | None = Field(
        default=None, description="The provider's own object, as rules see it."
    )
    headers: dict[str, Any] | None = Field(
        default=None,
        description="As rules see them; of a delivery, as they are posted. Without `content-type`"
        " its body shows its kind; a mapping can be posted as `application/x-www-form-urlencoded`.",
    )
    query: dict[str, Any] | None = Field(
        default=None, description="As rules see it; of a delivery, as it is posted."
    )
    request: dict[str, Any] | None = Field(default=None, description="As rules see it.")
    connection: str | None = Field(
        default=None,
        description="Through which connection it comes; the first of the rule's that fits.",
    )
    after: Duration = Field(
        default=0.0,
        ge=0,
        le=400 * 86_400.0,
        description="How long after the event before it, as in `10m`.",
    )

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        if sum(item is not None for item in self._ways()) != 1:
            raise WrongValue(event_of_test_unclear())
        is_posted = self.sample is None and getattr(self, "stored", None) is None
        own = ("headers", "query") if is_posted else ()
        beside = [name for name in self.fields if name not in own]
        if self.type is None and beside:
            raise WrongValue(text_beside_sample(key=beside[0]))
        return self

    def _ways(self) -> tuple[Any, ...]:
        """The alternatives for the event, of which exactly one must be given."""
        return self.sample, self.delivery, self.type

    @property
    def fields(self) -> dict[str, Any]:
        """The fields of an event that is written out."""
        written = {name: getattr(self, name) for name in EVENT_FIELDS}
        return {name: value for name, value in written.items() if value is not None}


class TestArrivalSource(ArrivalSource):
    """An event that comes in during a test; it may be in another file or in the log."""

    __test__ = False
    model_config = ConfigDict(title=N_("an event of a test"), populate_by_name=False)

    file: str | None = Field(
        default=None,
        min_length=1,
        max_length=500,
        description="Or a file with the body of a delivery, below the folder of the rule file, as"
        " in events/order.json or events/order.xml.",
    )
    stored: str | None = Field(
        default=None, description="Or an event of the log, by its id; retention may delete it."
    )

    @field_validator("file")
    @classmethod
    def _is_below(cls, value: str | None) -> str | None:
        if value is not None and (value.startswith(("/", "~")) or ".." in value.split("/")):
            raise WrongValue(test_file_outside(file=value))
        return value

    @field_validator("stored")
    @classmethod
    def _is_an_id(cls, value: str | None) -> str | None:
        if value is not None and parse_id(value) is None:
            raise WrongValue(not_an_event_id(text=value))
        return value

    def with_body(self, bodies: Mapping[str, Any]) -> Self:
        """The same event with the body of its file as `delivery`."""
        if self.file is None:
            return self
        return self.model_copy(update={"file": None, "delivery": bodies[self.file]})

    def _ways(self) -> tuple[Any, ...]:
        return *super()._ways(), self.file, self.stored
