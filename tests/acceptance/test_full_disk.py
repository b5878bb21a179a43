"""A disk that is full, or is filled faster than it is looked at."""

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.acceptance.conftest import Shop
from tests.acceptance.test_faults import Sender
from tests.support.faults import fill, small_disk
from tests.support.page_events import comment, delivery, signed
from tests.support.process import EndedAtItsStartError, call

pytestmark = [pytest.mark.acceptance, pytest.mark.long]

#: EX_TEMPFAIL: when there is room, the same start succeeds.
NO_ROOM = 75


@pytest.mark.parametrize("left", [0, 40_960])
def test_a_start_on_a_full_disk_says_where_what_and_how_to_mend_it(shop: Shop, left: int) -> None:
    data = shop.folder / "data"
    with small_disk(data, 8):
        server = shop.start()
        assert Sender().send(server) == 200
        server.terminate()
        (data / "automator.db.reserve").unlink()
        ballast = data / "somebody-elses-file"
        (data / "ballast").write_bytes(b"\0" * left)
        fill(ballast)
        (data / "ballast").unlink()

        with pytest.raises(EndedAtItsStartError) as ended:
            shop.start()

        assert ended.value.exit_code == NO_ROOM, ended.value.printed
        last = ended.value.printed.rpartition("Stop: Ctrl-C")[2]
        assert f"the disk of {data}" in last
        assert "is full" in last
        assert "fix: Make room" in last
        assert "Traceback" not in ended.value.printed
        ballast.unlink()
        again = shop.start()
        assert Sender().send(again) == 200
        again.terminate()


def test_what_comes_in_fast_never_takes_what_is_kept_free(shop: Shop) -> None:
    """Each delivery is a hundred kilobytes, so that a disk of this size is full within seconds."""
    data = shop.folder / "data"
    with small_disk(data, 32):
        server = shop.start()
        least = watch_room(data)
        text = "áo dài, " * 10_000
        answers: list[int] = []
        stored_at = time.monotonic()
        while time.monotonic() < stored_at + 6:
            number = len(answers)
            body = delivery(changes=[comment(number, "lan", f"{number} {text}")])
            answers.append(call(server.url, "POST", "/hooks/shop-page", body, signed(body))[0])
            if answers[-1] == 200:
                stored_at = time.monotonic()
            else:
                time.sleep(0.05)

        assert set(answers) == {200, 503}
        assert answers.count(200) > 15
        # A twentieth of the disk is kept free; half of it is for what was under way.
        assert least() >= 800_000
        server.terminate()


def watch_room(folder: Path) -> Callable[[], int]:
    """Looks how much room a disk has, again and again; what is returned says the least of it."""
    found = [1 << 60]
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(0.01):
            room = os.statvfs(folder)
            found[0] = min(found[0], room.f_bavail * room.f_frsize)

    thread = threading.Thread(target=look, daemon=True)
    thread.start()

    def least() -> int:
        ended.set()
        thread.join()
        return found[0]

    return least
