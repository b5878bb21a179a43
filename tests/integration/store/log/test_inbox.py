"""The inbox as a view of the log, on both kinds of database: each thread once, with its state."""

from collections.abc import Mapping
from typing import Any

import pytest

from automator.clock import ManualClock
from automator.engine.figures import inbox
from automator.engine.figures.inbox import Inbox, InboxFilter, Line
from automator.model import AttemptStatus, Block, Event, Outcome, Remember
from automator.model.run import BY_HAND
from automator.store import Store
from automator.store.contacts.contacts import MarkState
from automator.store.log import people_log
from tests.support.store import Shop, asked_of, indexed

MINUTE_MS = 60_000


def written(text: str, comment: str = "", parent: str = "", who: str = "lan") -> dict[str, Any]:
    """The body of a message, or of a comment."""
    parts: dict[str, Any] = {"comment": {"id": comment}} if comment else {}
    if parent:
        parts["parent"] = {"id": parent}
    return {"text": text, "actor": {"id": who, "name": who.title()}, **parts}


class Customers:
    """Writes to the shop, and answers as a rule or by hand."""

    def __init__(self, store: Store, shop: Shop, clock: ManualClock) -> None:
        self._store, self._shop, self._clock = store, shop, clock
        self.inbox = Inbox(store.log, {}, {"facebook"})

    async def message(self, text: str, who: str = "lan", **changes: Any) -> Event:
        self._clock.advance(1)
        fields = {"type": "message.received", "runs": 0, "body": written(text, who=who), **changes}
        event, _ = await self._shop.receive(self._store, who=who, **fields)
        return event

    async def comment(
        self, text: str, comment: str, parent: str = "", who: str = "lan", **changes: Any
    ) -> Event:
        body = written(text, comment, parent, who)
        return await self.message(text, who, type="comment.created", body=body, **changes)

    async def by_hand(self, comment: str = "") -> None:
        """A colleague answers here: in private, or below a comment."""
        sent = {"message": {"sent_by": "human"}, "conversation": {"id": "lan"}}
        place = {"comment": {"id": comment}} if comment else sent
        kind = "comment.created" if comment else "message.sent"
        body = {"text": "Dạ", "actor": {"id": None, "name": "hoa"}, **place}
        run = {"rule": BY_HAND, "lane": f"shop-page:lan {BY_HAND}"}
        await self.message("", type=kind, is_self=True, body=body, runs=1, run=run)

    async def answer(self, outcome: Outcome = Outcome.ANSWERED, **changes: Any) -> None:
        """The runs that wait are done: each has said something."""
        self._clock.advance(1)
        for claimed in await self._store.claim(10):
            attempt = self._shop.attempt(claimed, **{"said": "Dạ 250k", **changes})
            await self._store.settle(
                self._shop.settlement(
                    claimed, owner=self._store.node, attempts=(attempt,), outcome=outcome
                )
            )

    def lines(self, wanted: InboxFilter | None = None) -> list[Line]:
        self.inbox.forget()
        return self.inbox.page(wanted or InboxFilter(), self._clock.now_ms(), limit=50)[0]

    def states(self) -> Mapping[str, str]:
        return {line.thread: line.state for line in self.lines()}


@pytest.fixture
def customers(store: Store, shop: Shop, clock: ManualClock) -> Customers:
    return Customers(store, shop, clock)


async def test_each_conversation_and_each_top_comment_is_one_line(customers: Customers) -> None:
    await customers.message("chào shop")
    await customers.message("shop ơi")
    await customers.comment("đẹp quá", "9_1")
    await customers.comment("dễ thương", "9_2", parent="9_1", who="minh")
    await customers.comment("xinh", "9_3", who="minh")
    await customers.message("👍", "hoa", type="reaction.added")

    found = [(line.thread, line.asked.text, line.is_comment) for line in customers.lines()]

    assert found == [
        ("shop-page#9_3", "xinh", True),
        ("shop-page#9_1", "dễ thương", True),
        ("shop-page:lan", "shop ơi", False),
    ]


async def test_buyers_without_an_answer_come_first(customers: Customers) -> None:
    await customers.message("giá bao nhiêu vậy shop")
    await customers.message("đẹp quá", "minh")
    await customers.comment("có ship Đà Nẵng không", "9_1", who="hoa")
    await customers.message("xinh", "mai")

    lines = customers.lines()

    assert [line.thread.partition("-page")[2] for line in lines] == [
        "#9_1",
        ":lan",
        ":mai",
        ":minh",
    ]
    assert [line.is_buyer for line in lines] == [True, True, False, False]


async def test_what_a_buyer_adds_does_not_hide_the_question(customers: Customers) -> None:
    question = await customers.message("giá bao nhiêu vậy shop")
    await customers.message("shop ơi")

    (line,) = customers.lines()

    assert (line.is_buyer, line.asked.id, line.asked.text) == (
        True,
        question.id,
        "giá bao nhiêu vậy shop",
    )


async def test_a_rule_answers_a_comment_and_what_is_written_later_is_open_again(
    customers: Customers,
) -> None:
    await customers.comment("giá bao nhiêu", "9_1", runs=1)
    assert customers.states() == {"shop-page#9_1": "planned"}
    await customers.answer()

    (line,) = customers.lines()
    assert (line.state, line.reply and line.reply.rule) == ("answered", "price-question")

    await customers.comment("còn size M không", "9_2", parent="9_1")
    assert customers.states() == {"shop-page#9_1": "unanswered"}


async def test_a_rule_in_shadow_mode_has_answered_nobody(customers: Customers) -> None:
    await customers.comment("giá bao nhiêu", "9_1", runs=1)
    await customers.answer(Outcome.WOULD_HAVE_SENT)

    assert customers.states() == {"shop-page#9_1": "unanswered"}


async def test_reports_count_no_message_of_a_rule_in_shadow_mode(
    customers: Customers, store: Store, clock: ManualClock
) -> None:
    since = clock.now_ms() - MINUTE_MS
    await customers.message("giá bao nhiêu", runs=1)
    await customers.comment("giá bao nhiêu", "9_1", runs=1)
    await customers.answer(Outcome.WOULD_HAVE_SENT)
    in_shadow = store.log.exchanges(since, 100)
    below = store.log.answers_below(in_shadow.first_id)
    await customers.comment("giá bao nhiêu", "9_2", runs=1)
    await customers.answer()

    assert (in_shadow.by_rules, below) == ((), {})
    assert len(store.log.answers_below(in_shadow.first_id)) == 1


async def test_a_notice_to_colleagues_is_no_answer(customers: Customers) -> None:
    await customers.message("giá bao nhiêu", runs=1)
    await customers.answer(action="notify")

    assert customers.states() == {"shop-page:lan": "unanswered"}


async def test_a_reply_below_a_comment_answers_no_private_message(customers: Customers) -> None:
    await customers.message("giá bao nhiêu")
    await customers.comment("giá?", "9_1", runs=1)
    await customers.answer()

    assert customers.states() == {"shop-page#9_1": "answered", "shop-page:lan": "unanswered"}


async def test_a_private_reply_of_a_colleague_answers_comment_and_message(
    customers: Customers,
) -> None:
    await customers.comment("giá?", "9_1")
    await customers.message("giá bao nhiêu")
    sent = {"text": "Dạ 250k", "message": {"sent_by": "human"}, "conversation": {"id": "lan"}}
    await customers.message("", type="message.sent", is_self=True, body=sent)

    lines = customers.lines()

    assert {line.state for line in lines} == {"answered"}
    assert {line.reply and line.reply.rule for line in lines} == {BY_HAND}


@pytest.mark.parametrize("comment", ["", "9_1"])
async def test_an_answer_by_hand_counts_once_it_is_sent(customers: Customers, comment: str) -> None:
    await customers.comment("giá?", "9_1")
    await customers.by_hand(comment)
    on_its_way = customers.lines()
    await customers.answer()
    sent = customers.lines()

    assert [(one.state, one.unsent is not None) for one in on_its_way] == [("planned", True)]
    assert [(one.state, one.unsent) for one in sent] == [("answered", None)]


@pytest.mark.parametrize("comment", ["", "9_1"])
async def test_an_answer_by_hand_that_failed_leaves_the_buyer_unanswered(
    customers: Customers, comment: str
) -> None:
    await customers.comment("giá?", "9_1")
    await customers.by_hand(comment)
    await customers.answer()
    await customers.by_hand(comment)
    await customers.answer(Outcome.NOTHING_SENT, status=AttemptStatus.FAILED)
    (failed,) = customers.lines()
    await customers.by_hand(comment)
    await customers.answer()
    (sent,) = customers.lines()

    # Although an earlier answer had arrived.
    assert (failed.state, failed.is_buyer) == ("unanswered", True)
    assert failed.unsent is not None
    assert (sent.state, sent.unsent) == ("answered", None)


@pytest.mark.parametrize("outcome", [Outcome.NOTHING_SENT, Outcome.ANSWERED])
async def test_figures_count_answers_by_hand_that_were_sent(
    customers: Customers, store: Store, clock: ManualClock, outcome: Outcome
) -> None:
    since = clock.now_ms() - MINUTE_MS
    await customers.comment("giá?", "9_1")
    await customers.by_hand("9_1")
    await customers.message("giá?")
    await customers.by_hand()
    await customers.answer(outcome)

    found = store.log.exchanges(since, 100)
    times = store.log.known_of_waiting(["shop-page:lan"])["shop-page:lan"][1]
    counted = (len(found.by_people), times is not None, len([*store.log.own_comments(0)]))

    assert counted == ((1, True, 1) if outcome is Outcome.ANSWERED else (0, False, 0))


async def test_a_failed_answer_below_a_comment_says_nothing_of_other_lines(
    customers: Customers,
) -> None:
    await customers.message("shop ơi")
    await customers.comment("giá?", "9_1")
    await customers.by_hand("9_1")
    await customers.answer(Outcome.NOTHING_SENT, status=AttemptStatus.FAILED)

    found = {line.thread: line.unsent is not None for line in customers.lines()}

    assert found == {"shop-page#9_1": True, "shop-page:lan": False}


async def test_a_comment_of_the_page_in_the_same_thread_is_an_answer(customers: Customers) -> None:
    await customers.comment("giá?", "9_1")
    await customers.comment("giá?", "9_2", who="minh")
    await customers.comment("Dạ 250k", "9_3", parent="9_1", who="page", is_self=True)

    assert customers.states() == {"shop-page#9_1": "answered", "shop-page#9_2": "unanswered"}


async def test_a_mark_holds_until_the_person_writes_again(
    customers: Customers, store: Store
) -> None:
    event = await customers.message("giá bao nhiêu")
    await store.contacts.mark("shop-page:lan", "shop-page:lan", "done", event.id, "hoa")

    assert customers.lines() == []
    (line,) = customers.lines(InboxFilter(state="done"))
    assert line.mark is not None
    assert (line.state, line.mark.by_whom) == ("done", "hoa")
    await customers.message("shop ơi")
    assert customers.states() == {"shop-page:lan": "unanswered"}
    await store.contacts.mark("shop-page:lan", "shop-page:lan", None, event.id, "hoa")
    assert store.log.marks(["shop-page:lan"]) == {}


async def test_marked_lines_are_found_however_many_others_are_newer(
    customers: Customers, store: Store, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people_log, "_MOST_EVENTS", 3)
    monkeypatch.setattr(inbox, "_PORTION", 2)
    monkeypatch.setattr(inbox, "_MOST_READ", 4)
    for number in range(6):
        event = await customers.message("giá?", f"p{number}")
        state: MarkState = "waiting" if number % 3 == 0 else "done"
        await store.contacts.mark(event.thread or "", event.contact, state, event.id, "hoa")
    for number in range(6, 12):
        await customers.message("giá?", f"p{number}")
    await customers.message("shop ơi", "p5")
    now_ms = clock.now_ms()

    def page(wanted: InboxFilter, before: int | None = None) -> tuple[list[str], int | None]:
        lines, before = customers.inbox.page(wanted, now_ms, before=before, limit=2)
        return [line.thread.removeprefix("shop-page:") for line in lines], before

    waiting, _ = page(InboxFilter(state="waiting"))
    first, before = page(InboxFilter(state="done", connection="shop-page"))
    rest, _ = page(InboxFilter(state="done", connection="shop-page"), before)

    assert waiting == ["p3", "p0"]
    assert [*first, *rest] == ["p4", "p2", "p1"]


async def test_a_colleague_finds_their_lines_among_many_others_and_page_by_page(
    customers: Customers, store: Store, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "_PORTION", 2)
    monkeypatch.setattr(inbox, "_MOST_READ", 6)
    for number in range(12):
        await customers.message("đẹp quá", f"p{number}")
        if number % 3 == 0:
            kept = Remember(values={"assignee": "Hoa"})
            await store.contacts.assume("shop-page", f"p{number}", kept)
    seen: list[str] = []
    before: int | None = None
    while True:
        wanted = InboxFilter(assignee="hoa")
        page, before = customers.inbox.page(wanted, clock.now_ms(), before=before, limit=1)
        seen += [line.thread.removeprefix("shop-page:") for line in page]
        if before is None:
            break

    assert seen == ["p9", "p6", "p3", "p0"]


async def test_a_page_makes_no_line_twice_and_reads_the_rest_at_once(
    customers: Customers, store: Store, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "_PORTION", 2)
    monkeypatch.setattr(inbox, "_MOST_READ", 9)
    monkeypatch.setattr(inbox, "_MOST_LOOKED_AT", 3)
    for number in range(8):
        await customers.message("đẹp quá", f"p{number}")

    with asked_of(store.log) as asked:
        page, _ = customers.inbox.page(InboxFilter(), clock.now_ms(), limit=50)

    assert [line.thread.removeprefix("shop-page:") for line in page] == [
        f"p{number}" for number in reversed(range(8))
    ]
    made = [
        [*(values.values() if isinstance(values, dict) else values)]
        for text, values in asked
        if "FROM marks" in text
    ]
    assert [len(threads) for threads in made] == [3, 1, 4]
    assert {one for threads in made for one in threads} == {line.thread for line in page}


async def test_a_blocked_person_waits_for_nothing(customers: Customers, store: Store) -> None:
    await customers.message("giá bao nhiêu")
    await store.contacts.block("shop-page", "lan", Block(blocked=True, by="hoa"))

    assert customers.states() == {"shop-page:lan": "blocked"}
    assert customers.inbox.buyers(0) == []


async def test_only_lines_of_providers_through_which_customers_write_are_listed(
    customers: Customers,
) -> None:
    await customers.message("chào", "minh", provider="github", type="comment.created",
                            body=written("giá?", "1"))  # fmt: skip
    await customers.message("chào shop")

    assert list(customers.states()) == ["shop-page:lan"]


async def test_pages_leave_nobody_out_and_repeat_nobody(
    customers: Customers, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people_log, "_MOST_EVENTS", 7)
    for number in range(12):
        await customers.message("giá?" if number % 3 else "đẹp quá", f"p{number}")
        await customers.message("ok", f"p{number}", type="reaction.added")
    seen: list[str] = []
    before: int | None = None
    while True:
        page, before = customers.inbox.page(InboxFilter(), clock.now_ms(), before=before, limit=3)
        seen += [line.thread for line in page]
        if before is None:
            break

    assert len(seen) == len(set(seen)) == 12


async def test_filters_find_by_connection_colleague_and_words(
    customers: Customers, store: Store, clock: ManualClock
) -> None:
    await customers.message("áo len còn không", "lan")
    await customers.message("đẹp quá", "minh")
    await indexed(store, clock)

    def threads(**wanted: Any) -> list[str]:
        return [line.thread for line in customers.lines(InboxFilter(**wanted))]

    assert threads(connection="other") == []
    assert threads(connection="shop-page") == ["shop-page:lan", "shop-page:minh"]
    assert threads(assignee="hoa") == []
    assert threads(text="áo len") == ["shop-page:lan"]
    assert threads(state="waiting") == []
