"""Which of several texts a step says: chosen in the store, so that all nodes and restarts agree."""

from itertools import pairwise

from automator.model.speech import Permission, Speech, VariantChoice
from automator.store import Store


def choice(run_id: int, key: str = "here", count: int = 3) -> VariantChoice:
    return VariantChoice(key=key, count=count, run_id=run_id)


async def asked(store: Store, wanted: VariantChoice) -> Permission:
    """The answer to a step that would say one of several texts."""
    speech = Speech(
        connection="shop-page",
        contact=None,
        is_private=False,
        per_contact=0,
        per_connection=0,
        choice=wanted,
    )
    return await store.ask_to_speak(speech)


async def test_no_text_is_chosen_twice_in_a_row_in_one_place(store: Store) -> None:
    chosen = [(await asked(store, choice(run_id))).variant for run_id in range(1, 21)]

    assert set(chosen) == {0, 1, 2}
    assert all(first != second for first, second in pairwise(chosen))


async def test_a_run_finds_its_own_choice_again(store: Store) -> None:
    first = (await asked(store, choice(1))).variant
    for run_id in range(2, 10):
        await asked(store, choice(run_id))

    assert (await asked(store, choice(1))).variant == first
    assert store.log.variant(choice(1)) == first
    assert store.log.variant(choice(99)) is None
    assert store.log.variant(choice(1, key="elsewhere")) is None


async def test_one_text_alone_is_said_again(store: Store) -> None:
    assert [(await asked(store, choice(run_id, count=1))).variant for run_id in (1, 2)] == [0, 0]
