"""Random stories of a shop: rule sets, events of several senders, and answers of other systems."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any

from hypothesis import strategies as st

from automator.configuration.secrets import Secret
from automator.configuration.target import Target
from automator.configuration.time_intervals import TimeInterval
from automator.http.types import InboundRequest
from automator.plugins import Provider
from automator.providers.facebook import FacebookProvider
from automator.providers.simulator import SampleRequest, build_sample, signed_request
from tests.support.page_events import SECRET
from tests.support.providers import a_provider

PAGE, OA, BOT, ORDERS, REPO = "shop-page", "shop-oa", "shop-bot", "orders", "repo"
START_MS = 1_795_478_400_000
HOUR_MS = 3_600_000
OPEN = {
    "open": TimeInterval.model_validate({"times": ["07:30-12:00"], "timezone": "Asia/Ho_Chi_Minh"})
}
TARGETS = {"crm": Target(url="https://crm.example/in")}
NOTIFY = {"ops": Secret("json://ops.example/told")}
_PAGE_OPTIONS = {
    "provider": "facebook",
    "app_secret": SECRET,
    "verify_token": "verify-token-for-tests",
    "page_access_token": "page-token-for-tests",
    "graph_url": "http://127.0.0.1:1/facebook/v26.0",
    # A simulation asks nobody for a name or a post.
    "look_up_names": False,
    "look_up_posts": False,
}


def connections() -> dict[str, Provider]:
    """The connections of every story."""
    options = FacebookProvider.options_model.model_validate(_PAGE_OPTIONS)
    return {
        PAGE: FacebookProvider(PAGE, options),
        OA: a_provider("zalo", OA, look_up_names=False),
        BOT: a_provider("telegram", BOT),
        ORDERS: a_provider("generic", ORDERS),
        REPO: a_provider("github", REPO),
    }


# --- Rules ---

_PEOPLE = ("1001", "1002", "1003")
_WORDS = ("giá?", "bao nhiêu vậy", "đẹp", "ok", "L", "0901234567", "dừng")
_CONDITIONS: tuple[Any, ...] = (
    "keywords(event.text, ['giá', 'bao nhiêu'])",
    "contact.state.asked == null",
    "event.actor.id != '1002'",
    "contains(contact.tags || `[]`, 'khách')",
    "!between(now, '20:00', '23:00', 'Asia/Ho_Chi_Minh')",
    "arm(event.actor.id, 'greeting', ['a', 'b']) == 'a'",
    "!(event.comment.is_reply)",
    "event.post.message == null",
    "contact.last_inbound_at == null",
    "contact.human_reply_at == null",
    "!(contact.opted_out)",
    "vars.shop == 'Áo Đẹp'",
    {"any": ["event.text == 'ok'", "contact.state.size != null"]},
    {"not": ["keywords(event.text, ['đẹp'])"]},
)
_LIMITS: tuple[Mapping[str, Any], ...] = (
    {},
    {"once": {"key": "event.actor.id"}},
    {"once": {"key": "[event.actor.id, event.text]", "period": "1h"}},
    {"throttle": {"key": "event.actor.id", "limit": 2, "period": "1h"}},
    {"debounce": {"key": "event.actor.id", "quiet": "10m", "max_wait": "30m"}},
    {"debounce": {"key": "'all'", "quiet": "20m", "max_wait": "1h", "limit": 3}},
    {"concurrency": {"key": "event.actor.id", "limit": 1, "mode": "skip"}},
    {"concurrency": {"key": "event.actor.id", "limit": 1, "mode": "restart"}},
    {"concurrency": {"key": "event.actor.id", "limit": 1, "mode": "queue"}},
    {
        "once": {"key": "contact.state.asked"},
        "throttle": {"key": "event.actor.id", "limit": 3, "period": "1d"},
    },
)
_NAME = "{{ event.actor.name | default('bạn') }}"
_RETRY = {"retry": {"max_attempts": 3, "interval": "10m", "strategy": "fixed"}}
#: What a step does; `#` stands for its id, by which the answers of other systems find it.
_SPEAKING: tuple[Mapping[str, Any], ...] = (
    {"reply": f"Chào {_NAME}, {{{{ now }}}} #"},
    {"reply": {"one_of": ["một #", "hai #", "ba #"]}},
    {"message": "Bạn đã hỏi {{ contact.state.asked | default('gì') }} #"},
    {"message": {"text": "{{ contact.last_inbound_at }} {{ contact.tags }} #"}},
    {"message": {"to": "1003", "text": "{{ event.actor.id }} đã hỏi #"}},
    {"message": {"to": "{{ contact.state.asked }}", "text": "gửi cho ai #"}},
    {"message": {"via": OA, "to": "1002", "text": "qua Zalo #"}},
    {"ask": {"text": "Size nào ạ? #", "choices": ["M", "L"], "expires": "2h"}},
    {"ask": {"text": "Số máy? #", "expect": "phone", "retries": 1, "expires": "1h"}},
    {"ask": {"text": "Mấy cái? #", "expect": "number", "expires": "15m"}},
)
_ON_A_PAGE: tuple[Mapping[str, Any], ...] = (
    {"private_reply": "Giá cho {{ event.text }} #"},
    {"private_reply": {"one_of": ["riêng một #", "riêng hai #"]}},
    {"moderate": "hide"},
)
_OTHERS: tuple[Mapping[str, Any], ...] = (
    {"remember": {"asked": "{{ event.text }}", "tags": {"add": ["khách"]}}},
    {"remember": {"size": "L", "tags": {"remove": ["khách"]}}},
    {"remember": {"opted_out": True}},
    {"remember": {"opted_out": False}},
    {"remember": {"blocked": True}},
    {"forward": {"to": "crm", "body": {"text": "{{ event.text }} #", "event": "{{ event.id }}"}}},
    {"forward": {"to": "https://#.example/in", "body": {"of": "{{ contact }}"}}, **_RETRY},
    {"forward": {"to": "https://#.example/all"}, "continue_on_error": True, **_RETRY},
    {"forward": {"to": "https://#.example/raw", "raw": True}},
    {"forward": {"to": "https://#.example/slow"}, "timeout": "5s", "on_unknown": "hold", **_RETRY},
    {"request": {"url": "https://#.example/left", "output": {"left": "body.left"}}},
    {
        "request": {"url": "https://#.example/find", "query": {"q": "{{ event.text }}"}},
        "continue_on_error": True,
        **_RETRY,
    },
    {"notify": {"to": "ops", "text": "{{ event.actor.id }}: {{ event.text }} #"}},
    {"set": {"said": "event.text", "shop": "Cửa hàng {{ event.actor.id }}"}},
    {"log": "{{ vars.shop }} {{ steps }}"},
    {"log": "{{ event.text }}", "if": "event.text != 'đẹp'"},
    {"emit": {"type": "order.flagged", "data": {"said": "{{ event.text }}"}}},
    {"cancel_follow_ups": {}},
    {"cancel_follow_ups": {"key": "{{ event.actor.id }}"}},
)
#: What steps do with the events that a debounce has collected.
_COLLECTED: tuple[Mapping[str, Any], ...] = (
    {"forward": {"to": "crm", "body": {"all": "{{ events }}", "by": "{{ events[-1].actor.id }}"}}},
    {"notify": {"to": "ops", "text": "{{ events | length }}: {{ events[-1].text }} #"}},
)
#: Whether a person has to approve a message first.
_APPROVED: tuple[Mapping[str, Any], ...] = (
    {},
    {"approve": True},
    {"approve": {"within": "2h", "otherwise": "send"}},
)
_DECISIONS = ("approved", "approved", "declined", "expired")
_CANCEL_ON: tuple[Mapping[str, Any], ...] = (
    {},
    {"cancel_on": {"event": "message.received"}},
    {"cancel_on": {"event": ["message.*"], "conditions": ["event.text != 'ok'"]}},
    {"cancel_on": {"event": "message.sent"}},
)
_TIMES: tuple[Mapping[str, Any], ...] = (
    {"after": "20m"},
    {"after": "2h"},
    {"after": "20h"},
    {"after": {"between": ["10m", "30m"]}},
    {"after": "3h", "active": ["open"]},
    {"at": "09:00", "window": "10m", "timezone": "Asia/Ho_Chi_Minh"},
    {"after": "1h", "key": "{{ event.actor.id }}"},
)
_EVENT_TRIGGERS: tuple[Mapping[str, Any], ...] = (
    {"event": "comment.created"},
    {"event": "message.received"},
    {"event": "message.*"},
    {"event": ["comment.created", "message.received"], "connection": PAGE},
    {"event": "*", "connection": PAGE},
    {"event": "*", "connection": OA},
    {"event": "*", "provider": "telegram"},
    {"event": "*", "connection": ORDERS},
    {"event": "*", "connection": REPO},
    {"event": "*", "include_self": True},
    {"event": "order.flagged"},
)
_TIMED_TRIGGERS: tuple[Mapping[str, Any], ...] = (
    {"schedule": {"every": "3h"}},
    {"schedule": {"cron": "30 8 * * *", "timezone": "Asia/Ho_Chi_Minh"}},
    {"schedule": {"every": "5h"}, "contacts": {"connection": PAGE}},
    {"absence": {"of": "message.received", "after": "comment.created", "within": "45m",
                 "key": "event.actor.id"}},
    {"both": {"of": ["message.received", "comment.created"], "within": "20m",
              "key": "event.actor.id"}},
)  # fmt: skip


@dataclass(frozen=True)
class Rules:
    """A rule file, and the ids of the steps that ask other systems something."""

    text: str
    asking: tuple[str, ...]
    #: Whether a message waits for a person.
    has_approvals: bool = False


@st.composite
def rule_files(draw: st.DrawFn) -> Rules:
    """One to four rules, as YAML, which JSON is."""
    found, ids = [], list[str]()
    count = draw(st.sampled_from((1, 1, 2, 3, 4)))
    for number in range(count):
        rule: dict[str, Any] = {"id": f"rule-{number}"}
        triggers = _EVENT_TRIGGERS if count == 1 else (*_EVENT_TRIGGERS, *_TIMED_TRIGGERS)
        rule["trigger"] = trigger = draw(st.sampled_from(triggers))
        name = f"r{number}"
        rule |= draw(
            st.sampled_from(({}, {}, *({"active": ["open"], "outside": way} for way in _WAYS)))
        )
        rule["mode"] = draw(st.sampled_from(("live", "live", "live", "live", "shadow")))
        if "contacts" in trigger:
            rule["conditions"] = draw(st.sampled_from(([], ["contact.state.asked != null"])))
            rule |= draw(_PAUSES)
            rule["limits"] = draw(st.sampled_from(({}, {"once": {"key": "contact.id"}})))
            rule["actions"] = [
                {"message": f"Chào {{{{ contact.id }}}} {name}s0", "id": f"{name}s0"}
            ]
            ids.append(f"{name}s0")
        elif "schedule" in trigger:
            rule["actions"] = [{"log": "{{ event.type }} {{ event.data.missed }}"}]
        elif "absence" in trigger or "both" in trigger:
            rule["actions"] = draw(_steps(name, ids, is_deep=False))
        else:
            rule |= _of_events(draw)
            collects = "debounce" in rule["limits"]
            steps = _steps(name, ids, is_deep=True, collects=collects, approved=_APPROVED)
            rule["actions"] = draw(steps)
            if draw(st.sampled_from((False, False, True))):
                rule["on_error"] = draw(_steps(f"{name}e", ids, is_deep=False, asks=False))
        if rule["mode"] == "shadow":
            # A test assumes answers for the steps of such a rule as well, which nobody asks.
            ids = [one for one in ids if not one.startswith(name)]
        found.append(rule)
    text = json.dumps({"vars": {"shop": "Áo Đẹp"}, "rules": found}, ensure_ascii=False)
    return Rules(text, tuple(ids), '"approve"' in text)


_WAYS = ("skip", "wait")
_PAUSES = st.sampled_from(({}, {}, {"pause_on": {"human_reply": "1h"}}))


def _of_events(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "conditions": draw(st.lists(st.sampled_from(_CONDITIONS), max_size=2, unique_by=str)),
        "limits": draw(st.sampled_from(_LIMITS)),
        "stop": draw(st.booleans()),
        "fallback": draw(st.sampled_from((False, False, True))),
        "priority": draw(st.integers(0, 1)),
        **draw(_PAUSES),
        **draw(st.sampled_from(({}, {}, {"rollout": {"percent": 50}}))),
    }


@st.composite
def _steps(
    draw: st.DrawFn,
    name: str,
    ids: list[str],
    *,
    is_deep: bool,
    asks: bool = True,
    collects: bool = False,
    approved: Sequence[Mapping[str, Any]] = ({},),
) -> list[dict[str, Any]]:
    steps = []
    speaking = [step for step in _SPEAKING if asks or "ask" not in step]
    kinds = (
        speaking,
        *((speaking,) if len(approved) > 1 else ()),
        _ON_A_PAGE,
        _OTHERS,
        _OTHERS,
        *((_COLLECTED, _COLLECTED) if collects else ()),
        *((None,) if is_deep else ()),
    )
    for number in range(draw(st.integers(1, 4 if is_deep else 2))):
        step_id = f"{name}s{number}"
        kind = draw(st.sampled_from(kinds))
        if kind is None:
            inner = draw(_steps(f"{step_id}f", ids, is_deep=False))
            more = draw(
                st.sampled_from(({}, {"next": [{"after": "1h", "actions": [{"log": "ba"}]}]}))
            )
            times = draw(st.sampled_from(_TIMES))
            step: dict[str, Any] = {
                "follow_up": {
                    **times,
                    **draw(st.sampled_from(_CANCEL_ON)),
                    "actions": inner,
                    **more,
                }
            }
        else:
            step = json.loads(json.dumps(draw(st.sampled_from(kind))).replace("#", step_id))
            if step_id in str(step):
                ids.append(step_id)
            if not step.keys().isdisjoint(("reply", "private_reply", "message")):
                step |= draw(st.sampled_from(approved))
        reads = st.sampled_from(
            (None, None, None, "contact.state.asked != null", "event.text != 'ok'")
        )
        if (condition := draw(reads)) and "if" not in step:
            step["if"] = condition
        steps.append({**step, "id": step_id})
    return steps


# --- Events ---


@dataclass(frozen=True)
class Source:
    """A sample of a connection, and where a person's id is in it."""

    connection: str
    sample: str
    person: tuple[str, ...] = ("event.actor.id",)
    has_text: bool = True
    #: Whether its delivery can only be read with its headers.
    needs_headers: bool = False


_SOURCES = (
    Source(PAGE, "facebook/comment.created"),
    Source(PAGE, "facebook/message.received"),
    Source(PAGE, "facebook/comment.created"),
    Source(PAGE, "facebook/message.received"),
    Source(PAGE, "facebook/comment.reply"),
    Source(PAGE, "facebook/comment.deleted", has_text=False),
    Source(PAGE, "facebook/button.clicked"),
    Source(PAGE, "facebook/post.created", person=()),
    Source(PAGE, "facebook/referral.ad", has_text=False),
    Source(PAGE, "facebook/message.read", has_text=False),
    Source(
        PAGE,
        "facebook/batch",
        person=("entry.0.changes.0.value.from.id", "entry.0.changes.1.value.from.id"),
    ),
    Source(PAGE, "facebook/message.echo", person=("entry.0.messaging.0.recipient.id",)),
    Source(OA, "zalo/message.received"),
    Source(OA, "zalo/contact.followed", has_text=False),
    Source(OA, "zalo/message.by_hand", person=("recipient.id",)),
    Source(BOT, "telegram/message.received", person=("event.actor.id", "message.chat.id")),
    Source(BOT, "telegram/button.clicked", person=("event.actor.id",), has_text=False),
    Source(ORDERS, "generic/order"),
    Source(REPO, "github/issue_comment.created", needs_headers=True),
)


@dataclass(frozen=True)
class Happening:
    """Something that comes in."""

    #: Minutes since what came in before.
    gap: int
    source: Source
    person: str | None
    said: str
    #: For how many minutes it was under way.
    late: int
    #: Its place among all that comes in; what comes in again has the place of the first time.
    number: int

    def changes(self) -> dict[str, Any]:
        """The changes to its sample."""
        text = {"event.text": self.said} if self.source.has_text else {}
        return {**dict.fromkeys(self.source.person, self.person), **text}

    def sample(self, at: int) -> SampleRequest:
        """Its delivery, not yet signed."""
        then = at - self.late * 60_000
        name, changes = self.source.sample, self.changes()
        return build_sample(name, serial=self.number, now_ms=then, changes=changes)

    def request(self, provider: Provider, at: int) -> InboundRequest:
        """Its delivery, as it comes in."""
        headers, body = signed_request(provider, self.sample(at), at, f"sample-{self.number}")
        pairs = tuple((name.lower(), value) for name, value in headers.items())
        return InboundRequest("POST", "", pairs, body, at)


_GAPS = st.sampled_from((0, 1, 9, 15, 25, 70, 300, 1500))


@st.composite
def happenings(draw: st.DrawFn) -> Sequence[Happening]:
    """One to six deliveries; some come late, or once more."""
    found = list[Happening]()
    for _ in range(draw(st.integers(1, 6))):
        source = draw(st.sampled_from(_SOURCES))
        late = draw(st.sampled_from((0, 0, 0, 5, 90, 25 * 60)))
        found.append(
            Happening(
                gap=draw(_GAPS),
                source=source,
                person=draw(st.sampled_from(_PEOPLE)),
                said=draw(st.sampled_from(_WORDS)),
                late=0 if source.needs_headers else late,
                # A line of a file has its place in the file.
                number=len(found) + 1,
            )
        )
        again = [one for one in found if not one.source.needs_headers]
        if again and draw(st.sampled_from((False, False, False, True))):
            found.append(_once_more(found, draw(st.sampled_from(again)), draw(_GAPS)))
    return found


def _once_more(found: Sequence[Happening], first: Happening, gap: int) -> Happening:
    """The same delivery again, byte for byte."""
    since = sum(one.gap for one in found[found.index(first) + 1 :]) + gap
    return replace(first, gap=gap, late=first.late + since)


# --- Answers of other systems ---

_ANSWERS = st.sampled_from(
    (None, None, None, {"status": 400}, {"status": 404}, {"status": 408}, {"status": 429},
     {"status": 429, "headers": {"retry-after": "900"}}, {"status": 503}, {"status": 504},
     {"status": 200, "body": {"left": 3}})
)  # fmt: skip


@st.composite
def stories(draw: st.DrawFn) -> "Plot":
    """Rules, what comes in, and what other systems answer to the steps."""
    rules = draw(rule_files())
    asking = draw(st.sampled_from((rules.asking, rules.asking, ())))
    answers = {step: answer for step in asking if (answer := draw(_ANSWERS)) is not None}
    approval = draw(st.sampled_from(_DECISIONS)) if rules.has_approvals else ""
    return Plot(rules.text, tuple(draw(happenings())), answers, approval)


@dataclass(frozen=True)
class Plot:
    """A story, as it is before anybody tells it."""

    rules: str
    happenings: tuple[Happening, ...]
    #: The answers to steps, by their ids, as tests of rules assume them.
    answers: Mapping[str, Mapping[str, Any]]
    #: How a person decides at once about each message that waits for one; "" if no message does,
    #: and `expired` if nobody decides.
    approval: str = ""

    @property
    def arrive_at(self) -> list[int]:
        """The time of each delivery."""
        gaps = (happening.gap * 60_000 for happening in self.happenings)
        return list(accumulate(gaps, initial=START_MS))[1:]
