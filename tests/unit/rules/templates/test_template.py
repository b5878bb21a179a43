import json
import resource
import time
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automator.rules.templates.template import RenderError, Sandbox, compile_template
from tests.support.rules import a_scope
from tests.support.words import advice_on, raises_saying, said


def render(text: str, scope: dict[str, Any] | None = None, *, is_url: bool = False) -> Any:
    template, faults = compile_template(text, is_url=is_url)
    assert template is not None, faults
    return template.render(a_scope() if scope is None else scope)


def refusal(text: str, scope: dict[str, Any] | None = None) -> str:
    """The code of the first fault, or `render` when it is refused while it runs."""
    template, faults = compile_template(text)
    if template is None:
        return faults[0].code
    with pytest.raises(RenderError):
        template.render(a_scope() if scope is None else scope)
    return "render"


# --- What templates can do ---


@pytest.mark.parametrize(
    ("text", "rendered"),
    [
        ("Chào {{ event.actor.name }}!", "Chào Nguyễn Thị Hoa!"),
        ("{{ event.data.total | money }}", "250.000đ"),
        ("{{ 1250.5 | money('USD') }}", "1.250,50 USD"),
        ("{{ '1500000' | money }}", "1.500.000đ"),
        ("{{ now | date }}", "24/11/2026 13:01"),
        ("{{ now | date('%A %d/%m', 'UTC') }}", "thứ ba 24/11"),
        ("{{ 1795500061250 | date('%H:%M:%S %% %Y') }}", "13:01:01 % 2026"),
        ("{{ event.text | fold }}", "gia bao nhieu vay shop?"),
        ("{{ event.text | upper | truncate(10) }}", "GIÁ BAO…"),
        ("{{ event.nothing | default('bạn') }}", "bạn"),
        ("{{ event.parent.author.name | default('bạn') }}", "bạn"),
        ("{{ '' | default('x', true) }}", "x"),
        ("[{{ event.parent }}]", "[]"),
        ("{{ event.actor.is_self }}.", "false."),
        ("{{ event.items | join(', ') }}", "váy, áo"),
        ("{{ event.data | tojson }}", '{"total":250000}'),
        ("Đơn: {{ event.data }}", 'Đơn: {"total":250000}'),
        ("{% for x in event.items %}{{ loop.index }}.{{ x }} {% endfor %}", "1.váy 2.áo "),
        ("{% if event.data.total > 100000 %}to{% else %}nhỏ{% endif %}", "to"),
        ("{% set x = event.data.total * 2 %}{{ x }}", "500000"),
        ("{{ 'a' ~ 1 ~ none }}", "a1"),
        ("{{ event.items | first }}{{ event.items | last }}{{ event.items | length }}", "váyáo2"),
        ("{{ ' a ' | trim }}{{ 'aXa' | replace('X', '-') }}", "aa-a"),
        ("{{ 2.567 | round(2) }} {{ 2.567 | round }} {{ -3 | abs }}", "2.57 3 3"),
        ("{{ '5' | int + 1 }} {{ 'x' | int }} {{ '2.5' | float }}", "6 0 2.5"),
        ("{{ '<b>' | e }} {{ 'a b/ă' | urlencode }}", "&lt;b&gt; a%20b%2F%C4%83"),
        ("{{ event.text[:3] }} {{ event['type'] }}", "Giá comment.created"),
        ("{% raw %}{{ x }}{% endraw %}", "{{ x }}"),
        ("a\n", "a\n"),
    ],
)
def test_a_template_fills_in_what_the_event_has(text: str, rendered: str) -> None:
    assert render(text) == rendered


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{{ event.data.total }}", 250000),
        ("  {{ event.actor.is_self }}\n", False),
        ("{{ event.parent }}", None),
        ("{{ event.items }}", ["váy", "áo"]),
        ("{{ event.data }}", {"total": 250000}),
        ("{{ [event.id, 1] }}", ["0r3kq5v5z0000", 1]),
        ("{{ {'a': event.data.total} }}", {"a": 250000}),
        ("{{ range(3) }}", [0, 1, 2]),
        ("{{ event.data.total }} ", 250000),
        ("{{ event.data.total }}{{ 1 }}", "2500001"),
    ],
)
def test_a_lone_expression_keeps_its_kind(text: str, value: Any) -> None:
    got = render(text)

    assert got == value
    assert type(got) is type(value)


def test_a_key_with_the_name_of_a_method_is_the_key() -> None:
    scope = a_scope(items=[1], keys="k", get={"values": 2})

    assert render("{{ event.items }}", scope) == [1]
    assert render("{{ event.keys }}{{ event.get.values }}", scope) == "k2"


@pytest.mark.parametrize("payload", ["{{ 7*7 }}", "{% raw %}", "{{config}}", "#{7*7}", "${7*7}"])
def test_what_a_person_wrote_is_never_a_template(payload: str) -> None:
    assert render("{{ event.text }}!", a_scope(text=payload)) == f"{payload}!"


# --- What is said when something is missing or wrong ---


@pytest.mark.parametrize(
    "text",
    [
        "{{ event.actor.nam }}!",
        "{{ event.actor.nam }}",
        "{{ [event.actor.nam] }}",
        "{{ event.actor.nam | upper }}",
        "{{ 'a' ~ event.actor.nam }}",
        "{{ 'a' + event.actor.nam }}",
        "{{ event.text | replace('a', event.actor.nam) }}",
        "{{ [event.actor.nam] | join }}",
        "{% if event.actor.nam %}x{% endif %}",
        "{% for x in event.actor.nam %}x{% endfor %}",
    ],
)
def test_a_name_that_the_event_does_not_have_is_an_error_that_names_the_nearest(text: str) -> None:
    template, _ = compile_template(text)
    assert template is not None

    with raises_saying(RenderError, "did you mean 'name'"):
        template.render(a_scope())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{{ event.text + 1 }}", "'+' needs two numbers or two texts"),
        ("{{ 1 / 0 }}", "a number is divided by zero"),
        ("{{ event.data.total | join }}", "join needs a list"),
        ("{{ event.text | money }}", "'Giá bao nhiêu vậy shop?' is not a number"),
        ("{{ now | date('%' ~ 'Q') }}", "date has no sign '%Q'"),
        ("{{ now | date('%d', 'Asia/' ~ 'Hanoi') }}", "there is no time zone 'Asia/Hanoi'"),
        ("{{ event.text < 1 }}", "values of the wrong kind"),
        ("{{ (0 - event.data.total) ** 0.5 }}", "a root of a negative number is taken"),
        ("{{ event.data.total * 1e308 }}", "a number becomes too large"),
        ("{{ 1e308 // 1e-10 }}", "a number becomes too large"),
    ],
)
def test_a_value_of_the_wrong_kind_is_said_in_plain_words(text: str, message: str) -> None:
    template, _ = compile_template(text)
    assert template is not None

    with pytest.raises(RenderError) as caught:
        template.render(a_scope())

    assert message in said(caught.value.reason)


@pytest.mark.parametrize(
    ("text", "code", "marked"),
    [
        ("Chào {{ evnt.text }}", "unknown-name", "evnt"),
        ("{{ steps.order.output }} {{ order.state }}", "unknown-name", "order.state }}"),
        ("{{ event.text | uper }}", "unknown-filter", "uper"),
        ("{{ event.text is strnig }}", "unknown-test", "strnig"),
        ("{{ event.text.upper() }}", "template-call", "upper"),
        ("a\nb {{ event.text", "template-syntax", "{{"),
        ("{% foo %}", "template-syntax", "{%"),
        ("{% macro m() %}{% endmacro %}", "template-statement", "macro"),
        ("{% set x = [1, 2] %}", "template-statement", "set"),
        ("{{ event.id }}" * 300, "template-limit", "{{"),
        ("{{ 1 " + "+ 1" * 40 + " }}", "template-limit", "{{"),
        ("a" * 16_384 + "{{ event.id }}", "template-limit", "a"),
    ],
)
def test_a_fault_is_marked_where_it_stands(text: str, code: str, marked: str) -> None:
    fault = compile_template(text)[1][0]

    assert fault.code == code
    assert text[fault.offset :].startswith(marked)
    assert advice_on(fault.reason)


# --- Addresses ---


@pytest.mark.parametrize(
    ("text", "rendered"),
    [
        ("https://a.vn/{{ event.x }}", "https://a.vn/a%2F..%3Fb%3D%26c%23%40"),
        ("https://a.vn?q={{ event.x }}", "https://a.vn?q=a%2F..%3Fb%3D%26c%23%40"),
        (
            "https://a.vn:8443/{{ event.x | urlencode }}",
            "https://a.vn:8443/a%2F..%3Fb%3D%26c%23%40",
        ),
        ("https://a.vn/{% if event.x %}{{ event.n }}{% endif %}", "https://a.vn/5"),
    ],
)
def test_what_fills_an_address_stays_inside_its_part(text: str, rendered: str) -> None:
    assert render(text, a_scope(x="a/..?b=&c#@", n=5), is_url=True) == rendered


@pytest.mark.parametrize(
    "text",
    [
        "https://{{ event.host }}/x",
        "https://api.example.com{{ event.p }}",
        "https://api.example.com:{{ event.p }}/",
        "{{ event.url }}",
        "{{ 'https://a.vn/' }}{{ event.x }}",
        "{% if event.x %}https://a.vn/{% endif %}",
        "https://user@{{ event.host }}/",
        "https://a.vn\\{{ event.x }}/",
        "ftp://a.vn/{{ event.x }}",
        "//a.vn/{{ event.x }}",
    ],
)
def test_the_host_of_an_address_cannot_be_filled_in(text: str) -> None:
    assert [fault.code for fault in compile_template(text, is_url=True)[1]] == ["url-host"]


@given(st.text())
def test_the_host_of_a_rendered_address_is_the_one_that_was_written(value: str) -> None:
    try:
        url = render("https://a.vn/x/{{ event.x }}?q={{ event.x }}", a_scope(x=value), is_url=True)
    except RenderError:
        return

    path, _, query = url.removeprefix("https://a.vn/x/").partition("?")
    assert url.startswith("https://a.vn/x/")
    assert not set(path + query.removeprefix("q=")) & set("/?#@\\ \n&=")


# --- Attacks: T-20, T-22 and T-23 of the threat model ---

ESCAPES = [
    "{{ ''.__class__.__mro__ }}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ lipsum.__globals__['os'] }}",
    "{{ event|attr('__class__') }}",
    "{{ '{0.__class__}'.format(event) }}",
    "{{ ('{0.__class__}'|attr('format'))(event) }}",
    "{% set f='{0.__class__.__init__.__globals__}'.format %}{{ f(event) }}",
    "{{ [event]|map(attribute='__init__.__globals__')|list }}",
    "{{ self.__init__.__globals__ }}",
    "{{ self._TemplateReference__context }}",
    "{{ [event]|groupby('__class__') }}",
    "{% include '/etc/passwd' %}",
    "{% import 'os' as os %}",
    "{% from 'os' import path %}",
    "{% extends 'base' %}",
    "{% block a %}{% endblock %}",
    "{% filter upper %}a{% endfilter %}",
    "{% call event() %}{% endcall %}",
    "{% set x %}a{% endset %}",
    "{% with a = 1 %}{% endwith %}",
    "{% autoescape true %}{% endautoescape %}",
    "{{ event.__class__ }}",
    "{{ event['__class__'] }}",
    "{{ event.text.__class__ }}",
    "{{ event.text.format }}",
    "{{ event.items.append }}",
    "{{ event.items.__add__ }}",
    "{{ (1).bit_length }}",
    "{{ event | xmlattr }}",
    "{{ '%s' % event }}",
    "{{ config }}",
    "{{ secrets }}",
    "{{ env }}",
    "{{ request.headers }}",
    "{% for x in event recursive %}{{ loop(x) }}{% endfor %}",
    "{% for x in event.items %}{{ loop.__class__ }}{% endfor %}",
    "{% for x in event.items %}{{ loop._iterator }}{% endfor %}",
    "{% for x in event.items %}{{ loop.cycle }}{% endfor %}",
    "{% set event = 1 %}",
    "{% set _x = 1 %}{{ _x }}",
    "{{ _ }}",
    "{{ caller }}",
    "{{ dict(a=1) }}",
    "{{ namespace() }}",
    "{{ range }}",
    "{{ event.text | default(lipsum) }}",
    "{{ event is sameas event }}",
    "{{ event | '!url' }}",
]


@pytest.mark.parametrize("text", ESCAPES)
def test_no_template_leaves_the_sandbox(text: str) -> None:
    assert refusal(text)


BOMBS = [
    "{{ 'a'*10**9 }}",
    "{{ [0]*10**9 }}",
    "{{ 10**9 * 'a' }}",
    "{{ 'a'.center(10**9) }}",
    "{{ 'a'.ljust(10**9) }}",
    "{{ 'a'.zfill(10**9) }}",
    "{{ 'a'|center(10**9) }}",
    "{{ '%1000000000d'|format(1) }}",
    "{{ '%*d'|format(10**9,1) }}",
    "{{ '%1000000000d' % 1 }}",
    "{{ '{:>1000000000}'.format(1) }}",
    "{{ '\t'.expandtabs(10**9) }}",
    "{{ 'a'.replace('','b'*99999).replace('b','c'*99999)|length }}",
    "{{ 'x'.translate({120:'y'*10**8}) }}",
    "{{ (1).to_bytes(10**9,'big') }}",
    "{{ [1]|batch(10**8,0)|list }}",
    "{{ event.items|join('a'*99999) }}",
    "{{ 9**9**9 }}",
    "{{ 2**100000000 }}",
    "{{ 2**-100000000 }}",
    "{{ 10**200 * 10**200 }}",
    "{{ event.big | replace('a', event.big) }}",
    "{{ event.big ~ event.big }}",
    "{{ event.big + event.big }}",
    "{{ event.big }}{{ event.big }}",
    "{{ event.wide | join(event.big) }}",
    "{{ range(10**9) }}",
    "{{ range(0, 10**18, 1) | length }}",
    "{{ now | date('%1000000000d') }}",
    "{{ 1e300 | money }}",
    "{{ 5 | round(10**9) }}",
    "{{ 'a' | truncate(10**9) }}",
    "{{ event.wide | tojson }}{{ event.wide | tojson }}{{ event.huge }}",
    "{% set a = [event, event] %}{% set b = [a, a] %}{{ b }}",
    "{{ " + "9" * 5000 + " }}",
    "{{ '" + "a" * 5000 + "' }}",
    "{{ " + "(" * 5000 + ")" * 5000 + " }}",
    "{{ " + "not " * 3000 + "1 }}",
    "{{ " + "[" * 60 + "]" * 60 + " }}",
    "{{ " + "1+" * 600 + "1 }}",
    "{% if 1 %}" * 200 + "{% endif %}" * 200,
    "{{ event" + ".a" * 3000 + " }}",
]
LOOPS = [
    "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
    "{% for i in range(1000) %}{% for j in range(1000) %}{% endfor %}{% endfor %}",
    "{% for i in event.wide %}{% for j in i %}{{ event.big | fold }}{% endfor %}{% endfor %}",
    "{% for i in event.wide %}{{ event.big | fold | length }}{% endfor %}",
    "{% for i in event.wide %}{% for j in event.wide %}"
    + "{% if event.half in event.big %}{% endif %}" * 40
    + "{% endfor %}{% endfor %}",
    "{% for a in event.wide %}{% for b in a %}{% for c in b %}{% endfor %}{% endfor %}{% endfor %}",
    "{% macro m(n) %}{% if n %}{{ m(n-1) }}{{ m(n-1) }}{% endif %}{% endmacro %}{{ m(40) }}",
    "{{ lipsum(n=200000) }}",
    "{{ 'a\nb'|indent(10**9) }}",
    "{{ [1]|slice(10**8)|list }}",
    "{{ ('a '*10**6)|urlize }}",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "{{ event.big" + " | fold" * 400 + " }}",
]


@pytest.mark.parametrize("text", BOMBS + LOOPS)
def test_a_template_that_wants_too_much_is_stopped_soon_and_small(text: str) -> None:
    scope = a_scope(
        big="a" * 60_000,
        half="a" * 30_000 + "b",
        wide=["x" * 100] * 1000,
        huge=["y" * 1000] * 1000,
    )
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.process_time()

    assert refusal(text, scope)

    assert time.process_time() - started < 0.5
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024


def test_a_loop_goes_through_a_thousand_items_and_no_more() -> None:
    text = "{% for x in event.items %}{{ x }}{% endfor %}"

    assert render(text, a_scope(items=[1] * 1_000)) == "1" * 1_000
    with raises_saying(RenderError, "at most 1000 items"):
        render(text, a_scope(items=[1] * 1_001))


def test_nothing_is_computed_when_a_template_is_compiled() -> None:
    sandbox = Sandbox()
    code = sandbox.compile(sandbox.parse("{{ [1, 2] == [1, 2] }}{{ -1 }}"), raw=True)

    assert "true" not in code
    assert "call_unop" in code


def test_the_next_rendering_works_after_one_that_was_stopped() -> None:
    refusal("{% for i in range(1000) %}{% for j in range(1000) %}{% endfor %}{% endfor %}")

    assert render("{{ event.id }}!") == "0r3kq5v5z0000!"


# --- Anything at all ---

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
_PARTS = (
    "{{ |}}|{% |%}|{#|#}|event|.text|.items|[0]|(|)|'| ~ |+|-|*|/|%|**|//|1|9e9|, |: |[|]|if |else "
    "|endif|for x in |endfor|set a = |x|loop|.index|not |and |or | in | is | == | < |defined|none"
    "|tojson|join|default|date|money|round|truncate|replace|range|raw|endraw|macro|\n|é|\\|{|}|~|__"
)
PIECES = st.lists(st.sampled_from([*_PARTS.split("|"), "|"]), max_size=24).map("".join)
EXPRESSIONS = PIECES.map(lambda inner: "{{ event.text" + inner + " }}")


@given(st.one_of(st.text(), PIECES, EXPRESSIONS), JSON)
def test_any_template_over_any_event_gives_a_value_of_json_or_a_plain_refusal(
    text: str, body: Any
) -> None:
    for is_url in (False, True):
        template, faults = compile_template(text, is_url=is_url)
        if template is None:
            assert faults
            assert all(0 <= fault.offset <= len(text) for fault in faults)
            continue
        for scope in ({"event": body}, {"event": {"text": body, "items": body}}, {}):
            with suppress(RenderError):
                json.dumps(template.render(scope), allow_nan=False)


@pytest.mark.parametrize(
    "text",
    [
        "{{ now | date }}",
        "{{ now | date('100%% %H:%M', zone='Asia/Tokyo') }}",
        "{{ now | date('%A %d/%m/%y %S', 'UTC') }}",
        "{{ now | date(event.text, event.zone) }}",
        "{{ now | date('%d' if event.text else '%m') }}",
    ],
)
def test_a_date_is_refused_only_for_what_is_written_out_and_never_works(text: str) -> None:
    assert compile_template(text)[1] == []
