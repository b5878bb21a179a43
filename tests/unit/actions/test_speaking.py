import pytest
from pydantic import ValidationError

from automator.actions.speaking import ReplyInputs
from automator.model import LinkContact, PermanentError, quoted
from automator.plugins import Outgoing, Sent
from tests.support.errors import raises_code
from tests.support.steps import EVENT, NOW_MS, RecordingProvider, StepBench
from tests.support.words import raises_saying, said

VARIANTS = ("Dạ 250k ạ", "Giá 250k bạn nhé", "250k nha bạn")


async def test_a_plain_text_is_said_in_the_place_of_the_event():
    bench = StepBench()

    result = await bench.run("reply", "Chào bạn!")

    assert bench.provider.said == [
        Outgoing(
            kind="reply",
            event=EVENT,
            text="Chào bạn!",
            idempotency_key="run-42-reply",
            now_ms=NOW_MS,
        )
    ]
    assert (said(result.summary), result.output, result.effects) == ("said it", {"id": "9_1"}, ())


async def test_the_provider_learns_what_is_known_of_the_receiver_and_of_nobody_else():
    known = {"window_opened_at": "2026-11-24T06:00:00.000Z"}
    bench = StepBench(contact=known)

    await bench.run("message", {"text": "chào"})
    await bench.run("message", {"text": "chào", "to": "somebody-else"})

    assert [outgoing.contact for outgoing in bench.provider.said] == [known, {}]


async def test_attachments_and_quick_replies_reach_the_provider():
    bench = StepBench()
    picture = {"type": "image", "url": "https://cdn.example/ao.jpg"}

    await bench.run("reply", {"attachments": [picture], "quick_replies": ["Size M", "Size L"]})

    assert bench.provider.said[0].attachments == (picture,)
    assert bench.provider.said[0].quick_replies == ("Size M", "Size L")


async def test_nobody_is_named_where_the_platform_has_no_mentions():
    bench = StepBench()

    with raises_saying(PermanentError, "cannot name the person"):
        await bench.run("reply", {"text": "chào", "mention": True})

    assert bench.provider.said == []


@pytest.mark.parametrize("action", ["reply", "private_reply", "message"])
async def test_of_several_texts_the_one_is_said_that_was_chosen(action: str):
    bench = StepBench()

    await bench.run(action, {"one_of": VARIANTS, "quick_replies": ["S", "M"]})

    (outgoing,) = bench.provider.said
    assert (outgoing.text, outgoing.quick_replies) == (VARIANTS[-1], ("S", "M"))


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({}, "value_says_nothing"),
        ({"text": "a", "one_of": ["b"]}, "value_text_and_one_of"),
        ({"text": None}, "value_says_nothing"),
    ],
)
def test_a_reply_says_one_thing(inputs: dict[str, object], message: str):
    with pytest.raises(ValidationError, match=message):
        ReplyInputs.model_validate(inputs)


async def test_a_number_that_a_template_kept_is_said_as_text():
    bench = StepBench()

    await bench.run("reply", {"text": 250})

    assert bench.provider.said[0].text == "250"


async def test_an_empty_text_is_not_sent():
    bench = StepBench()

    with raises_code(PermanentError, "nothing_to_say"):
        await bench.run("private_reply", "  \n")
    assert bench.provider.said == []


async def test_a_private_reply_is_one():
    bench = StepBench()

    await bench.run("private_reply", "Giá hôm nay: 250k.")

    assert (bench.provider.said[0].kind, bench.provider.said[0].text) == (
        "private_reply",
        "Giá hôm nay: 250k.",
    )


async def test_a_message_goes_to_whom_it_names():
    bench = StepBench()

    await bench.run("message", {"to": 88, "text": "Đơn mới"})

    assert (bench.provider.said[0].kind, bench.provider.said[0].to) == ("message", "88")


async def test_an_id_that_the_answer_reveals_is_linked_to_the_contact():
    bench = StepBench(provider=RecordingProvider(Sent(summary=quoted("sent"), alias="psid-5")))

    result = await bench.run("message", "Chào bạn")

    assert result.effects == (LinkContact(alias="psid-5"),)


async def test_a_template_needs_no_text():
    bench = StepBench()

    await bench.run("message", {"template": {"id": "412", "data": {"name": "Lan"}}})

    assert bench.provider.said[0].template == {"id": "412", "data": {"name": "Lan"}}


@pytest.mark.parametrize("beside", [{"text": "Chào"}, {"one_of": VARIANTS}])
async def test_a_template_stands_alone(beside: dict[str, object]):
    with pytest.raises(ValidationError, match="value_template_stands_alone"):
        await StepBench().run("message", {**beside, "template": {"id": "412"}})


async def test_the_comment_of_an_event_is_moderated_in_one_word():
    bench = StepBench()

    await bench.run("moderate", "hide")

    assert bench.provider.said == [
        Outgoing(kind="hide", event=EVENT, idempotency_key="run-42-moderate")
    ]
