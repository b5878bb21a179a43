"""A spreadsheet of contacts becomes notes, or says line by line what is wrong with it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automator.model import Note, OptOut, Remember, UsageError
from automator.server.people.spreadsheet import Spreadsheet, read_contacts
from automator.server.shared.saved_files import SPREADSHEET_HEAD, csv_line, trimmed

PAGES = ("shop-page", "zalo-oa")


def read(text: str, connection: str = "shop-page") -> Spreadsheet:
    return read_contacts(text.encode(), PAGES, connection=connection, by="An")


def problems(text: str) -> list[tuple[int, str]]:
    return [(one.line, one.error.message) for one in read(text).problems]


def test_tags_values_and_opt_outs_are_read_by_the_names_of_their_columns() -> None:
    sheet = read(
        'id,connection,tags,phone,opted_out\n1,zalo-oa,"vip, khách sỉ",0901234567,\n2,,,,true\n'
    )

    assert list(sheet.notes) == [
        Note(
            connection="zalo-oa",
            external_id="1",
            kept=Remember(values={"phone": "0901234567"}, add_tags=("vip", "khách sỉ")),
        ),
        Note(connection="shop-page", external_id="2", opt_out=OptOut(opted_out=True, by="An")),
    ]
    assert not sheet.problems


@pytest.mark.parametrize("between", [",", ";", "\t"])
def test_the_separator_is_the_one_of_the_first_line(between: str) -> None:
    (note,) = read(f"id{between}phone\n1{between}0901\n").notes

    assert note.kept.values == {"phone": "0901"}


def test_a_file_of_excel_in_utf_16_is_read() -> None:
    sheet = read_contacts(
        "id\tcity\n1\tHuế\n".encode("utf-16"), PAGES, connection="zalo-oa", by="An"
    )

    assert sheet.notes[0].kept.values == {"city": "Huế"}


def test_what_this_server_has_saved_comes_back_unchanged() -> None:
    cells = ["shop-page", "24100000000000001", "An", ["vip", "sỉ"], "+84901234567", "=1+1", "0901"]
    saved = (
        SPREADSHEET_HEAD
        + csv_line(["connection", "id", "name", "tags", "phone", "note", "second"])
        + csv_line(cells)
    )

    sheet = read(saved)

    (note,) = sheet.notes
    assert note.external_id == "24100000000000001"
    assert note.kept == Remember(
        values={"phone": "+84901234567", "note": "=1+1", "second": "0901"}, add_tags=("vip", "sỉ")
    )
    assert list(sheet.ignored) == ["name"]


def test_each_wrong_line_is_named_and_nothing_is_imported() -> None:
    text = (
        "id,connection,opted_out\n"
        "1,shop-page,\n"
        "2.41E+16,shop-page,\n"
        "3,nowhere,\n"
        ",shop-page,\n"
        "1,shop-page,\n"
        "4,shop-page,maybe\n"
        "1001.0,shop-page,\n"
    )

    sheet = read(text)

    assert [one.line for one in sheet.problems] == [3, 4, 5, 6, 7, 8]
    assert not sheet.notes
    assert "has made a number of the id" in sheet.problems[0].error.message
    assert "has made a number of the id" in sheet.problems[5].error.message
    assert sheet.problems[1].error.values["known"] == ["shop-page", "zalo-oa"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "No column is called id."),
        (b"PK\x03\x04 and more", "This is a workbook of Excel."),
        (b"id,phone\n1,\xff\n", "Line 2 is not text in UTF-8."),
        (b"id,phone,phone\n", "Two columns are called phone."),
        ("id,Số điện thoại\n".encode(), "no name of a value"),
        (b'id,phone\n1,"' + b"x" * 200_000 + b'"\n', "is not CSV"),
    ],
)
def test_a_file_that_is_no_list_of_contacts_says_so(content: bytes, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read_contacts(content, PAGES, connection="shop-page", by="An")


def test_a_name_that_no_rule_could_read_gets_the_nearest_one_proposed() -> None:
    with pytest.raises(UsageError) as failed:
        read("id,Số điện thoại\n1,0901\n")

    assert failed.value.values["nearest"] == "so_dien_thoai"


def test_an_apostrophe_of_a_text_itself_stays() -> None:
    (note,) = read("id,name_of_shop\n1,'n'ho\n").notes

    assert note.kept.values == {"name_of_shop": "'n'ho"}


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused_with_a_message(text: str) -> None:
    try:
        sheet = read(text)
    except (UsageError, UnicodeEncodeError):
        return
    assert not (sheet.notes and sheet.problems)


@given(st.lists(st.text(max_size=20), min_size=1, max_size=3))
def test_any_value_survives_saving_and_importing(values: list[str]) -> None:
    names = [f"v{number}" for number in range(len(values))]
    try:
        sheet = read(csv_line(["id", *names]) + csv_line(["7", *values]))
    except UnicodeEncodeError:
        return

    expected = {name: trimmed(value) for name, value in zip(names, values, strict=True)}
    assert sheet.notes[0].kept.values == {name: text for name, text in expected.items() if text}
