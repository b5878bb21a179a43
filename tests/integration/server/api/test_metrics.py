"""The metrics, as Prometheus reads them."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families

from automator.server.web.security import METRICS
from tests.support.site import Site

Values = Mapping[tuple[str, tuple[tuple[str, str], ...]], float]


async def metrics_of(site: Site) -> Values:
    """The samples of one answer, by name and labels."""
    reply = await site.program().get(METRICS)
    assert reply.status == 200
    return {
        (sample.name.removeprefix("automator_"), tuple(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(reply.text)
        for sample in family.samples
    }


async def test_what_came_in_and_what_became_of_it_is_counted(site: Site) -> None:
    _, run = await site.event()
    await site.program().json("POST", f"/api/runs/{run}/cancel", {})
    await site.event()

    found = await metrics_of(site)

    assert found["events_total", (("connection", "demo-page"),)] == 2
    assert found["runs_started_total", (("rule", "price-question"),)] == 2
    met = ("conditions", "met"), ("rule", "price-question")
    assert found["rule_events_total", met] == 2
    assert found["rule_matches_total", (("rule", "price-question"),)] == 2
    assert found["runs_ended_total", (("rule", "price-question"), ("state", "cancelled"))] == 1
    assert found["runs", (("state", "queued"),)] == 1


async def test_every_metric_stands_in_the_reference(site: Site) -> None:
    reference = (Path(__file__).parents[4] / "docs/reference/api.md").read_text(encoding="utf-8")

    names = {name for name, _ in await metrics_of(site)}

    ours = {name for name in names if not name.startswith(("process_", "python_"))}
    assert [name for name in sorted(ours) if f"`automator_{name}`" not in reference] == []


async def test_a_counter_does_not_fall_when_a_run_is_tried_again(site: Site) -> None:
    _, run = await site.event()
    await site.program().json("POST", f"/api/runs/{run}/cancel", {})
    await site.program().json("POST", f"/api/runs/{run}/retry")

    found = await metrics_of(site)

    assert found["runs_ended_total", (("rule", "price-question"), ("state", "cancelled"))] == 1


async def test_a_run_that_nobody_begins_grows_older(timed_site: Site) -> None:
    name = ("oldest_due_run_age_seconds", ())
    before = (await metrics_of(timed_site))[name]
    await timed_site.event()

    timed_site.services.clock.advance(90)  # type: ignore[attr-defined]

    assert (before, (await metrics_of(timed_site))[name]) == (0, 90)


async def test_what_is_wrong_can_be_told_from_the_metrics(site: Site, tmp_path: Path) -> None:
    target = next(iter(site.services.gate.destinations)).name
    well = await metrics_of(site)
    (tmp_path / "rules" / "broken.yaml").write_text("rules: [1]", encoding="utf-8")
    await site.services.rulebook.reload_if_changed()
    await site.program().json("POST", f"/api/targets/{target}/pause", {})
    await site.program().json("POST", "/api/targets/*/pause", {})
    await site.caller().post("/hooks/demo-page", {"object": "page"})

    ill = await metrics_of(site)

    refused = (
        "deliveries_not_accepted_total",
        (
            ("connection", "demo-page"),
            ("verdict", "rejected"),
        ),
    )
    is_open = "target_open", (("target", target),)
    assert (well["accepting", ()], well["rule_mistakes", ()], well[is_open]) == (1, 0, 1)
    assert (well["sending_paused", ()], ill["sending_paused", ()]) == (0, 1)
    assert (ill["rule_mistakes", ()], ill[is_open], ill[refused]) == (1, 0, 1)


async def test_open_metrics_is_spoken_with_those_who_ask_for_it(site: Site) -> None:
    wanted = {"accept": "application/openmetrics-text; version=1.0.0"}

    reply = await site.program().get(METRICS, wanted)

    assert reply.headers["content-type"].startswith("application/openmetrics-text")
    families = openmetrics.text_string_to_metric_families(reply.text)  # type: ignore[no-untyped-call] # the package has no type here
    names = {family.name for family in families}
    assert {"automator_events", "automator_runs", "process_cpu_seconds"} <= names


async def test_the_metrics_need_a_token(site: Site) -> None:
    reply = await site.caller().get(METRICS)

    assert reply.status == 401
    assert reply.headers["www-authenticate"] == "Bearer"
    assert reply.json()["fix"]


async def test_strangers_make_one_label_together(site: Site) -> None:
    await site.caller().post("/hooks/shop", {"object": "page"})
    before = await metrics_of(site)

    for number in range(20):
        await site.caller().post(f"/hooks/shop-{number}", {"object": "page"})
        await site.caller().get(f"/api/runs/{number}", {"authorization": f"Bearer {number}"})

    assert (await metrics_of(site)).keys() == before.keys()


async def test_each_metric_has_a_meaning_a_unit_and_the_ending_of_its_kind(site: Site) -> None:
    await site.event()
    text = (await site.program().get(METRICS)).text

    families = [
        family
        for family in text_string_to_metric_families(text)
        if family.name.startswith("automator_")
    ]

    assert len(families) > 15
    for family in families:
        assert family.documentation, family.name
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", family.name), family.name
        for sample in family.samples:
            assert sample.name.endswith("_total") == (family.type == "counter"), sample.name
        assert not re.search(r"_(ms|millis|minutes|hours|kb|mb|percent)(_|$)", family.name)
        if "_age" in family.name or "timestamp" in family.name:
            assert family.name.endswith("_seconds"), family.name


async def test_every_value_of_the_status_to_look_at_is_in_the_answer(site: Site) -> None:
    page = (Path(__file__).parents[4] / "docs/how-to/deploy.md").read_text("utf-8")
    table = page.partition("| metric | value of `status` |")[2].partition("\n\n")[0]
    rows = [line.split("|") for line in table.splitlines()[2:]]
    named = {name for row in rows for name in re.findall(r"`([\w.\[\]]+)`", row[2])}
    status = (await site.program().get("/api/status")).json()

    assert len(named) > 6
    assert [name for name in named if not has(status, name)] == []


def has(status: Any, name: str) -> bool:
    """Whether a status has the value of this name, as in `watch[].warnings`."""
    for part in name.split("."):
        key = part.removesuffix("[]")
        if key not in status:
            return False
        status = status[key][0] if part.endswith("[]") else status[key]
    return True
