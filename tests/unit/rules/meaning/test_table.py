"""The checks of meaning are sure of what they say: what may be meant so is left alone."""

import re
from itertools import count
from pathlib import Path

import pytest

from automator.files import MAX_PROBLEMS
from automator.model import Severity
from automator.providers import BUILTIN
from automator.rules import load_rules
from automator.rules.meaning.listening import SHARED_EVENTS, meaning_answers_receipts
from automator.rules.meaning.subject import MeaningCheck, Remark
from automator.rules.meaning.table import CHECKS
from automator.rules.reading import read_file
from automator.server.reading.config import Config, load_config
from automator.server.reading.rule_context import rule_context_of
from tests.support.rules import check
from tests.support.words import rendered

ROOT = Path(__file__).resolve().parents[4]
COMMENT = "{event: comment.created, connection: shop-page}"
ORDER = "{event: order.created, connection: orders}"


def problems(trigger: str = COMMENT, condition: str = "", action: str = "log: x") -> str:
    conditions = f"    conditions:\n      - {condition}\n" if condition else ""
    actions = f"    actions:\n      - {action}\n"
    text = f"rules:\n  - id: a\n    trigger: {trigger}\n{conditions}{actions}"
    return rendered(check(text).problems)


@pytest.mark.parametrize(
    "condition",
    [
        "event.text == '5'",
        "event.data.paid == 'true'",
        "to_number(event.text) > `5`",
        "event.data.total > `1.25`",
        "event.data.rate > `0.125`",
        "contains(fold(event.text), 'gia 2')",
        "contains(lower(event.text), 'giá')",
        "lower(event.text) != 'OK'",
        "matches(fold(event.text), '[GI]ia')",
        "contains('S, M, L', event.text)",
        "contains(['S', 'M'], event.text)",
        "one_of('vip', contact.tags)",
        "keywords(event.text, ['chào, shop', 'giá'])",
        "keywords(event.text, 'bao nhiêu')",
        "contact.state.vip == 'yes'",
        "contact.opted_out == `true`",
        "contact.tags == `[]`",
        "event.post == null",
        "event.data.items[?total > `5`] | length(@) > `0`",
        "event.data.vip || event.data.total > `5`",
        "event.data.list[?event.type == 'paid']",
        "'`true`'",
        "'!(event.parent)'",
        "event.text != 'a' && event.text != 'b'",
        "fold(event.text)",
        "len(event.text) > `0`",
        "matches(event.text, '^$')",
        r"matches(event.text, '\bgia\b')",
        "matches(event.text, 'a{2}|a{2,}|[{]')",
        "keywords(event.text, ['50%', 'c++', '#sale', 'a/b'])",
        "one_of(weekday(now, 'UTC'), ['sat', 'sun'])",
        "contains(phones(event.text), '+84901234567') || phones(event.text)[0] == '+84901234567'",
        "one_of(links(event.text)[0], ['https://a.vn/'])",
        "contact.tags == ['vip']",
        "event.data.note != ''",
        "event.data.paid == 'no'",
        "event.connection == 'orders'",
        "connection.provider == 'generic'",
        "event.headers.\"user-agent\" == 'A'",
        "matches(event.text, '[\\\\]')",
    ],
)
def test_a_condition_that_may_hold_is_left_alone(condition: str) -> None:
    assert problems(condition=condition, trigger=ORDER) == ""


@pytest.mark.parametrize(
    "trigger",
    [
        "{event: comment.*, connection: shop-page}",
        "{event: facebook.ratings, connection: shop-page}",
        "{event: facebook.*}",
        "{event: '*', connection: orders}",
        "{event: comments.created, connection: orders}",
        "{event: document.created}",
        "{event: order.*}",
        "{event: message.failed, connection: shop-page}",
        "{event: [connection.silent, connection.rejecting]}",
        "{event: approval.waiting}",
    ],
)
def test_an_event_that_somebody_may_send_is_left_alone(trigger: str) -> None:
    assert problems(trigger=trigger) == ""


@pytest.mark.parametrize(
    ("trigger", "condition", "action"),
    [
        ("{connection: shop-page}", "event.text != null", "reply: hi"),
        ("{connection: shop-page}", "", "log: '{{ event.type }}'"),
        ("{connection: shop-page}", "", "{reply: hi, if: event.text}"),
        ("{event: message.read, connection: shop-page}", "", "message: hi"),
        ("{event: message.received, connection: shop-page, include_self: true}", "", "reply: hi"),
        (COMMENT[:-1] + ", include_self: true}", "keywords(event.text, ['giá'])", "reply: hi"),
        (COMMENT, "", 'reply: {text: "", attachments: [{url: "https://shop.example/a.png"}]}'),
        (COMMENT, "", 'reply: "Giá {xem ảnh}, {event} hoặc {{ event.text }}"'),
        (COMMENT, "", 'reply: "{% if vars.price %}{{ vars.price }}{% endif %}"'),
        (ORDER, "", "forward: crm"),
        (ORDER, "", 'forward: {to: "https://crm.example/in?x={{ event.id }}"}'),
        (
            ORDER,
            "",
            'request: {url: "https://crm.example/", method: POST, body: {env: "env: prod"}}',
        ),
        (ORDER, "", "set: {size: \"'M'\", count: 5, note: event.text, none: null}"),
    ],
)
def test_a_step_that_can_be_done_is_left_alone(trigger: str, condition: str, action: str) -> None:
    assert problems(trigger, condition, action) == ""


def test_nothing_more_is_looked_for_when_no_further_warning_is_listed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = count()
    endless = (Remark((), meaning_answers_receipts(events=())) for _ in found)
    one = MeaningCheck(Severity.WARNING, lambda _subject: endless)
    monkeypatch.setattr(read_file, "CHECKS", (one, one))
    rule = f"rules:\n  - id: endless\n    trigger: {COMMENT}\n    actions: [log: x]\n"

    assert len(check(rule).problems) == MAX_PROBLEMS + 1
    assert next(found) == MAX_PROBLEMS + 1


def test_errors_are_found_where_warnings_are_not_looked_for() -> None:
    assert {one.severity for one in CHECKS} == {Severity.ERROR, Severity.WARNING}


@pytest.fixture(scope="module")
def of_demo(tmp_path_factory: pytest.TempPathFactory) -> Config:
    data = tmp_path_factory.mktemp("demo")
    return load_config(None, data, demo=True).require()


def test_providers_name_events_as_they_say_they_do(of_demo: Config) -> None:
    named = rule_context_of(of_demo).event_types
    free = {provider.name for provider in BUILTIN.values() if provider.sender_names_events}
    others = {
        name
        for provider, kinds in named.items()
        for name in kinds
        if provider not in free
        and name not in SHARED_EVENTS
        and not name.startswith(f"{provider}.")
    }

    assert len(named) > 10
    assert others == set()


@pytest.mark.parametrize(
    ("event", "nearest"),
    [
        ("facebook.comment.created", "comment.created"),
        ("telegram.message", "message.received"),
        ("github.issue.opened", "github.issues.opened"),
        ("shopify.order.create", "shopify.orders.create"),
        ("shopify.orders.created", "shopify.orders.create"),
        ("shopify.orders_create", "shopify.orders.create"),
        ("stripe.invoice.payed", "stripe.invoice.paid"),
        ("stripe.charge.suceeded", "stripe.charge.succeeded"),
        ("stripe.payment_intent.failed", "stripe.payment_intent.payment_failed"),
        ("github.pullrequest.opened", "github.pull_request.opened"),
        ("github.pull_request_opened", "github.pull_request.opened"),
        ("github.push.created", "github.push"),
        ("'stripe.invoices.*'", "stripe.invoice.*"),
        ("zalo.user_send_text", "message.received"),
        ("telegram.callback_query", "button.clicked"),
        ("message", "message.received"),
        ("github.issues.reopened", ""),
        ("github.workflow_run.completed", ""),
        ("GitHub.Push", ""),
        ("'github.pull_request*'", ""),
        ("'github.*.created'", ""),
        ("github.projects_v2_item.archived", ""),
        ("stripe.radar.early_fraud_warning.created", ""),
        ("slack.channel_created", ""),
        ("facebook.ratings", ""),
        ("shopify.orders.updated", ""),
        ("stripe.invoice.paid", ""),
        ("order.message", ""),
    ],
)
def test_a_name_that_no_provider_uses_is_told_with_the_one_that_is_meant(
    of_demo: Config, event: str, nearest: str
) -> None:
    text = f"rules:\n  - id: a\n    trigger: {{event: {event}}}\n    actions: [{{log: x}}]\n"
    told = rendered(load_rules(rule_context_of(of_demo), {"a.yaml": text}).problems)

    assert (f"did you mean '{nearest}'?" in told) if nearest else told == ""


def of_event(of_demo: Config, trigger: str, condition: str = "event.id != 'a'") -> str:
    text = f"rules:\n  - id: a\n    trigger: {trigger}\n    conditions: [{condition!r}]\n"
    return rendered(
        load_rules(
            rule_context_of(of_demo), {"a.yaml": text + "    actions: [{log: x}]\n"}
        ).problems
    )


def test_what_has_happened_to_a_thing_is_told_where_no_such_thing_happens(of_demo: Config) -> None:
    told = of_event(of_demo, "{event: github.pull_request.merged}")

    assert "write one of these: " in told
    assert "github.pull_request.closed" in told


@pytest.mark.parametrize(
    ("connection", "condition", "nearest"),
    [
        ("demo-stripe", "event.type == 'stripe.invoice.payed'", "stripe.invoice.paid"),
        ("demo-stripe", "one_of(event.type, ['invoice.paid'])", "stripe.invoice.paid"),
        ("demo-github", "event.type == 'github.star'", "github.star.created, github.star.deleted"),
        ("demo-page", "event.type == 'message.receved'", "message.received"),
        ("demo-orders", "event.type == 'order.paid'", ""),
        ("demo-stripe", "starts_with(event.type, 'stripe.invoice.')", ""),
        ("demo-stripe", "event.type == 'stripe.invoice.paid'", ""),
    ],
)
def test_a_type_in_a_condition_is_a_name_that_somebody_sends(
    of_demo: Config, connection: str, condition: str, nearest: str
) -> None:
    told = of_event(of_demo, f"{{connection: {connection}}}", condition)

    assert (nearest in told) if nearest else told == ""


@pytest.mark.parametrize(
    ("trigger", "is_sent"),
    [
        ("{event: comment.created, connection: demo-telegram}", False),
        ("{event: lead.created, connection: demo-line}", False),
        ("{event: comment.created, connection: [demo-telegram, demo-page]}", True),
        ("{event: comment.created, connection: demo-orders}", True),
        ("{event: contact.followed, connection: demo-page}", True),
        ("{event: message.failed, connection: demo-page}", True),
        ("{event: link.clicked, connection: demo-telegram}", True),
    ],
)
def test_a_shared_name_is_told_where_the_provider_has_no_such_things(
    of_demo: Config, trigger: str, is_sent: bool
) -> None:
    assert (of_event(of_demo, trigger) == "") is is_sent


def test_the_samples_and_names_of_each_provider_have_the_subjects_of_its_code(
    of_demo: Config,
) -> None:
    context = rule_context_of(of_demo)
    quoted = re.compile(r'"([a-z]+)\.[a-z_]+"')
    shared = {name.split(".", maxsplit=1)[0] for name in SHARED_EVENTS}
    lacking = {}
    for provider, kinds in context.event_types.items():
        known = {*kinds, *context.event_names[provider].values()}
        module = ROOT / "automator/providers" / provider
        files = [*module.glob("*.py")] or [module.with_suffix(".py")]
        code = "".join(file.read_text(encoding="utf-8") for file in files)
        named = {
            found[1] for found in quoted.finditer(code) if found[0].strip('"') in SHARED_EVENTS
        }
        lacking[provider] = (named & shared) - {kind.split(".")[0] for kind in known}

    assert len(lacking) > 15
    assert {provider: names for provider, names in lacking.items() if names} == {}


def test_the_rules_of_the_demo_have_no_problems(of_demo: Config) -> None:
    files = {path.name: path.read_text(encoding="utf-8") for path in ROOT.glob("rules/demo/*.yaml")}

    assert rendered(load_rules(rule_context_of(of_demo), files).problems) == ""


@pytest.mark.parametrize(
    "action",
    [
        'reply: "event.text nghĩa là gì"',
        'reply: "{{ event.data }} {{ vars.nobody | default(1) }}"',
        "remember: {at: now, kind: event.created, size: M}",
        'remember: {asked: "{{ contact.state.asked | default(0) + 1 }}"}',
        "log: \"{{ event.text | truncate(20, end='...') }} {{ event.actor }}\"",
        'set: {text: event.text, code: "event.data.items[?code == `1`] | [0]"}',
    ],
)
def test_an_action_that_may_be_meant_so_is_left_alone(action: str) -> None:
    assert problems(action=action) == ""


@pytest.mark.parametrize(
    "key",
    [
        "[event.actor.id, weekday(now, 'UTC')]",
        "[event.actor.id, between(now, '08:00', '12:00', 'UTC')]",
    ],
)
def test_a_key_with_the_day_or_the_hour_in_it_counts_within_that(key: str) -> None:
    """Once for each person and day: the time itself is in no such key."""
    limits = f'limits: {{once: {{key: "{key}", period: 1d}}}}'

    assert problems(trigger=f"{COMMENT}\n    {limits}") == ""
