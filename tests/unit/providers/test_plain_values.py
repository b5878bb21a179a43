"""Values in messages: a rule may write markup, and the words of a stranger bring none."""

import pytest

from automator.providers.shared.plain_values import plain_in_discord, plain_in_slack
from automator.rules.templates.template import RenderError, compile_template
from automator.rules.templates.template_budget import TemplateBudget
from automator.rules.templates.values import MAX_TEXT


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        ("Lan & Minh <3", "Lan &amp; Minh &lt;3"),
        ("<https://evil.example|Facebook>", "&lt;https://evil.example|Facebook&gt;"),
        ("<!channel> <@U1> <#C1>", "&lt;!channel&gt; &lt;@U1&gt; &lt;#C1&gt;"),
        ("x|Shop> <https://evil.example|y", "x|Shop&gt; &lt;https://evil.example|y"),
        ("<https://a.example>", "<https://a.example>"),
        ("R&amp;D &lt;b&gt;", "R&amp;D &lt;b&gt;"),
    ],
)
def test_slack_shows_a_value_and_reads_no_markup_in_it(value: str, plain: str) -> None:
    assert plain_in_slack(value) == plain
    assert plain_in_slack(plain) == plain


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        ("[Facebook](https://evil.example)", "[Facebook]\u2060(https://evil.example)"),
        (r"\[Facebook](https://evil.example)", "\\[Facebook]\u2060(https://evil.example)"),
        ("<@123> <#9> <@&5>", "<\u2060@123> <\u2060#9> <\u2060@&5>"),
        ("@everyone and @here", "@\u2060everyone and @\u2060here"),
        ("everyone", "\u2060everyone"),
        ("https://a.example/@lan?a=1&b=2", "https://a.example/@lan?a=1&b=2"),
    ],
)
def test_discord_shows_a_value_and_reads_no_markup_in_it(value: str, plain: str) -> None:
    assert plain_in_discord(value) == plain


def test_a_value_that_grows_beyond_the_bound_is_refused() -> None:
    template, _ = compile_template("{{ event.text }}")
    assert template is not None
    budget = TemplateBudget()
    budget.plain = plain_in_slack

    with pytest.raises(RenderError):
        template.render({"event": {"text": "<" * (MAX_TEXT // 2)}}, budget)
