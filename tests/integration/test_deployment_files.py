"""The files for Docker, systemd and Kubernetes confine the server, and leave it what it needs."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from automator import __version__
from automator.engine.runs.runner import DRAIN_S
from automator.server.bootstrap.process import REQUEST_DRAIN_S
from tests.support.faults import unavailable

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
UNIT = ROOT / "docs/deploy/automator.service"
MANIFESTS = ROOT / "docs/deploy/kubernetes.yaml"


def instructions(stage: str) -> list[tuple[str, str]]:
    """The instructions of a stage of the image, each as its word and the rest."""
    lines = re.sub(r"^#.*\n", "", stage, flags=re.MULTILINE).replace("\\\n", "").splitlines()
    words = [line.partition(" ") for line in lines if line]
    return [(word, rest.strip()) for word, _, rest in words]


def test_the_image_has_only_packages_that_were_checked_against_their_hashes() -> None:
    before, build, image = re.split(r"^FROM \$\{BASE\}.*$", DOCKERFILE, flags=re.MULTILINE)

    assert [word for word, _ in instructions(before)] == ["ARG"]
    installs = [
        part
        for word, line in instructions(build)
        for part in line.split("&&")
        if word == "RUN" and re.search(r"\bpip\b.* install ", part)
    ]
    assert len(installs) == 3
    for line in installs:
        is_locked = "--require-hashes -r " in line
        is_ours = "--no-deps" in line and line.count("--build-constraint") == 2
        assert is_locked or is_ours, line
    # No layer has wheels that a later one deletes.
    assert "pip" not in image
    assert "wheel" not in image


def test_the_image_copies_only_what_the_build_may_see() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    seen = {line.removeprefix("!") for line in ignored if line.startswith("!")}
    copied = {
        path
        for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE)
        for path in line.split()[:-1]
    }

    assert ignored[0] == "*"
    assert copied == seen


def test_the_image_runs_as_a_user_without_rights() -> None:
    image = dict(instructions(DOCKERFILE.rpartition("\nFROM ")[2]))

    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", image["USER"])
    assert "/healthz" in image["HEALTHCHECK"]
    assert image["STOPSIGNAL"] == "SIGTERM"


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_a_container_gets_no_rights_and_bounded_means(name: str) -> None:
    service = COMPOSE["services"][name]

    assert service["read_only"] is True
    assert service["tmpfs"]
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert {"mem_limit", "cpus", "pids_limit", "healthcheck"} <= service.keys()
    assert [port for port in service.get("ports", []) if not port.startswith("127.0.0.1:")] == []
    if "build" in service:
        assert int(service["stop_grace_period"].rstrip("s")) > DRAIN_S + REQUEST_DRAIN_S
        check = " ".join(service["healthcheck"]["test"][3:])
        assert check in DOCKERFILE


def unit() -> dict[str, str]:
    """The directives of the unit; a list that is given in several lines has them all."""
    found: dict[str, str] = {}
    for line in UNIT.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith(("#", "[")):
            key, _, value = line.partition("=")
            found[key] = f"{found[key]}\n{value}" if key in found else value
    return found


def test_the_unit_starts_again_for_as_long_as_a_database_is_away() -> None:
    directives = unit()

    # systemd gives up after five starts within ten seconds.
    assert directives["Restart"] == "always"
    assert int(directives["RestartSec"]) * 5 > 10
    assert directives["RestartPreventExitStatus"].split() == ["2", "78"]
    assert int(directives["TimeoutStopSec"]) > DRAIN_S + REQUEST_DRAIN_S
    assert directives["WantedBy"] == "multi-user.target"


def analyze(*arguments: str) -> str:
    """What `systemd-analyze` says."""
    program = shutil.which("systemd-analyze")
    if program is None:
        unavailable("systemd-analyze is not installed: apt-get install systemd")
    done = subprocess.run(
        [str(program), *arguments], capture_output=True, text=True, check=False, timeout=60
    )
    return done.stdout + done.stderr


def test_the_unit_is_exposed_to_less_than_three_of_ten() -> None:
    said = analyze("security", "--offline=true", "--no-pager", str(UNIT))

    (score,) = re.findall(r"Overall exposure level for \S+: ([\d.]+)", said)
    page = (ROOT / "docs/how-to/deploy.md").read_text(encoding="utf-8")
    assert float(score) < 3
    assert f"rates it {score}," in page


def test_systemd_knows_every_line_of_the_unit(tmp_path: Path) -> None:
    own = UNIT.read_text(encoding="utf-8").replace("/opt/automator/bin/automator", sys.executable)
    (tmp_path / UNIT.name).write_text(own)

    assert analyze("verify", "--man=no", str(tmp_path / UNIT.name)) == ""


def resources() -> dict[str, Any]:
    found = yaml.safe_load_all(MANIFESTS.read_text(encoding="utf-8"))
    return {resource["kind"]: resource for resource in found}


def test_kubernetes_knows_every_key_of_the_manifests() -> None:
    import kubernetes_validate

    assert len(resources()) > 5
    for resource in resources().values():
        kubernetes_validate.validate(resource, "1.34", strict=True)


def test_the_pods_are_confined_and_drain_before_they_end() -> None:
    pod = resources()["Deployment"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    after = (
        pod["terminationGracePeriodSeconds"] - container["lifecycle"]["preStop"]["sleep"]["seconds"]
    )

    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert {"requests", "limits"} <= container["resources"].keys()
    assert after > DRAIN_S + REQUEST_DRAIN_S
    assert container["image"].rpartition(":")[2] == __version__


def test_the_manifests_belong_together() -> None:
    found = resources()
    deployment = found["Deployment"]["spec"]
    labels = deployment["template"]["metadata"]["labels"]
    (container,) = deployment["template"]["spec"]["containers"]

    assert deployment["selector"]["matchLabels"] == labels
    assert found["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"] == labels
    assert found["Service"]["spec"]["selector"] == labels
    assert found["Service"]["spec"]["ports"][0]["targetPort"] == container["ports"][0]["name"]
    assert container["envFrom"] == [{"secretRef": {"name": found["Secret"]["metadata"]["name"]}}]
    read = re.findall(r"env:(\w+)", found["ConfigMap"]["data"]["automator.yaml"])
    assert {*read, "AUTOMATOR_DATABASE"} <= found["Secret"]["stringData"].keys()
    places = {item["metadata"]["namespace"] for kind, item in found.items() if kind != "Namespace"}
    assert places == {found["Namespace"]["metadata"]["name"]}
