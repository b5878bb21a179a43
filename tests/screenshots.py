"""Takes a picture of every screen: in both themes, languages and widths.

    python -m tests.screenshots [--folder screenshots] [--only /log] [--readme]

The pictures go into a folder that git ignores. `--readme` takes those of the README instead, into
docs/images. Look at them all after a change of the design.
"""

import argparse
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import Any

from tests.acceptance.conftest import CHROMIUM, FLAGS
from tests.support.process import ServerProgram
from tests.support.screens import Look, Screens

ROOT = Path(__file__).resolve().parents[1]
LOOKS = [
    Look(f"{scheme}-{locale[:2]}-{width}", width, height, scheme=scheme, locale=locale)
    for scheme, locale, (width, height) in product(
        ("light", "dark"), ("en-US", "vi-VN"), ((1280, 800), (360, 740))
    )
]
#: The pictures of the README, by name.
README = {"rule": "/rules/price-questions.yaml", "log": "/log"}


@contextmanager
def filled_screens(*, replays: bool) -> Iterator[Screens]:
    """The screens of a demo server in which something has happened."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = ServerProgram(Path(folder), "--demo", "--rules", str(Path(folder) / "rules"))
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        try:
            screens = Screens(browser, server)
            with screens.page() as page:
                screens.fill(page, replays=replays)
            yield screens
        finally:
            browser.close()
            server.terminate()


def take(page: Any, address: str, file: Path, *, is_whole: bool) -> None:
    """The picture of one screen."""
    page.goto(address)
    page.wait_for_load_state("load")
    if page.locator("form[data-editor]").count():
        page.locator(".cm-content").wait_for()
    # What comes a moment later: rows that are live, the preview of a rule.
    page.wait_for_timeout(600)
    size = page.viewport_size
    if is_whole:
        # What stands at the bottom of the window shall stand at the bottom of the picture.
        height = page.evaluate("document.documentElement.scrollHeight")
        page.set_viewport_size({**size, "height": max(size["height"], min(height, 12_000))})
    page.screenshot(path=str(file), animations="disabled")
    page.set_viewport_size(size)


def take_all(screens: Screens, folder: Path, only: str) -> int:
    """A picture of each screen in each look; how many that were."""
    with screens.page() as page:
        addresses = screens.addresses(page)
    count = 0
    for look in LOOKS:
        into = folder / look.name
        into.mkdir(parents=True, exist_ok=True)
        with screens.page(look) as page:
            for path, address in addresses.items():
                if only and not path.startswith(only):
                    continue
                name = re.sub(r"[^a-z]+", "-", path).strip("-") or "home"
                take(page, address, into / f"{name}.png", is_whole=True)
                count += 1
        sys.stdout.write(f"{into}\n")
        sys.stdout.flush()
    return count


def take_readme(screens: Screens) -> int:
    """The pictures of the README."""
    folder = ROOT / "docs" / "images"
    folder.mkdir(exist_ok=True)
    with screens.page(Look("readme", 1400, 860)) as page:
        for name, address in README.items():
            take(page, address, folder / f"{name}.png", is_whole=False)
    return len(README)


def main() -> None:
    """Takes the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=ROOT / "screenshots")
    parser.add_argument("--only", default="", help="screens whose path begins like this")
    parser.add_argument("--readme", action="store_true")
    chosen = parser.parse_args()
    with filled_screens(replays=not chosen.readme) as screens:
        if chosen.readme:
            count = take_readme(screens)
        else:
            count = take_all(screens, chosen.folder, chosen.only)
    sys.stdout.write(f"{count} pictures\n")


if __name__ == "__main__":
    main()
