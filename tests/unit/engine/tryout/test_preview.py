"""Previews of a file over many events: what matches, what changes, and what nearly matches."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from automator.engine.tryout import preview as module
from automator.engine.tryout.preview import Previewer, SavedResults
from automator.engine.tryout.preview_result import Card, Change, Preview
from automator.engine.tryout.trial_events import changed_event
from automator.engine.tryout.tryout import Subject
from automator.rules import RuleContext, RuleSet, load_rules
from tests.support.providers import NOW_MS, a_provider
from tests.support.tries import PAGE, parts_of, rules_of, sample_event
from tests.support.words import said

PROVIDER = a_provider("facebook", PAGE)
PARTS = parts_of(PROVIDER)
COMMENT = sample_event(PROVIDER, "facebook/comment.created")
MESSAGE = sample_event(PROVIDER, "facebook/message.received")
SAVED = """\
rules:
  - id: price
    trigger: {event: comment.created}
    conditions:
      - keywords(event.text, ['giá'])
      - event.parent == null
    actions: [{reply: "Chào {{ event.actor.name }}"}]
"""


def comments(*texts: str) -> list[Subject]:
    return [
        Subject(event=replace(changed_event(COMMENT, text=text), id=number + 1), at=NOW_MS)
        for number, text in enumerate(texts)
    ]


def previewed(
    written: str, subjects: Sequence[Subject], saved: str | RuleSet = SAVED, shown: int = 20
) -> Preview:
    before = rules_of(PARTS, saved) if isinstance(saved, str) else saved
    return Previewer(
        parts=PARTS,
        rules=rules_of(PARTS, written),
        saved=before,
        file="rules.yaml",
        shown=shown,
    ).preview(subjects)


def texts(card: Card) -> list[str]:
    return [text for run in card.runs for text in run.texts]


def test_it_counts_what_matches_newly_and_what_no_longer_does() -> None:
    written = SAVED.replace("['giá']", "['ship', 'size']")
    found = previewed(written, comments("giá sao", "ship không", "size M", "đẹp"))

    assert (found.count, found.matching, found.new, found.gone) == (4, 2, 2, 1)
    assert [card.change for card in found.cards] == [Change.NEW, Change.NEW, Change.GONE]


def test_a_card_shows_the_exact_message_and_what_it_was_before() -> None:
    written = SAVED.replace("Chào {{", "Xin chào {{")
    (card,) = previewed(written, comments("giá sao")).cards

    assert card.change is Change.OTHER
    assert texts(card)[0].startswith("Xin chào ")
    assert card.before[0].texts[0].startswith("Chào ")


def test_an_event_for_which_nothing_changes_is_the_same() -> None:
    (card,) = previewed(f"# a note\n{SAVED}", comments("giá sao")).cards

    assert card.change is Change.SAME
    assert card.before == ()


@pytest.mark.parametrize(
    ("step", "other"),
    [
        (
            'forward: {to: "https://crm.example/in", body: {text: "{{ event.text }}"}}',
            'forward: {to: "https://crm.example/in", body: {said: "{{ event.text }}"}}',
        ),
        (
            'request: {url: "https://crm.example/in", body: {a: 1}}',
            'request: {url: "https://crm.example/in", body: {a: 2}}',
        ),
        ('log: "{{ event.text }}"', 'log: "{{ event.type }}"'),
    ],
)
def test_an_event_for_which_something_else_is_sent_or_logged_has_changed(
    step: str, other: str
) -> None:
    saved = SAVED.replace('reply: "Chào {{ event.actor.name }}"', step)
    (card,) = previewed(saved.replace(step, other), comments("giá sao"), saved).cards

    assert card.change is Change.OTHER
    assert card.before


def test_what_is_sent_is_the_same_though_another_rule_now_goes_first() -> None:
    saved = SAVED.replace("reply:", "private_reply:").replace(
        "    trig", "    priority: 9\n    trig"
    )
    written = saved.replace("priority: 9", "priority: 1").replace("{{ event.actor", "{{event.actor")
    other = saved.replace("id: price", "id: other").replace("priority: 9", "priority: 5")
    before, now = (
        load_rules(
            RuleContext(actions=PARTS.actions, connections={PAGE: "facebook"}),
            {"rules.yaml": text, "other.yaml": other},
        ).rule_set
        for text in (saved, written)
    )
    (card,) = (
        Previewer(parts=PARTS, rules=now, saved=before, file="rules.yaml", shown=5)
        .preview(comments("giá sao"))
        .cards
    )

    assert card.change is Change.SAME


def test_a_miss_names_the_one_condition_that_failed_with_its_value_the_closest_first() -> None:
    subjects = comments("đẹp", "giá sao")
    answer = replace(subjects[1].event, body={**subjects[1].event.body, "parent": {"id": "1"}})
    far = replace(subjects[0].event, body={**subjects[0].event.body, "parent": {"id": "1"}})
    found = previewed(SAVED, [replace(subjects[0], event=far), replace(subjects[1], event=answer)])

    assert [miss.failing for miss in found.misses] == [1, 2]
    failed = [item for item in found.misses[0].explanation.conditions if not item.holds]
    assert [item.text for item in failed] == ["event.parent == null"]
    assert found.misses[0].event.id == answer.id


def test_events_that_no_rule_listens_to_are_no_misses() -> None:
    assert previewed(SAVED, [Subject(event=MESSAGE, at=NOW_MS)]).misses == ()


def test_other_files_are_left_out_and_their_stop_counts() -> None:
    first = """\
rules:
  - id: first
    priority: 5
    trigger: {event: comment.created}
    stop: true
    actions: [{log: "x"}]
"""
    both = rules_of(PARTS, SAVED)
    stopped = RuleSet(
        (*rules_of(PARTS, first).rules, *both.rules), files={}, digest=""
    )  # Both are called rules.yaml, so that the first one is the file's own.
    found = Previewer(parts=PARTS, rules=stopped, saved=both, file="rules.yaml", shown=5).preview(
        comments("giá")
    )

    assert [run.rule for run in found.cards[0].runs] == ["first"]


def test_what_the_saved_rules_decide_is_asked_once() -> None:
    known = SavedResults({1: frozenset({"price"})})
    found = Previewer(
        parts=PARTS,
        rules=rules_of(PARTS, SAVED.replace("giá", "ship")),
        saved=rules_of(PARTS, SAVED),
        file="rules.yaml",
        shown=5,
        known=known,
    ).preview(comments("đẹp", "giá"))

    assert found.gone == 2
    assert known.decided[2] == {"price"}
    assert known.runs == {card.event.id: card.before for card in found.cards}


def test_of_saved_rules_only_what_is_shown_is_kept() -> None:
    known = SavedResults(runs={77: ()})
    changed = SAVED.replace("Chào", "Hi")
    one, two = comments("giá", "giá")
    for subject in (one, two):
        found = Previewer(
            parts=PARTS,
            rules=rules_of(PARTS, changed),
            saved=rules_of(PARTS, SAVED),
            file="rules.yaml",
            shown=1,
            known=known,
        ).preview([subject])
        assert [card.change for card in found.cards] == [Change.OTHER]
        assert list(known.runs) == [subject.event.id]


@pytest.mark.parametrize(
    ("written", "tries"),
    [
        (SAVED.replace("['giá']", "['giá', 'ship']"), 0),
        (SAVED.replace("Chào", "Hi"), 1),
        (SAVED.replace("id: price", "id: price\n    name: Prices"), 1),
    ],
)
def test_what_a_rule_does_is_tried_anew_only_when_it_would_say_something_else(
    written: str, tries: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    known, tried = SavedResults(), []
    saved = rules_of(PARTS, SAVED)
    real = module.try_event_here
    monkeypatch.setattr(
        module, "try_event_here", lambda *a, **k: (tried.append(1), real(*a, **k))[1]
    )
    found = []
    for rules in (saved, rules_of(PARTS, written)):
        previewer = Previewer(
            parts=PARTS, rules=rules, saved=saved, file="rules.yaml", shown=5, known=known
        )
        found.append(previewer.preview(comments("giá sao")))

    assert len(tried) == 1 + tries
    fresh = previewed(written, comments("giá sao"), saved=saved)
    assert found[1].as_json() == fresh.as_json()


def test_a_preview_that_takes_too_long_says_how_far_it_came(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MOST_SECONDS", -1.0)
    found = previewed(SAVED, comments("giá", "giá"))

    assert found.count == 0
    assert found.cut is not None
    assert said(found.cut).startswith("this took long")


def test_a_new_file_matches_everything_newly() -> None:
    found = previewed(SAVED, comments("giá"), saved="rules: []\n")

    assert (found.new, found.cards[0].change) == (1, Change.NEW)
