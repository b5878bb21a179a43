import ast
import re
from pathlib import Path

import pytest
from starlette.requests import Request

import automator.providers
import automator.server
from automator.conditions.functions.keywords import (
    EXCLUDED,
    MATCHED,
    MATCHED_AT,
    NONE_FOUND,
    SOME_MISSING,
)
from automator.conditions.trace import IS, IT_IS, MISSING
from automator.engine.doctor.texts import BEFORE_VERIFYING, FINDINGS, SEEN
from automator.engine.operations.explanation_notes import NOTES
from automator.engine.operations.watchdog import REJECTING, SILENT_AS_SET, SILENT_AS_USUAL
from automator.model.sentence import MORE
from automator.providers import BUILTIN
from automator.resources import templates_folder
from automator.rules.explanation.explain import DECIDED_BY, SOME_HOLD
from automator.rules.explanation.unicode_forms import OTHER_FORM
from automator.sandbox import MEANINGS
from automator.server.web import outcomes
from automator.server.web.language import Translator, catalogue, language_of

_IN_TEMPLATES = re.compile(r"""_\(\s*(?:"([^"]+)"|'([^']+)')""")
_IN_CODE = re.compile(r'words\("([^"]+)"')
_PLACES = re.compile(r"\{[a-z]+\}")


def texts_of_the_pages() -> set[str]:
    found: set[str] = set()
    for path in templates_folder().glob("*.html"):
        for double, single in _IN_TEMPLATES.findall(path.read_text(encoding="utf-8")):
            found.add(double or single)
    for path in Path(automator.server.__path__[0]).glob("*.py"):
        found.update(_IN_CODE.findall(path.read_text(encoding="utf-8")))
    return found


def test_every_text_of_the_pages_is_translated() -> None:
    texts = texts_of_the_pages()

    assert len(texts) > 150
    assert sorted(texts - set(catalogue("vi"))) == []


def test_everything_that_the_doctor_says_is_translated() -> None:
    advice = FINDINGS.values()
    texts = {*SEEN.values(), *BEFORE_VERIFYING.values()}
    texts |= {text for item in advice for text in (item.what, item.fix)}
    texts |= {text for provider in BUILTIN for text in provider.common_mistakes}
    # What is nothing but a place is filled by a provider's own words.
    words = {text for text in texts if text.strip("{}") not in ("", "what", "fix")}

    assert sorted(words - set(catalogue("vi"))) == []


def suspicions() -> set[str]:
    """What providers suspect, and what to do about it: as their code writes it."""
    calls = [
        node
        for path in Path(automator.providers.__path__[0]).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Suspicion"
    ]
    return {ast.literal_eval(text) for call in calls for text in call.args[:2]}


def test_everything_that_providers_suspect_is_translated() -> None:
    assert len(suspicions()) >= 12
    assert sorted(suspicions() - set(catalogue("vi"))) == []


def test_everything_that_the_watchdog_says_is_translated() -> None:
    assert {REJECTING, SILENT_AS_SET, SILENT_AS_USUAL} <= set(catalogue("vi"))


def test_the_senders_and_the_faults_of_the_sandbox_are_translated() -> None:
    # A name of its own is the same in every language.
    titles = {provider.title for provider in BUILTIN if " " in provider.title}

    assert titles | set(MEANINGS.values()) <= {*catalogue("vi"), "Standard Webhooks", "Zalo OA"}


def test_what_settles_whether_a_rule_matches_is_translated() -> None:
    of_keywords = {EXCLUDED, SOME_MISSING, NONE_FOUND, MATCHED, MATCHED_AT}
    of_conditions = {IS, IT_IS, MISSING, MORE, SOME_HOLD}

    assert {OTHER_FORM, *NOTES, *DECIDED_BY} | of_keywords | of_conditions <= set(catalogue("vi"))


def test_what_the_codes_of_attempts_mean_is_translated() -> None:
    assert set(outcomes.MEANINGS.values()) <= set(catalogue("vi"))


def test_translations_keep_the_places_for_values() -> None:
    different = {
        english: vietnamese
        for english, vietnamese in catalogue("vi").items()
        if sorted(_PLACES.findall(english)) != sorted(_PLACES.findall(vietnamese))
    }

    assert different == {}


def test_a_text_without_translation_is_said_in_english() -> None:
    assert Translator("vi")("No such text {here}") == "No such text {here}"
    assert Translator("vi")("Rules") == "Quy tắc"
    assert Translator("xx").language == "en"


@pytest.mark.parametrize(
    ("cookie", "header", "expected"),
    [
        ("", "", "en"),
        ("vi", "en-US,en;q=0.9", "vi"),
        ("xx", "vi", "vi"),
        ("", "fr,vi-VN;q=0.8,en;q=0.5", "vi"),
        ("", "en;q=0.5, vi;q=0.9", "vi"),
        ("", "en,vi", "en"),
        ("", "vi;q=....., en", "en"),
        ("", ";;;,,,q=", "en"),
    ],
)
def test_the_chosen_language_goes_before_the_browsers(
    cookie: str, header: str, expected: str
) -> None:
    headers = [(b"accept-language", header.encode())]
    if cookie:
        headers.append((b"cookie", f"lang={cookie}".encode()))

    assert language_of(Request({"type": "http", "headers": headers})) == expected
