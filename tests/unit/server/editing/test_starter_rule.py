"""The first rule file for a connection: in the language of whoever asks for it."""

import pytest

from automator.language import Translator
from automator.server.editing.starter_rule import starter, starter_for
from tests.support.providers import a_provider
from tests.support.tries import PAGE, parts_of, rules_of

PROVIDER = a_provider("facebook", PAGE)


@pytest.mark.parametrize(
    ("language", "name"), [("en", "Answer price questions"), ("vi", "Trả lời câu hỏi về giá")]
)
def test_the_first_rule_has_its_name_in_the_readers_language(language: str, name: str) -> None:
    text = starter(PROVIDER.connection, PROVIDER, Translator(language))

    (rule,) = rules_of(parts_of(PROVIDER), text).rules
    assert rule.spec.name == name


def test_without_a_connection_the_file_says_so() -> None:
    assert starter_for("", {}, Translator("vi")).startswith("# Chưa có kết nối nào")
