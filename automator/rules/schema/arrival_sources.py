"""The pydantic models of events that come in during a test or a simulation."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Self

from pydantic import ConfigDict, Field, field_validator, model_validator

from automator.configuration.values import Duration, InForm, StrictModel
from automator.files import suggest
from automator.model import N_, WrongValue, parse_id
from automator.reasons import ReasonKind
from automator.reasons.problems import rule_tests
from automator.reasons.problems.phrases import word_names

#: The fields of an event that a test may write out, by the kind of their values.
_KINDS: Mapping[str, type] = {
    "text": str,
    **dict.fromkeys(("actor", "conversation", "post", "comment"), Mapping),
    **dict.fromkeys(("parent", "message", "link"), Mapping),
    "attachments": list,
    **dict.fromkeys(("data", "headers", "query", "request"), Mapping),
}
EVENT_FIELDS = tuple(_KINDS)


class ArrivalSource(StrictModel):
    """An event that comes in during a test."""

    model_config = ConfigDict(title=N_("an event of a test"), populate_by_name=False)
    usual: ClassVar[tuple[str, str]] = ("sample", "facebook/comment.created")
    #: Keys that people expect here, and where they belong instead.
    elsewhere: ClassVar[Mapping[str, ReasonKind[[]]]] = dict.fromkeys(
        EVENT_FIELDS, rule_tests.test_field_elsewhere
    )

    sample: Annotated[str | None, InForm(N_("When this happens"), shown="always")] = Field(
        default=None, description="A sample of a provider, as in `facebook/comment.created`."
    )
    changes: dict[str, Any] = Field(
        default_factory=dict,
        alias="with",
        description="The changes to the sample, or the fields of the event that is written out,"
        " as in `{event.text: còn hàng không, event.actor: {id: '1001'}}`.",
    )
    delivery: Any = Field(
        default=None,
        description="Or the body of a delivery, as its sender posts it: a mapping or a list for"
        " JSON, a text for XML or a form.",
    )
    type: str | None = Field(
        default=None, description="Or an event that is written out, by its name."
    )
    headers: dict[str, Any] | None = Field(
        default=None,
        description="The headers of a delivery, as they are posted. Without `content-type` its"
        " body shows its kind; a mapping can be posted as `application/x-www-form-urlencoded`.",
    )
    query: dict[str, Any] | None = Field(
        default=None, description="The query of a delivery, as it is posted."
    )
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
            raise WrongValue(rule_tests.event_of_test_unclear())
        is_posted = self.sample is None and getattr(self, "stored", None) is None
        for name in ("headers", "query"):
            if getattr(self, name) is not None and not (is_posted and self.type is None):
                raise WrongValue(rule_tests.test_field_of_delivery(key=name), at=(name,))
        for path in self.changes if self.type is not None else ():
            start, _, field = path.partition(".")
            kind = _KINDS.get(field.partition(".")[0])
            if start != "event" or kind is None:
                suggestion = suggest(path, [f"event.{name}" for name in EVENT_FIELDS], word_names)
                reason = rule_tests.test_field_unknown(path=path, suggestion=suggestion)
                raise WrongValue(reason, at=("with", path))
            if field in _KINDS and not isinstance(self.changes[path], kind):
                raise WrongValue(rule_tests.test_field_otherwise(path=path), at=("with", path))
        return self

    def _ways(self) -> tuple[Any, ...]:
        """The alternatives for the event. Exactly one of them must be given."""
        return self.sample, self.delivery, self.type

    @property
    def fields(self) -> dict[str, Any]:
        """The fields of an event that is written out."""
        fields: dict[str, Any] = {}
        for path, value in self.changes.items():
            inner, (_, *around, name) = fields, path.split(".")
            for part in around:
                inner[part] = dict(inner[part]) if isinstance(inner.get(part), Mapping) else {}
                inner = inner[part]
            inner[name] = value
        return fields


class UsualChanges(StrictModel):
    """The changes to a sample that a form has fields for; `with` may have any others."""

    model_config = ConfigDict(extra="allow")

    text: Annotated[str, InForm(N_("and the person writes"), shown="always")] = Field(
        default="", alias="event.text"
    )
    actor: Annotated[str, InForm(N_("Name of the person"))] = Field(
        default="", alias="event.actor.name"
    )


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
            raise WrongValue(rule_tests.test_file_outside(file=value))
        return value

    @field_validator("stored")
    @classmethod
    def _is_an_id(cls, value: str | None) -> str | None:
        if value is not None and parse_id(value) is None:
            raise WrongValue(rule_tests.not_an_event_id(text=value))
        return value

    def with_body(self, bodies: Mapping[str, Any]) -> Self:
        """The same event with the body of its file as `delivery`."""
        if self.file is None:
            return self
        return self.model_copy(update={"file": None, "delivery": bodies[self.file]})

    def _ways(self) -> tuple[Any, ...]:
        return *super()._ways(), self.file, self.stored
