"""A step that writes to somebody through another connection than that of its event."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from automator.configuration.settings import Budgets
from automator.engine.tryout.trial_events import events_in
from automator.engine.tryout.tryout import Subject, try_event
from automator.http.types import InboundRequest
from automator.model import Block, OptOut, ParsedEvent, RunState, UnknownOutcome, Waits
from automator.plugins import ConnectionOptions, Provider
from automator.providers.simulator import SampleRequest
from automator.store import RunDetail
from tests.support import words
from tests.support.http import a_reply
from tests.support.page_events import delivery, echo
from tests.support.providers import a_provider
from tests.support.tries import parts_of
from tests.support.world import CONNECTION, World, a_world

RULES = """\
rules:
  - id: tell-buyer
    trigger: {event: order.paid, connection: orders}
    pause_on: {human_reply: 2h}
    actions:
      - message:
          via: shop-page
          to: "{{ event.data.psid }}"
          text: "Đơn {{ event.data.order }} đã thanh toán ạ"
      - log: "{{ steps.message.status }}"
"""
PSID = "24601"
SENT = a_reply(200, b'{"recipient_id":"24601","message_id":"m-1"}')
HOUR_S = 3_600
TOLD = f"to {PSID} through shop-page: "


class Orders(Provider):
    """A sender of orders: each delivery is the data of one that was paid."""

    name = "orders"
    options_model = ConnectionOptions

    def verify(self, request: InboundRequest) -> None:
        """Trusts everybody."""

    def parse(self, request: InboundRequest) -> list[ParsedEvent]:
        data = json.loads(request.body)
        body = {"text": None, "actor": {"id": "KH-1", "name": "An"}, "data": data}
        # What only an event of a Page means must mean nothing here.
        body |= {"conversation": {"id": "another"}, "comment": {"id": "700_1"}}
        return [
            ParsedEvent(
                type="order.paid",
                dedupe_key=str(data["order"]),
                lane=str(data.get("lane", "KH-1")),
                actor_id="KH-1",
                is_self=False,
                occurred_at=None,
                body=body,
            )
        ]


ORDERS = Orders("orders", ConnectionOptions(provider="orders"))
OTHERS: dict[str, Provider] = {"orders": ORDERS}


async def pays(world: World, order: int = 1, **data: Any) -> None:
    """An order is paid, by somebody whom Messenger knows."""
    body = json.dumps({"order": order, "psid": PSID, **data}).encode()
    await world.arrives(ORDERS, SampleRequest(name="orders/order.paid", body=body))
    await world.settled()


async def run_of(world: World, order: int = 1) -> RunDetail:
    """The run about an order."""
    runs = [one for one in await world.runs() if one.run.rule == "tell-buyer"]
    return runs[order - 1]


def attempts(detail: RunDetail) -> list[tuple[str, str, str]]:
    return [
        (one.status.value, one.error_code, words.said(one.summary))
        for one in detail.attempts
        if one.action == "message"
    ]


async def test_a_paid_order_is_told_by_messenger_and_the_log_says_to_whom(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES, others=OTHERS) as world:
        world.http.script = [SENT]
        await pays(world)

        told = await run_of(world)
        (request,) = world.http.requests
        assert told.run.state is RunState.DONE
        assert "/v26.0/me/messages?" in request.url
        body = json.loads(request.body)
        assert body["recipient"] == {"id": PSID}
        assert body["message"]["text"] == "Đơn 1 đã thanh toán ạ"
        assert attempts(told) == [("ok", "", f"{TOLD}sent a message to {PSID}")]


async def test_the_window_is_that_of_the_persons_last_message_to_the_page(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES, others=OTHERS) as world:
        world.http.script = [SENT]
        await world.writes(1, PSID, "còn hàng không shop")
        await world.passes(23 * HOUR_S)
        await pays(world, 1)
        await world.passes(2 * HOUR_S)
        await pays(world, 2)

        late = await run_of(world, 2)
        assert len(world.http.requests) == 1
        ((status, code, said),) = attempts(late)
        assert (status, code) == ("skipped", "outside_window")
        assert said.startswith(f"{TOLD}the person was last heard of on ")
        assert late.run.state is RunState.DONE


async def test_who_opted_out_or_is_blocked_at_the_page_is_not_written_to(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES, others=OTHERS) as world:
        await world.store.contacts.opt_out(CONNECTION, PSID, OptOut(opted_out=True, by="tester"))
        await pays(world, 1)
        await world.store.contacts.opt_out(CONNECTION, PSID, OptOut(opted_out=False, by="tester"))
        await world.store.contacts.block(CONNECTION, PSID, Block(blocked=True, by="tester"))
        await pays(world, 2)

        silent, blocked = await run_of(world, 1), await run_of(world, 2)
        assert world.http.requests == []
        assert [code for _, code, _ in attempts(silent)] == ["opted_out"]
        assert [code for _, code, _ in attempts(blocked)] == ["blocked"]


async def test_an_opt_out_of_the_buyer_at_the_shop_says_nothing_about_the_page(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, RULES, others=OTHERS) as world:
        world.http.script = [SENT]
        await world.store.contacts.opt_out("orders", "KH-1", OptOut(opted_out=True, by="tester"))
        await pays(world)

        assert len(world.http.requests) == 1


async def test_while_staff_answer_the_person_the_step_waits_and_other_orders_go_ahead(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, RULES, others=OTHERS) as world:
        world.http.script = [SENT, SENT]
        await world.answers_by_hand(1, PSID)
        await world.settled()
        await pays(world, 1)
        waiting = await run_of(world, 1)
        await pays(world, 2, psid="777")

        assert (waiting.run.state, waiting.run.waits_for) == (RunState.QUEUED, Waits.COLLEAGUE)
        assert waiting.run.note is not None
        assert waiting.run.note.code == "answered_by_hand"
        assert [json.loads(one.body)["recipient"]["id"] for one in world.http.requests] == ["777"]

        await world.passes(2 * HOUR_S + 1)
        told = await run_of(world, 1)
        assert told.run.state is RunState.DONE
        assert json.loads(world.http.requests[-1].body)["recipient"] == {"id": PSID}
        assert [status for status, *_ in attempts(told)] == ["ok"]


async def test_somebody_may_have_the_message_sent_before_the_pause_ends(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES, others=OTHERS) as world:
        world.http.script = [SENT]
        await world.answers_by_hand(1, PSID)
        await world.settled()
        await pays(world)
        await world.store.run_edits.run_now((await run_of(world)).run.id)
        await world.settled()

        assert len(world.http.requests) == 1


async def test_the_messages_count_for_the_person_who_gets_them(tmp_path: Path) -> None:
    budgets = Budgets(per_contact=1, per_connection=0)
    async with a_world(tmp_path, RULES, others=OTHERS, budgets=budgets) as world:
        world.http.script = [SENT, SENT]
        await pays(world, 1)
        await pays(world, 2)
        await pays(world, 3, psid="777")

        codes = [code for order in (1, 2, 3) for _, code, _ in attempts(await run_of(world, order))]
        assert codes == ["", "contact_budget", ""]


async def test_the_budget_of_the_other_connection_is_spent(tmp_path: Path) -> None:
    budgets = Budgets(per_contact=0, per_connection=1)
    async with a_world(tmp_path, RULES, others=OTHERS, budgets=budgets) as world:
        world.http.script = [SENT, SENT]
        await pays(world, 1)
        await pays(world, 2, psid="777", lane="another")

        waiting = await run_of(world, 2)
        assert waiting.run.note is not None
        assert waiting.run.note.params["connection"] == "shop-page"
        assert len(world.http.requests) == 1


@pytest.mark.parametrize(
    ("psid", "status", "code"),
    [
        (None, "skipped", "nobody_to_write_to"),
        ("", "skipped", "nobody_to_write_to"),
        ("an@shop.example", "failed", "wrong_receiver"),
        ("0901234567", "failed", "wrong_receiver"),
        ({"id": "1"}, "failed", "inputs"),
    ],
)
async def test_a_receiver_that_is_none_is_found_before_anything_is_sent(
    tmp_path: Path, psid: Any, status: str, code: str
) -> None:
    async with a_world(tmp_path, RULES, others=OTHERS) as world:
        await pays(world, psid=psid)

        ((got, why, _),) = attempts(await run_of(world))
        assert (got, why) == (status, code)
        assert world.http.requests == []


async def test_the_echo_of_the_page_proves_a_message_whose_answer_was_lost(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES, others=OTHERS) as world:
        world.http.script = [UnknownOutcome("the answer was lost", code="disconnected")]
        await pays(world)
        sent = json.loads(world.http.requests[0].body)["message"]
        ours = echo(9, PSID, sent["text"], at=world.clock.now_ms())
        ours["message"]["metadata"] = sent["metadata"]
        await world.receives(delivery(messaging=[ours]))
        await world.settled()

        told = await run_of(world)
        assert told.run.state is RunState.DONE
        assert len(world.http.requests) == 1
        assert attempts(told)[-1][0] == "ok"


async def test_a_rule_in_shadow_shows_what_it_would_send_and_keeps_to_the_opt_out(
    tmp_path: Path,
) -> None:
    rules = RULES.replace("    actions:\n", "    mode: shadow\n    actions:\n", 1)
    async with a_world(tmp_path, rules, others=OTHERS) as world:
        await pays(world, 1)
        await world.store.contacts.opt_out(CONNECTION, PSID, OptOut(opted_out=True, by="tester"))
        await pays(world, 2)

        assert world.http.requests == []
        assert attempts(await run_of(world, 1))[0][2].startswith(f"{TOLD}shadow: would have sent")
        assert [code for _, code, _ in attempts(await run_of(world, 2))] == ["opted_out"]


async def test_a_schedule_tells_somebody_whom_its_rule_names(tmp_path: Path) -> None:
    rules = """\
rules:
  - id: tell-buyer
    trigger: {schedule: {every: 1h}}
    actions:
      - message: {via: shop-page, to: "24601", text: Chào buổi sáng ạ}
"""
    async with a_world(tmp_path, rules) as world:
        world.http.script = [SENT]
        await world.passes(0)
        await world.passes(HOUR_S)

        assert len(world.http.requests) == 1


async def test_another_platform_takes_the_message_by_its_own_api(tmp_path: Path) -> None:
    rules = RULES.replace("via: shop-page", "via: bot")
    others = {**OTHERS, "bot": a_provider("telegram", "bot")}
    async with a_world(tmp_path, rules, others=others) as world:
        world.http.script = [a_reply(200, b'{"ok":true,"result":{"message_id":7}}')]
        await pays(world)

        (request,) = world.http.requests
        assert json.loads(request.body) == {
            "chat_id": PSID,
            "text": "Đơn 1 đã thanh toán ạ",
        }


ZALO = """\
rules:
  - id: tell-buyer
    trigger: {event: order.paid, connection: orders}
    actions:
      - message:
          via: oa
          to: "{{ event.data.zalo }}"
          template: {id: "7895", phone: "{{ event.data.phone }}", data: {order: "1"}}
"""


async def test_a_template_of_zalo_goes_to_a_telephone_number_after_the_window(
    tmp_path: Path,
) -> None:
    others = {**OTHERS, "oa": a_provider("zalo", "oa")}
    async with a_world(tmp_path, ZALO, others=others) as world:
        world.http.script = [a_reply(200, b'{"error":0,"data":{"msg_id":"m"}}')] * 2
        await pays(world, 1, phone="0901 234 567", zalo=None)
        await pays(world, 2, phone=None, zalo=None)

        (request,) = world.http.requests
        assert json.loads(request.body)["phone"] == "84901234567"
        ((_, _, said),) = attempts(await run_of(world, 1))
        assert said.startswith("to 84901234567 through oa: sent the template 7895")
        assert attempts(await run_of(world, 2))[0][:2] == ("skipped", "nobody_to_write_to")


async def test_an_opt_out_of_a_known_person_holds_for_the_telephone_number(
    tmp_path: Path,
) -> None:
    others = {**OTHERS, "oa": a_provider("zalo", "oa")}
    async with a_world(tmp_path, ZALO, others=others) as world:
        await world.store.contacts.opt_out("oa", "481", OptOut(opted_out=True, by="tester"))
        await pays(world, phone="0901234567", zalo="481")

        assert world.http.requests == []
        assert attempts(await run_of(world))[0][1] == "opted_out"


async def test_a_number_of_whatsapp_is_the_contact_that_has_written(tmp_path: Path) -> None:
    rules = RULES.replace("via: shop-page", "via: wa")
    others = {
        **OTHERS,
        "wa": a_provider("whatsapp", "wa", phone_number_id="1", access_token="t" * 20),
    }
    async with a_world(tmp_path, rules, others=others) as world:
        await world.store.contacts.opt_out("wa", "84901234567", OptOut(opted_out=True, by="tester"))
        await pays(world, psid="+84901234567")

        assert world.http.requests == []
        assert attempts(await run_of(world))[0][1] == "opted_out"


async def test_a_try_shows_the_connection_the_receiver_and_what_keeps_it_back(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, RULES, others=OTHERS) as world:
        parts = parts_of(ORDERS, world.provider)
        parts = replace(parts, contact_of=world.store.log.contact)
        body = json.dumps({"order": 1, "psid": PSID}).encode()
        request = InboundRequest("POST", "", (), body, world.clock.now_ms())
        event = events_in(ORDERS, request)[0][0]
        subject = Subject(event=event, at=world.clock.now_ms())
        rules = world.rulebook.active.rule_set

        trial = await asyncio.to_thread(try_event, parts, rules, subject)
        step = trial.runs[0].steps[0]
        assert step.said is not None
        said = step.said.as_json()
        assert (said["via"], said["to"]) == ("shop-page", PSID)
        assert "/me/messages" in step.requests[0]["url"]

        await world.store.contacts.opt_out(CONNECTION, PSID, OptOut(opted_out=True, by="tester"))
        trial = await asyncio.to_thread(try_event, parts, rules, subject)
        assert trial.runs[0].steps[0].summary.params["because"].code == "opted_out"

        await world.store.contacts.opt_out(CONNECTION, PSID, OptOut(opted_out=False, by="tester"))
        await world.answers_by_hand(1, PSID)
        await world.settled()
        trial = await asyncio.to_thread(try_event, parts, rules, subject)
        assert trial.runs[0].state is RunState.QUEUED
        assert trial.runs[0].steps[0].summary.code == "answered_by_hand"


async def test_a_try_without_the_other_connection_says_that_it_is_missing(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES, others=OTHERS) as world:
        request = InboundRequest("POST", "", (), b'{"order":1,"psid":"1"}', world.clock.now_ms())
        event = events_in(ORDERS, request)[0][0]
        subject = Subject(event=event, at=world.clock.now_ms())
        rules = world.rulebook.active.rule_set
        trial = await asyncio.to_thread(try_event, parts_of(ORDERS), rules, subject)

        assert trial.runs[0].steps[0].summary.code == "connection_removed"


async def test_a_rule_may_write_through_a_page_of_an_app_with_several(tmp_path: Path) -> None:
    rules = RULES.replace("via: shop-page", "via: shops.1029384756")
    pages = {"1029384756": {"name": "Hai", "access_token": "page-token-of-the-second"}}
    app = a_provider("facebook", "shops", page_access_token=None, pages=pages)
    others = {**OTHERS, "shops": app, **{one.connection: one for one in app.accounts}}
    async with a_world(tmp_path, rules, others=others) as world:
        world.http.script = [SENT]
        await pays(world)

        (request,) = world.http.requests
        assert "page-token-of-the-second" in str(request.headers)
        assert attempts(await run_of(world))[0][2].startswith(f"to {PSID} through shops.1029384756")


async def test_a_utility_message_tells_a_buyer_who_has_not_written_for_long(tmp_path: Path) -> None:
    later = """\
      - if: steps.message.status == 'skipped'
        message:
          via: shop-page
          to: "{{ event.data.psid }}"
          template: {name: order_paid, language: vi}
"""
    async with a_world(tmp_path, RULES + later, others=OTHERS) as world:
        world.http.script = [SENT]
        await world.writes(1, PSID, "còn hàng không shop")
        await world.passes(48 * HOUR_S)
        await pays(world)

        (request,) = world.http.requests
        body = json.loads(request.body)
        assert body["messaging_type"] == "UTILITY"
        assert body["message"]["template"] == {"name": "order_paid", "language": {"code": "vi"}}
        assert [status for status, *_ in attempts(await run_of(world))] == ["skipped", "ok"]
