"""A start says which variables of OpenTelemetry are set and not read, and never their values."""

from pathlib import Path

import pytest

from tests.support.site import open_site

ENDPOINT, HEADERS = "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_HEADERS"


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (ENDPOINT, HEADERS):
        monkeypatch.delenv(name, raising=False)


async def test_variables_that_are_not_read_are_named_in_the_log_and_the_status(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(ENDPOINT, "http://collector.example:4318")
    monkeypatch.setenv(HEADERS, "api-key=very-secret-key")

    async with open_site(tmp_path) as site:
        status = (await site.program().get("/api/status")).json()

    [warning] = [one for one in status["store_warnings"] if one["code"] == "traces_environment"]
    assert f"{ENDPOINT}, {HEADERS}" in warning["text"]
    assert "automator.yaml" in warning["fix"]
    assert ENDPOINT in caplog.text
    assert "very-secret-key" not in caplog.text


async def test_without_such_variables_nothing_is_said(tmp_path: Path) -> None:
    async with open_site(tmp_path) as site:
        status = (await site.program().get("/api/status")).json()

    assert "traces_environment" not in {one["code"] for one in status["store_warnings"]}
