"""What `automator intents` reads and says."""

from pathlib import Path

import pytest
import typer

from automator.cli.serving.intents import intents


def test_the_words_of_a_rule_file_count_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("intents: {price: {add: [bảng phí]}}\nrules: []\n", encoding="utf-8")

    intents("cho mình bảng phí nhé", file)
    assert capsys.readouterr().out == "price (the price): 'bảng phí' shows the intent 'price'\n"

    intents("cho mình bảng phí nhé")
    assert capsys.readouterr().out.startswith("nothing in the text")


@pytest.mark.parametrize("content", [b"\xff\xfe{", b"intents: {price: [\n", b"a: 1\na: 2\n"])
def test_a_file_that_cannot_be_read_is_reported_with_its_place(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "a.yaml"
    file.write_bytes(content)

    with pytest.raises(typer.Exit):
        intents("giá", file)

    assert capsys.readouterr().out.startswith(f"{file}:")
