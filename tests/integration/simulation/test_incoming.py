"""Samples come into a simulation as `automator send` posts them to a server."""

from pathlib import Path

import pytest

from automator.plugins import Provider
from automator.providers.simulator import build_sample, sample_names, signed_request
from automator.server.reading.config import load_config
from automator.simulation.incoming import arrival_of_sample

_NOW_MS = 1_795_478_400_000
_SAMPLES = sample_names()


@pytest.fixture(scope="module")
def providers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Provider]:
    config = load_config(None, Path(tmp_path_factory.mktemp("demo")), demo=True)
    return {provider.name: provider for provider in config.connections.values()}


@pytest.mark.parametrize("name", _SAMPLES)
def test_a_sample_comes_in_with_the_headers_and_the_body_of_its_sender(
    providers: dict[str, Provider], name: str
) -> None:
    provider = providers[name.partition("/")[0]]
    arrival = arrival_of_sample(provider, name, {}, _NOW_MS, 1)

    sample = build_sample(name, serial=1, now_ms=_NOW_MS)
    headers, body = signed_request(provider, sample, _NOW_MS, "sample-1")
    came = arrival.request
    assert dict(came.raw_headers) == {key.lower(): value for key, value in headers.items()}
    assert came.body == body
    provider.parse(came)
