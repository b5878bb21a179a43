"""An event becomes a file in which nobody can be recognised, and which can be read again."""

import json
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from automator.configuration.settings import Settings
from automator.configuration.time_intervals import TimeInterval
from automator.engine.explanation import bundle
from automator.engine.explanation.bundle import make_bundle, read_bundle
from automator.model import UsageError
from tests.support.world import a_world

RULES = """\
rules:
  # asked about
  - id: price
    trigger: {event: comment.created}
    conditions: ["keywords(event.text, [vars.word])", contact.tags != null]
    actions: [reply: "Chào {{ event.actor.name }}"]
  - id: other
    trigger: {event: message.received}
    actions: [log: x]
"""
EVENING = TimeInterval(times=("18:00-22:00",), timezone="Asia/Ho_Chi_Minh")
SETTINGS = Settings(
    vars={"word": "mới"},
    time_intervals={"evening": EVENING},
    targets={"crm": {"url": "https://x.example"}},
)


async def bundled(tmp_path: Path) -> bytes:
    async with a_world(tmp_path, RULES, variables={"word": "giá"}) as world:
        accepted = await world.handles_comment(1, "700011", "giá bao nhiêu?")
        event_id = accepted.receipts[0].event_id
        revisions = world.rulebook.revisions
        made = await make_bundle(world.store.log, revisions, SETTINGS, event_id)
        assert made == await make_bundle(world.store.log, revisions, SETTINGS, event_id)
        return made


async def test_a_bundle_has_what_decided_and_reads_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "case.zip"
    file.write_bytes(await bundled(tmp_path))
    found = read_bundle(file)

    assert found.files == {"shop.yaml": RULES}
    assert (found.event.type, found.event.connection) == ("comment.created", "shop-page")
    assert found.event.body["text"] == "giá bao nhiêu?"
    # What the conditions saw then, not what the settings say now.
    assert found.vars == {"word": "giá"}
    assert found.time_intervals == {"evening": EVENING}
    assert found.targets == ("crm",)
    assert found.matched == {"price": True, "other": False}


async def test_what_could_not_be_read_again_is_not_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundle, "MOST_LETTERS", 1_000)

    with pytest.raises(UsageError):
        await bundled(tmp_path)


async def test_nobody_can_be_recognised_by_a_bundle_and_it_has_no_signature(tmp_path: Path) -> None:
    with zipfile.ZipFile(BytesIO(await bundled(tmp_path))) as archive:
        texts = {name: archive.read(name).decode() for name in archive.namelist()}

    assert set(texts) == {
        *("manifest.json", "event.json", "delivery.json", "decisions.json", "settings.json"),
        "rules/shop.yaml",
    }
    assert not [name for name, text in texts.items() if "700011" in text or "Khách" in text]
    assert json.loads(texts["event.json"])["body"]["actor"] == {
        **json.loads(texts["event.json"])["body"]["actor"],
        "id": "1001",
        "name": "Lan",
    }
