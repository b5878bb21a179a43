"""Fixtures that every level of test shares."""

import gc
import logging
import os
import sys
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from automator.cli.terminal.output import TRANSLATOR
from automator.garbage import collect_seldom
from automator.language import ENGLISH
from tests.support.memory import keep_temporary_files_in_memory
from tests.support.postgresql import PostgreSQLServer, running_postgresql
from tests.support.statements import share_statements
from web.catalogues import compile_all

settings.register_profile("quick", max_examples=15, deadline=None)
settings.register_profile("long", max_examples=60, deadline=None)
settings.register_profile(
    "deep", max_examples=2000, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


def pytest_configure(config: pytest.Config) -> None:
    """Compiles the catalogues and chooses a folder for files once, before the workers need them."""
    collect_seldom()
    share_statements()
    if not hasattr(config, "workerinput"):
        compile_all()
        config.add_cleanup(keep_temporary_files_in_memory())


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Two processes a core: much of the time, a test waits for a disk or a server.

    Long tests have browsers and servers of their own, which leave less time over.
    """
    cores = len(os.sched_getaffinity(0))
    is_long = os.environ.get("HYPOTHESIS_PROFILE") == "long"
    return cores + (cores + 1) // 2 if is_long else 2 * cores


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks property tests: `make test` gives them few examples, `make test-long` more."""
    for item in items:
        if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
            item.add_marker("property")


def pytest_collection_finish() -> None:
    """Exempts half a million objects of the collected tests from garbage collection."""
    gc.freeze()


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees the settings of the machine it runs on."""
    for name in list(os.environ):
        if name.startswith("AUTOMATOR_"):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def in_english_afterwards() -> Iterator[None]:
    """A command that was run in this process has chosen a language for all that come after it."""
    yield
    TRANSLATOR.choose(ENGLISH)


@pytest.fixture(autouse=True)
def no_server_afterwards() -> Iterator[None]:
    """A server that was started in this process has set log levels, watches over imports, and may
    have been stopped before it switched garbage collection on again.
    """
    loggers = logging.getLogger(), logging.getLogger("automator")
    levels = [logger.level for logger in loggers]
    finders = list(sys.meta_path)
    yield
    for logger, level in zip(loggers, levels, strict=True):
        if logger.level != level:
            logger.setLevel(level)
    sys.meta_path[:] = finders
    gc.enable()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQLServer]:
    """A PostgreSQL server for the whole session, started by the first test that wants it."""
    with running_postgresql() as server:
        yield server


@pytest.fixture
def postgresql_store_url(postgresql: PostgreSQLServer) -> Iterator[str]:
    """A database with tables, and without rows."""
    url = postgresql.new_database()
    yield url
    postgresql.give_back(url)


@pytest.fixture
def empty_postgresql_url(postgresql: PostgreSQLServer) -> Iterator[str]:
    """A database without tables."""
    url = postgresql.empty_database()
    yield url
    postgresql.drop(url)
