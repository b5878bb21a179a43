"""The certificate files of targets, as automator.yaml names them."""

from pathlib import Path

import pytest

from automator.server.reading.config import load_config
from tests.support.tls import Authority
from tests.support.words import rendered

LINE = "  crm: {{url: https://a.example/, {}}}"


@pytest.fixture(name="files")
def its_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with certificates: good ones, one that has ended, and files that are none."""
    authority = Authority(tmp_path)
    for name in ("us", "other"):
        authority.issue(name)
    ended = authority.issue("ended", days=-1)
    (tmp_path / "ended.pem").write_bytes(b"".join(file.read_bytes() for file in ended))
    sealed = authority.issue("sealed", password=b"secret")
    (tmp_path / "sealed.pem").write_bytes(b"".join(file.read_bytes() for file in sealed))
    (tmp_path / "cut.pem").write_bytes((tmp_path / "us.crt").read_bytes()[:200])
    (tmp_path / "notes.pem").write_text("ca: later\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def problems(folder: Path, keys: str, *, reads: bool = True) -> list[tuple[int, int, str]]:
    """The places and codes of what is wrong with a target that has these keys."""
    file = folder / "automator.yaml"
    file.write_text(f"targets:\n{LINE.format(keys)}\n", encoding="utf-8")
    config = load_config(file, folder, demo=False, resolve_secrets=reads)
    return [(item.line, item.column, rendered([item])) for item in config.problems]


@pytest.mark.parametrize(
    "keys",
    [
        "ca: ca.pem",
        "client_certificate: us.crt, client_key: us.key",
        "ca: ca.pem, client_certificate: us.crt, client_key: us.key",
    ],
)
def test_files_that_fit_are_no_problem(keys: str, files: Path) -> None:
    assert problems(files, keys) == []


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ("ca: none.pem", "none.pem cannot be read: there is no such file or folder"),
        ("ca: .", ". cannot be read: a folder stands where a file is needed"),
        ("ca: notes.pem", "notes.pem has no certificate in the form PEM"),
        ("ca: us.key", "us.key has no certificate in the form PEM"),
        ("ca: cut.pem", "cut.pem has no certificate in the form PEM"),
        ("client_key: us.key, client_certificate: notes.pem", "notes.pem has no certificate"),
        ("client_certificate: sealed.pem", "the private key in sealed.pem has a password"),
        ("client_certificate: us.crt", "us.crt has no private key in the form PEM"),
        ("client_certificate: us.crt, client_key: notes.pem", "notes.pem has no private key"),
        ("client_certificate: us.crt, client_key: none.key", "none.key cannot be read"),
        ("client_key: us.key, client_certificate: none.crt", "none.crt cannot be read"),
        ("client_certificate: us.crt, client_key: other.key", "does not belong to the first"),
        ("client_certificate: sealed.crt, client_key: sealed.key", "has a password"),
        ("client_key: us.key", "'client_key' is not used"),
        ("client_certificate: ended.pem", "has been invalid since"),
    ],
)
def test_a_problem_of_a_file_is_at_the_key_that_names_it(
    keys: str, sentence: str, files: Path
) -> None:
    found = problems(files, keys)

    column = LINE.format(keys).rindex(": ") + len(": ") + 1
    assert [place[:2] for place in found] == [(2, column)]
    assert sentence in found[0][2]


def test_a_certificate_that_has_ended_does_not_keep_the_server_from_starting(files: Path) -> None:
    [(_, _, sentence)] = problems(files, "client_certificate: ended.pem")

    assert "warning" in sentence


def test_of_several_authorities_one_may_have_ended(files: Path) -> None:
    both = (files / "ended.crt").read_bytes() + (files / "ca.pem").read_bytes()
    (files / "both.pem").write_bytes(both)

    assert problems(files, "ca: both.pem") == []


def test_files_are_not_read_where_secrets_are_not(files: Path) -> None:
    assert problems(files, "ca: none.pem", reads=False) == []


def test_certificates_need_an_address_with_https(files: Path) -> None:
    file = files / "automator.yaml"
    file.write_text("targets:\n  crm: {url: http://a.example/, ca: ca.pem}\n", encoding="utf-8")

    config = load_config(file, files, demo=False)

    assert [item.code for item in config.problems] == ["certificate-unused"]
