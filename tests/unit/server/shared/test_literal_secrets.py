"""What is said about automator.yaml: no line of it shows a secret that stands there as it is."""

import json
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from automator.model import Problem, Severity
from automator.providers import BUILTIN
from automator.server.reading.config import Config, load_config
from automator.server.shared.literal_secrets import shown_keys
from tests.support.words import advice_on, rendered

SECRET = "S3cr3t-0f-the-sh0p-which-is-long"
GITHUB = "connections:\n  page:\n    provider: github\n"

#: Each with something wrong on the line of a secret, or around it.
WRONG = {
    "a misspelt key": f"{GITHUB}    secrt: SECRET\n",
    "too short": "connections:\n  page: {provider: github, secret: SHORT}\n",
    "in one line": "connections: {page: {provider: github, secret: SECRET, nonsense: 1}}\n",
    "a key of others": "connections:\n  page: {provider: github, app_secret: 'SECRET'}\n",
    "a list": f"{GITHUB}    secret:\n    - SECRET\n    - [SECRET]\n",
    "not YAML": f"{GITHUB}    secret: SECRET: SECRET\n",
    "an open quote": 'connections:\n  page:\n    secret: "SECRET\n',
    "a comment": "targets:\n  crm: {url: 5}  # SECRET\n",
    "twice": f"{GITHUB}    secret: SECRET\n    secret: SECRET\n",
    "a number": "targets:\n  crm: {url: 'https://c.example/', headers: {x-key: 123456789012}}\n",
    "a header": "targets:\n  crm:\n    headers: {authorization: [SECRET]}\n",
    "an address": "targets:\n  crm: {url: 'https://me:SECRET@c.example/?token=SECRET'}\n",
    "a query": "targets:\n  crm: {url: 'https://c.example/?token=SECRET', rate: often}\n",
    "a tag": "connections:\n  page: {provider: github, secret: !x SECRET}\n",
    "a tag and commas": "connections:\n  page: {provider: github, secret: !x ,SHORT,0000,}\n",
    "a block": f"{GITHUB}    secret: |\n      SECRET\n   x: SECRET\n",
    "a fold": f"{GITHUB}    secret:\n      SECRET\n      SECRET\n",
    "an anchor": "connections:\n  page: {provider: github, secret: &a SECRET}\n",
    "under a key of nobody": "conections:\n  page: {token: SECRET}\n",
}


def loaded(folder: Path, text: str, *, resolve_secrets: bool = False) -> Config:
    file = folder / "automator.yaml"
    file.write_text(text, encoding="utf-8")
    return load_config(file, folder, demo=False, resolve_secrets=resolve_secrets, environ={})


def said(problems: list[Problem]) -> str:
    written = json.dumps([item.reason.to_json() for item in problems], ensure_ascii=False)
    return rendered(problems) + written


@pytest.mark.parametrize("text", WRONG.values(), ids=WRONG.keys())
@pytest.mark.parametrize("resolve", [True, False])
def test_no_problem_shows_a_secret_that_stands_in_the_file(
    tmp_path: Path, text: str, resolve: bool
) -> None:
    text = text.replace("SECRET", SECRET).replace("SHORT", "hunter2x")
    problems = loaded(tmp_path, text, resolve_secrets=resolve).problems

    assert problems
    for secret in (SECRET, "hunter2x", "123456789012"):
        assert secret not in said(problems)


def test_the_beginning_of_a_secret_that_a_long_fix_cuts_is_not_shown(tmp_path: Path) -> None:
    url = f"https://me:'{SECRET}{SECRET}'@c.example/?token='{SECRET}{SECRET}'"

    shown = said(loaded(tmp_path, f"targets:\n  crm: {{url: '{url}'}}\n").problems)

    assert SECRET[:12] not in shown


@settings(max_examples=15, deadline=None)
@example(secret=",0000,", quote=" ")
@example(secret="00 #00", quote="'")
@given(
    secret=st.from_regex(r"[A-Za-z0-9+/=_.!?%:,# -]{6,40}", fullmatch=True),
    quote=st.sampled_from("\"' "),
)
@pytest.mark.parametrize("text", WRONG.values(), ids=WRONG.keys())
def test_no_secret_of_any_form_is_shown(
    tmp_path_factory: pytest.TempPathFactory, text: str, secret: str, quote: str
) -> None:
    secret = f"zq{secret.strip()}qz"
    written = text.replace("SECRET", f"{quote}{secret}{quote}".strip())

    problems = loaded(tmp_path_factory.getbasetemp(), written).problems

    assert secret not in said(problems)


def test_a_line_still_shows_what_is_no_secret(tmp_path: Path) -> None:
    text = (
        "connections:\n  page: {provider: gitub, secret: env:GITHUB_SECRET}\n"
        "targets:\n  crm: {url: https://crm.example/in, timeout: 5 minutes}\n"
        "time_intervals:\n  day:\n    times:\n    - 8-20\n"
    )
    problems = loaded(tmp_path, text).problems

    assert [item.source for item in problems] == [
        "  page: {provider: gitub, secret: env:GITHUB_SECRET}",
        "  crm: {url: https://crm.example/in, timeout: 5 minutes}",
        "    - 8-20",
    ]


@pytest.mark.parametrize("resolve", [True, False])
def test_every_literal_secret_is_warned_of_at_its_place(tmp_path: Path, resolve: bool) -> None:
    text = f"""\
connections:
  page:
    provider: facebook
    app_secret: [env:PAGE_SECRET, {SECRET}]
    verify_token: {SECRET}
  till:
    provider: generic
    verify: {{token: {SECRET}}}
targets:
  crm:
    url: https://crm.example/in?api_key={SECRET}
    secret: {SECRET}
    headers:
      authorization: Bearer {SECRET}
      x-shop: main
      x-api-key: env:CRM_KEY
"""
    file = tmp_path / "automator.yaml"
    file.write_text(text, encoding="utf-8")
    environ = {"PAGE_SECRET": "x" * 32, "CRM_KEY": "k" * 32}

    config = load_config(file, tmp_path, demo=False, resolve_secrets=resolve, environ=environ)

    assert [(item.line, item.code, item.severity) for item in config.problems] == [
        (line, "literal-secret", Severity.WARNING) for line in (4, 5, 8, 11, 12, 14)
    ]
    assert all("env:" in advice_on(item.reason) for item in config.problems)
    assert SECRET not in said(config.problems)
    assert config.require() is config


@pytest.mark.parametrize(
    "address",
    [
        "https://crm.example/hooks/feed/S3cr3t0f1t",
        "https://crm.example/in?k=SECRET",
        "https://crm.example/in?shop=main&SIG=SECRET",
        "https://crm.example/in?code=SECRET",
        "https://crm.example/in?x=S3cr3t0f1t",
        "https://crm.example/in?S3cr3t0f1t",
        "https://crm.example/in/550e8400-e29b-41d4-a716-446655440000",
    ],
)
def test_a_secret_anywhere_in_an_address_is_warned_of_and_not_shown(
    tmp_path: Path, address: str
) -> None:
    address = address.replace("SECRET", SECRET)
    secret = address.rpartition("/")[2].rpartition("?")[2].rpartition("=")[2]

    fine = loaded(tmp_path, f"targets:\n  crm:\n    url: {address}\n")
    wrong = loaded(tmp_path, f"targets:\n  crm: {{url: '{address}', timeout: often}}\n")

    assert [(item.line, item.code) for item in fine.problems] == [(3, "literal-secret")]
    assert "env:" in advice_on(fine.problems[0].reason)
    assert secret not in said([*fine.problems, *wrong.problems])


@pytest.mark.parametrize(
    "address",
    [
        "https://crm.example/api/v2/customers-of-the-shop/orders.new?shop=main&lang=vi",
        "https://crm.example/in/123456789?from=2026-01-01",
        "https://crm.example/in/env:KEY_0123456?k=env:CRM_KEY&x=file:/run/secrets/a0b1c2d3e4",
    ],
)
def test_an_address_without_a_secret_is_not_warned_of(tmp_path: Path, address: str) -> None:
    assert loaded(tmp_path, f"targets:\n  crm:\n    url: {address}\n").problems == []


def test_an_address_takes_references_behind_its_host(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("from-a-file-0123\n", encoding="utf-8")
    text = (
        "targets:\n  crm:\n    url: https://crm.example/in/env:CRM_PATH/x"
        f"?sig=env:CRM_SIG&k=file:{tmp_path / 'key'}\n"
        "traces:\n  url: https://traces.example/env:CRM_PATH\n"
    )
    file = tmp_path / "automator.yaml"
    file.write_text(text, encoding="utf-8")
    environ = {"CRM_PATH": "T0/part-0123", "CRM_SIG": "from%2Boutside-0123"}

    config = load_config(file, tmp_path, demo=False, environ=environ)
    unread = load_config(file, tmp_path, demo=False, resolve_secrets=False)
    missing = load_config(file, tmp_path, demo=False, environ={"CRM_PATH": "T0/part-0123"})

    settings = config.require().settings
    target = settings.targets["crm"]
    assert target.address == (
        "https://crm.example/in/T0/part-0123/x?sig=from%2Boutside-0123&k=from-a-file-0123"
    )
    assert "0123" not in repr(target)
    secrets = {item.reveal() for item in target.secrets()}
    assert {"T0/part-0123", "part-0123", "from+outside-0123", "from-a-file-0123"} <= secrets
    assert settings.traces is not None
    assert settings.traces.address == "https://traces.example/T0/part-0123"
    assert [item.line for item in missing.problems] == [3]
    assert "CRM_SIG is not set" in said(missing.problems)
    assert unread.problems == []
    assert unread.settings.targets["crm"].address == unread.settings.targets["crm"].url


def test_a_header_of_a_target_takes_a_reference(tmp_path: Path) -> None:
    file = tmp_path / "automator.yaml"
    (tmp_path / "key").write_text("from-a-file-0123\n", encoding="utf-8")
    file.write_text(
        "targets:\n  crm:\n    url: https://crm.example/in\n    headers:\n"
        "      authorization: Bearer env:CRM_TOKEN\n"
        f"      x-api-key: file:{tmp_path / 'key'}\n"
        "      x-shop: main\n",
        encoding="utf-8",
    )

    config = load_config(file, tmp_path, demo=False, environ={"CRM_TOKEN": "from-outside-0123"})
    missing = load_config(file, tmp_path, demo=False, environ={})

    target = config.require().settings.targets["crm"]
    assert target.plain_headers() == {
        "authorization": "Bearer from-outside-0123",
        "x-api-key": "from-a-file-0123",
        "x-shop": "main",
    }
    assert {"from-outside-0123", "from-a-file-0123"} <= {item.reveal() for item in target.secrets()}
    assert "from-" not in repr(target)
    assert "CRM_TOKEN is not set" in said(missing.problems)


@pytest.mark.parametrize("provider", BUILTIN)
def test_no_key_that_one_provider_shows_is_a_secret_of_another(provider: str) -> None:
    assert shown_keys(frozenset({provider})) <= shown_keys(frozenset(BUILTIN))


@pytest.mark.timeout(20)
@pytest.mark.parametrize("unit", ["://a", "?"])
def test_a_long_address_with_a_problem_is_shown_in_time(tmp_path: Path, unit: str) -> None:
    problems = loaded(tmp_path, f"targets:\n  crm: {{url: '{unit * 60_000}', urll: x}}\n").problems

    assert problems
