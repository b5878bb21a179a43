"""The form of a contact changes what a person has changed in it, and nothing else."""

import pytest

from automator.model import Remember, UsageError
from automator.server.pages.people.contact import fields_of, note_from

CONTACT = {"tags": ["vip", "new"], "state": {"phone": "0901", "orders": 3, "sizes": ["M", "L"]}}


def test_the_form_shows_tags_and_the_values_of_one_line() -> None:
    fields = fields_of(CONTACT)

    assert fields.tags == "vip, new"
    assert fields.values == {"phone": "0901", "orders": "3"}


def test_only_changed_fields_become_a_note() -> None:
    form = {
        "tags": "vip, wholesale", "tags_before": "vip, new",
        "value.phone": "0902", "before.phone": "0901",
        "value.orders": "3", "before.orders": "3",
        "value.city": " ", "before.city": "Huế",
        "name": "birthday", "new_value": "1 May",
    }  # fmt: skip

    note = note_from(form, "shop-page", "1")

    assert note.kept == Remember(
        values={"phone": "0902", "birthday": "1 May"},
        forget=("city",),
        add_tags=("wholesale",),
        remove_tags=("new",),
    )


def test_a_new_value_needs_a_name() -> None:
    with pytest.raises(UsageError, match="no name"):
        note_from({"new_value": "1 May"}, "shop-page", "1")
