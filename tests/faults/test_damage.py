"""F-10: a byte turns over, or a page is lost, in the files of a server that does not run.

The start says what is damaged and ends with 74, or everything that was acknowledged is there.
SQLite has no checksums of pages: a bit inside of a text that turns over is not seen, and counted
here as altered. In its log, the last transactions cannot be told from what a power cut leaves.
"""

import json
import random
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults.figures import report
from tests.faults.installation import Installation, until_idle
from tests.faults.sizes import FULL, new_seed, size
from tests.faults.target import Target
from tests.support.page_events import comment, delivery, signed
from tests.support.process import EndedAtItsStartError, ServerProgram, call

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(1800)]

DAMAGED = 74
PLACES = size(2, 50)
_PAGE = 4096
_DELIVERIES = 60
#: The part of the log that may be the last two transactions.
_TAIL = 0.1


@dataclass(frozen=True)
class Left:
    """The files of a server that has ended, and what it had acknowledged."""

    files: dict[str, bytes]
    #: The events that were acknowledged.
    acknowledged: set[str]

    def put_into(self, data: Path) -> None:
        """They stand there again as they were."""
        shutil.rmtree(data)
        data.mkdir(mode=0o700)
        for name, content in self.files.items():
            (data / name).write_bytes(content)
            (data / name).chmod(0o600)


def flip(content: bytearray, place: int, chance: random.Random) -> None:
    """One bit turns over."""
    content[place] ^= 1 << chance.randrange(8)


def zero(content: bytearray, place: int, chance: random.Random) -> None:
    """The block that holds the place is lost."""
    start = place // _PAGE * _PAGE
    end = min(start + _PAGE, len(content))
    content[start:end] = bytes(end - start)


def send(server: ServerProgram, numbers: range) -> set[str]:
    """The events of some deliveries; all are acknowledged."""
    acknowledged = set()
    for number in numbers:
        text = f"ghi sổ {number}"
        body = delivery(changes=[comment(number, str(1000 + number % 7), text)])
        status, answer = call(server.url, "POST", "/hooks/shop-page", body, signed(body))
        assert status == 200, answer
        acknowledged.update(json.loads(answer)["events"])
    return acknowledged


def left_by(installation: Installation, *, killed: bool) -> Left:
    """What stays when a server has worked for a while."""
    server = installation.start()
    acknowledged = send(server, range(_DELIVERIES))
    until_idle(server)
    if killed:
        server.kill()
    else:
        assert server.terminate() == 0
    data = installation.database_file.parent
    kept = (installation.database_file.name, f"{installation.database_file.name}-wal")
    files = {name: (data / name).read_bytes() for name in kept if (data / name).exists()}
    return Left(files, acknowledged)


def answers(server: ServerProgram) -> dict[str, str]:
    """Everything that the server says of its events and runs, by their ids."""
    items = [*server.everything("events"), *server.everything("runs")]
    return {item["id"]: json.dumps(item, sort_keys=True) for item in items}


def outcome(installation: Installation) -> dict[str, str] | None:
    """What is served; None when the start was refused, as it should be refused."""
    (installation.folder / "server.log").unlink()
    try:
        server = installation.start()
    except EndedAtItsStartError as error:
        ended = error
    else:
        try:
            found = answers(server)
        finally:
            code = server.terminate()
        assert code == 0, server.printed
        assert "Traceback" not in server.printed, server.printed
        return found
    assert ended.exit_code == DAMAGED, ended.printed
    assert "is damaged" in ended.printed, ended.printed
    assert "automator restore" in ended.printed, ended.printed
    assert "Traceback" not in ended.printed, ended.printed
    return None


def place_in(content: bytes, chance: random.Random) -> int:
    """Somewhere where something stands: most of a small file is free."""
    while True:
        place = chance.randrange(len(content))
        if content[place]:
            return place


@pytest.mark.parametrize("damage", [flip, zero], ids=["flipped bit", "lost page"])
@pytest.mark.parametrize("killed", [False, True], ids=["database", "log"])
def test_damage_is_told_at_the_start_or_takes_nothing(
    tmp_path: Path,
    damage: Callable[[bytearray, int, random.Random], None],
    killed: bool,
) -> None:
    seed = new_seed()
    chance = random.Random(seed)  # noqa: S311 - it shall repeat.
    target = Target()
    installation = Installation(tmp_path, target)
    left = left_by(installation, killed=killed)
    name = installation.database_file.name + ("-wal" if killed else "")
    size_of_it = len(left.files[name])
    sure = int(size_of_it * (1 - _TAIL)) if killed else size_of_it
    ends: Counter[str] = Counter()
    lost_in_the_tail = 0
    left.put_into(installation.database_file.parent)
    model = outcome(installation)
    assert model is not None
    assert left.acknowledged <= model.keys()
    for _ in range(PLACES):
        place = place_in(left.files[name], chance)
        content = bytearray(left.files[name])
        damage(content, place, chance)
        left.put_into(installation.database_file.parent)
        (installation.database_file.parent / name).write_bytes(content)
        found = outcome(installation)
        if found is None:
            ends["refused"] += 1
            continue
        lost = model.keys() - found.keys()
        ends["served as it was" if found == model else "served and altered"] += 1
        assert place >= sure or not lost, f"{lost} gone after {damage.__name__} at {place}"
        # What is read from the log is what was written: its frames have checksums.
        assert place >= sure or not killed or found == model, f"altered after {place}"
        lost_in_the_tail += len(lost)
    target.close()
    report(
        f"{damage.__name__} in the {'log' if killed else 'database'}",
        seed=seed,
        places=PLACES,
        bytes=size_of_it,
        **{name.replace(" ", "_"): count for name, count in ends.items()},
        lost_in_the_tail=lost_in_the_tail,
    )
    assert ends["refused"] > 0 or not FULL, "vacuous: no damage was found"
