"""A disk that is full, or is filled faster than it is looked at."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.acceptance.conftest import SECRETS, Shop
from tests.acceptance.test_faults import Sender
from tests.support.commands import command
from tests.support.faults import fill, small_disk
from tests.support.page_events import comment, delivery, signed
from tests.support.process import START_S, EndedAtItsStartError, call

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


def test_a_data_folder_that_can_only_be_read_is_refused_and_its_log_is_shown(shop: Shop) -> None:
    data = shop.folder / "data"
    with small_disk(data, 8):
        server = shop.start()
        assert Sender().send(server) == 200
        assert server.terminate() == 0
        subprocess.run(["mount", "-o", "remount,ro", str(data)], check=True)
        place = ("--data", str(data))

        refused = subprocess.run(
            [sys.executable, "-m", "automator", "serve", "--port", "0", *place],
            cwd=shop.folder,
            env={**os.environ, **SECRETS},
            capture_output=True,
            text=True,
            timeout=START_S,
            check=False,
        )
        for arguments in (("log",), ("doctor",), ("backup", "copy.db")):
            read = command(shop.folder, *arguments, *place)
            assert "cannot be" not in read.stderr
        shown = command(shop.folder, "log", *place).stdout

        assert refused.returncode == 1
        database = data / "automator.db"
        assert f"the database {database} cannot be opened: it can only be read" in refused.stderr
        assert "fix: Choose a folder that this user may write to: --data" in refused.stderr
        assert "đặt hàng 1" in shown
        assert (shop.folder / "copy.db").exists()
        subprocess.run(["mount", "-o", "remount,rw", str(data)], check=True)
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
