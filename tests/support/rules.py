"""Rule files for tests: fake actions, a short way to load text, and a scope to match against."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar, Literal

from pydantic import Field

from automator.configuration.time_intervals import TimeInterval
from automator.configuration.values import Duration, StrictModel
from automator.model import quoted
from automator.plugins import Action, AnyAction, StepContext, StepResult
from automator.rules import EventFacts, Loaded, RuleContext, RuleSet, load_rules
from automator.rules.mending.fixes import QuickFix
from tests.support.words import rendered

CONNECTIONS = {"shop-page": "facebook", "orders": "generic"}


class SayInputs(StrictModel):
    text: str = Field(description="The text to send.")
    quick_replies: tuple[str, ...] = ()


class SendInputs(StrictModel):
    to: str
    body: Any = None


class CallInputs(StrictModel):
    url: str
    method: Literal["GET", "POST"] = "GET"
    query: dict[str, str] = Field(default_factory=dict)
    output: dict[str, str] = Field(default_factory=dict)


class LaterInputs(StrictModel):
    after: Duration = Field(gt=0)
    cancel_on: Any = None
    actions: Any


class _Fake(Action[Any]):
    def sends(self, inputs: Mapping[str, Any]) -> str:
        return self.name if self.name in ("reply", "message") else ""

    async def run(self, inputs: Any, context: StepContext) -> StepResult:
        return StepResult(summary=quoted(f"{self.name} {inputs}"))


class FakeReply(_Fake):
    name = "reply"
    needs_person: ClassVar[bool] = True
    speaks: ClassVar[bool] = True
    inputs_model = SayInputs
    shorthand: ClassVar[str] = "text"


class FakeMessage(_Fake):
    name = "message"
    speaks: ClassVar[bool] = True
    inputs_model = SayInputs
    shorthand: ClassVar[str] = "text"


class FakeForward(_Fake):
    name = "forward"
    inputs_model = SendInputs


class FakeRequest(_Fake):
    name = "request"
    inputs_model = CallInputs
    literal_inputs: ClassVar[frozenset[str]] = frozenset({"output"})
    address_inputs: ClassVar[frozenset[str]] = frozenset({"url"})

    def outputs(self, inputs: Mapping[str, Any]) -> Mapping[str, None]:
        return dict.fromkeys(inputs.get("output", ()))


class FakeFollowUp(_Fake):
    name = "follow_up"
    inputs_model = LaterInputs
    literal_inputs: ClassVar[frozenset[str]] = frozenset({"cancel_on", "actions"})


ACTIONS: Mapping[str, AnyAction] = {
    action.name: action
    for action in (FakeReply(), FakeMessage(), FakeForward(), FakeRequest(), FakeFollowUp())
}


#: Connections and a target as shops have them, for checks that go by what platforms really are.
_SETTINGS = """\
connections:
  shop-page: {provider: facebook, app_secret: "app-secret-0123456789", verify_token: "v-0123456789",
    page_access_token: "token-0123456789"}
  orders: {provider: generic, verify: {token: "orders-token-0123456789"}, event: {type: body.kind}}
targets:
  crm: {url: "https://crm.example/in"}
secrets: {crm: {value: "key-of-the-crm-0123456789", hosts: [crm.example]}}
notify: {ops: "json://ops.example/told"}
vars: {shop: Áo Đẹp, price: 250000}
time_intervals: {evening: {times: ["18:00-22:00"]}}
"""


@cache
def real_rule_context() -> RuleContext:
    """The context of `automator check` with a page, a sender of orders and a target."""
    from automator.server.reading.config import load_config
    from automator.server.reading.rule_context import rule_context_of

    with TemporaryDirectory() as folder:
        path = Path(folder, "automator.yaml")
        path.write_text(_SETTINGS, encoding="utf-8")
        return rule_context_of(load_config(path, Path(folder), demo=False).require())


def check(files: str | Mapping[str, str]) -> Loaded:
    """Rule files, or the text of one, as `automator check` reads them."""
    named = {"rules.yaml": files} if isinstance(files, str) else files
    return load_rules(real_rule_context(), named)


def load(text: str | Mapping[str, str], **variables: Any) -> Loaded:
    """Rule files, or the text of one, with the fake actions."""
    files = {"rules.yaml": text} if isinstance(text, str) else text
    rule_context = RuleContext(
        actions=ACTIONS,
        connections=CONNECTIONS,
        vars=variables,
        time_intervals={"evening": TimeInterval(times=("18:00-22:00",))},
        abilities={
            "facebook": ("reply", "message"),
            "generic": ("reply", "message"),
            "github": ("reply",),
        },
    )
    return load_rules(rule_context, files)


def rule_set(text: str | Mapping[str, str], **variables: Any) -> RuleSet:
    """The rule set of files that have no errors."""
    loaded = load(text, **variables)
    assert not loaded.refused, rendered(loaded.problems)
    return loaded.rule_set


def a_scope(**event: Any) -> dict[str, Any]:
    """The scope of conditions and templates, for an event with these fields."""
    body = {
        "id": "0r3kq5v5z0000",
        "type": "comment.created",
        "provider": "facebook",
        "connection": "shop-page",
        "text": "Giá bao nhiêu vậy shop?",
        "actor": {"id": "2001", "name": "Nguyễn Thị Hoa", "is_self": False},
        "post": {"id": "100_200", "message": "Váy mới về #sale"},
        "parent": None,
        "items": ["váy", "áo"],
        "data": {"total": 250000},
        **event,
    }
    return {
        "event": body,
        "contact": {},
        "connection": {"name": "shop-page", "provider": "facebook"},
        "now": "2026-11-24T06:01:01.250Z",
        "steps": {},
    }


def matched_ids(rules: RuleSet, scope: Mapping[str, Any], **facts: Any) -> list[str]:
    """The ids of the rules that an event matches."""
    about = EventFacts("comment.created", "shop-page", "facebook")._replace(**facts)
    decisions = rules.decide(scope, 1_795_478_400_000, about)
    return [item.rule.spec.id for item in decisions if item.instead_of is None]


def applied(text: str, fix: QuickFix) -> str:
    """The text after a quick fix."""
    for edit in sorted(fix.edits, key=lambda one: one.start, reverse=True):
        text = text[: edit.start] + edit.insert + text[edit.end :]
    return text
