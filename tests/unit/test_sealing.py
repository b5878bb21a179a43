"""Sealed texts open with their key, in their place, and nowhere else."""

import base64
from pathlib import Path

import pytest

from automator.model import SettingsError
from automator.sealing import KEY_FILE, SealedError, Sealer, sealing_key

KEY = bytes(range(32))


def test_a_sealed_text_opens_in_its_own_place_alone() -> None:
    pytest.importorskip("cryptography")
    sealer = Sealer(KEY)
    sealed = sealer.seal("mã truy cập", "shop-oa:access")

    assert sealer.open(sealed, "shop-oa:access") == "mã truy cập"
    assert b"truy" not in sealed
    assert sealer.seal("mã truy cập", "shop-oa:access") != sealed
    for about, changed in [
        ("shop-oa:refresh", sealed),
        ("shop-oa:access", sealed[:-1]),
        ("shop-oa:access", b""),
        ("shop-oa:access", bytes([sealed[0] ^ 1]) + sealed[1:]),
    ]:
        with pytest.raises(SealedError):
            sealer.open(changed, about)
    with pytest.raises(SealedError):
        Sealer(bytes(32)).open(sealed, "shop-oa:access")


def test_the_key_is_made_once_and_is_for_its_owner_alone(tmp_path: Path) -> None:
    made = sealing_key(tmp_path, "")

    assert len(made) == 32
    assert sealing_key(tmp_path, "") == made
    assert (tmp_path / KEY_FILE).stat().st_mode & 0o777 == 0o600
    assert sealing_key(tmp_path, base64.b64encode(KEY).decode()) == KEY


@pytest.mark.parametrize("text", ["short", base64.b64encode(KEY[:16]).decode(), "ä" * 44])
def test_what_is_no_key_is_refused_in_words(tmp_path: Path, text: str) -> None:
    (tmp_path / KEY_FILE).write_text(text, encoding="utf-8")

    for given in (text, ""):
        with pytest.raises(SettingsError) as caught:
            sealing_key(tmp_path, given)
        assert caught.value.fix
