"""The settings of a server, and where it is reached."""

from pathlib import Path

import pytest

from automator.model import Severity
from automator.server.reading.config import load_config, local_url
from tests.support.words import rendered


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8080"),
        ("0.0.0.0", "http://127.0.0.1:8080"),  # noqa: S104 - nothing is bound
        ("::", "http://[::1]:8080"),
        ("192.168.1.5", "http://192.168.1.5:8080"),
    ],
)
def test_a_server_on_every_address_is_reached_over_loopback(host: str, url: str) -> None:
    assert local_url(host, 8080) == url


def test_no_connection_can_take_the_name_of_the_schedules(tmp_path: Path) -> None:
    file = tmp_path / "automator.yaml"
    file.write_text(
        "connections:\n  schedule: {provider: github, secret: env:S}\n", encoding="utf-8"
    )

    config = load_config(file, tmp_path, demo=False, resolve_secrets=False)

    assert [(problem.line, problem.code) for problem in config.problems] == [(2, "reserved-name")]
    assert config.connections == {}


@pytest.mark.parametrize(
    ("url", "allow", "codes"),
    [
        ("https://hooks.example.com/hooks/orders", "", ["own-address"]),
        ("https://HOOKS.example.com:443/hooks/orders", "", ["own-address"]),
        ("https://hooks.example.com:8443/in", "", []),
        ("https://crm.example.com/in", "", []),
        ("https://hooks.example.com/hooks/orders", "hooks.example.com:443", []),
    ],
)
def test_a_target_that_is_this_server_itself_is_an_error_unless_it_is_listed(
    url: str, allow: str, codes: list[str], tmp_path: Path
) -> None:
    file = tmp_path / "automator.yaml"
    file.write_text(
        "public_url: https://hooks.example.com/\n"
        f"targets:\n  crm: {{url: {url}}}\n"
        f"egress: {{allow: ['{allow}']}}\n".replace("['']", "[]"),
        encoding="utf-8",
    )

    config = load_config(file, tmp_path, demo=False, resolve_secrets=False)

    assert [problem.code for problem in config.problems] == codes
    assert [(problem.line, problem.column) for problem in config.problems] == [
        (3, 14) for _ in codes
    ]


@pytest.mark.parametrize(
    ("sign", "codes"),
    [
        ("keywords(event.text, ['giá'])", []),
        ("phones(event.text)", []),
        ("keyword(event.text, ['giá'])", ["wrong-value"]),
        ("event.text ==", ["wrong-value"]),
        ("contact.tags", ["wrong-value"]),
    ],
)
def test_a_sign_of_missed_buyers_is_a_condition_over_the_event(
    sign: str, codes: list[str], tmp_path: Path
) -> None:
    file = tmp_path / "automator.yaml"
    file.write_text(f'missed_buyers:\n  signs:\n    own: "{sign}"\n', encoding="utf-8")

    config = load_config(file, tmp_path, demo=False)

    assert [problem.code for problem in config.problems] == codes
    assert {problem.line for problem in config.problems} <= {3}


@pytest.mark.parametrize(
    ("address", "codes"),
    [
        ("tgram://123456:AAsecret_secret/5", []),
        ("https://hooks.slack.com/services/T1/B2/secret_secret", []),
        ("tgram://secret_secret", ["notify-address"]),
        ("twilio://a:secret_secret@b/c", ["notify-address"]),
        ("secret_secret", ["notify-address"]),
        ("jsons://h.example/x?secret_secret=no", ["notify-address"]),
    ],
)
def test_an_address_that_nobody_can_be_told_by_is_an_error_that_does_not_show_it(
    address: str, codes: list[str], tmp_path: Path
) -> None:
    file = tmp_path / "automator.yaml"
    file.write_text("vars: {}\nnotify:\n  ops: env:OPS\n", encoding="utf-8")

    config = load_config(file, tmp_path, demo=False, environ={"OPS": address})

    assert [(problem.line, problem.code) for problem in config.problems] == [
        (3, code) for code in codes
    ]
    assert "AAsecret" not in rendered(config.problems)
    unread = load_config(file, tmp_path, demo=False, resolve_secrets=False)
    assert unread.problems == []


@pytest.mark.parametrize(("low", "problems"), [(499, [(3, "wrong-value")]), (500, []), ("", [])])
def test_a_disk_is_not_told_of_only_after_deliveries_are_refused(
    low: object, problems: list[tuple[int, str]], tmp_path: Path
) -> None:
    file = tmp_path / "automator.yaml"
    file.write_text(f"disk:\n  low: {low}\n  keep_free: 500\n", encoding="utf-8")

    config = load_config(file, tmp_path, demo=False)

    assert [(problem.line, problem.code) for problem in config.problems] == problems


def test_an_address_in_the_file_itself_is_warned_of_and_not_shown(tmp_path: Path) -> None:
    file = tmp_path / "automator.yaml"
    file.write_text("notify:\n  ops: tgram://123456:AAsecret_secret/5\n", encoding="utf-8")

    (problem,) = load_config(file, tmp_path, demo=False).problems

    assert (problem.code, problem.severity, problem.line) == (
        "literal-secret",
        Severity.WARNING,
        2,
    )
    assert "secret_secret" not in rendered([problem])


@pytest.mark.parametrize(
    ("first_line", "url", "codes"),
    [
        ("public_url: https://hooks.example.com/", "https://hooks.example.com/hooks/sms", []),
        ("vars: {}", None, ["no-address"]),
    ],
)
def test_a_provider_that_signs_addresses_learns_its_own_from_the_settings(
    first_line: str, url: str | None, codes: list[str], tmp_path: Path
) -> None:
    file = tmp_path / "automator.yaml"
    file.write_text(
        f"{first_line}\nconnections:\n  sms: {{provider: twilio, auth_token: 0123456789abcdef}}\n",
        encoding="utf-8",
    )

    config = load_config(file, tmp_path, demo=False)

    assert [item.code for item in config.problems if item.severity is Severity.ERROR] == codes
    assert [item.line for item in config.problems if item.code == "no-address"] == [
        3 for _ in codes
    ]
    found = {dict(item.options)["url"] for item in config.connections.values()}
    assert found == ({url} if url else set())


@pytest.mark.parametrize(
    ("connection", "codes"),
    [
        ("{provider: generic, verify: {none: true}}", ["checks-nothing"]),
        ("{provider: generic, verify: {none: true}, allow_from: [203.0.113.7]}", []),
        ("{provider: generic, verify: {token: env:S, mode: observe}}", ["only-observes"]),
        ("{provider: github, secret: env:S, verify: observe}", ["only-observes"]),
        ("{provider: github, secret: env:S}", []),
        ("{provider: github, secret: env:S, headers: [x-shop]}", []),
        (
            "{provider: github, secret: env:S, headers: [X-Hub-Signature-256, x-shop, X-Api-Key]}",
            ["header-not-shown", "header-not-shown"],
        ),
    ],
)
def test_a_connection_whose_settings_are_doubtful_is_warned_of(
    connection: str, codes: list[str], tmp_path: Path
) -> None:
    file = tmp_path / "automator.yaml"
    file.write_text(f"connections:\n  shop: {connection}\n", encoding="utf-8")

    config = load_config(file, tmp_path, demo=False, resolve_secrets=False)

    assert [problem.code for problem in config.problems] == codes
    assert {problem.severity for problem in config.problems} <= {Severity.WARNING}
    assert config.require() is config


@pytest.mark.parametrize(
    ("provider", "answer", "codes"),
    [
        ("cloudevents, token: env:S", "{status: 202, headers: {x-shop: a}, body: 'ok'}", []),
        ("cloudevents, token: env:S", "{body: '{{ event.delivery }} {{ event.data.id }}'}", []),
        ("cloudevents, token: env:S", "{body: '{{ contact.name }}'}", ["unknown-name"]),
        ("cloudevents, token: env:S", "{body: '{{ delivery }}'}", ["wrong-value"]),
        ("cloudevents, token: env:S", "{body: '{{ body.id '}", ["wrong-value"]),
        ("cloudevents, token: env:S", "{headers: {x-a: '{{ event.delivery }}'}}", ["wrong-value"]),
        ("cloudevents, token: env:S", "{headers: {x-a: '{a: {b: c}}'}}", []),
        ("cloudevents, token: env:S", "{status: 500}", ["wrong-value"]),
        ("cloudevents, token: env:S", "{status: 204, body: x}", ["wrong-value"]),
        *(
            ("cloudevents, token: env:S", f"{{headers: {{{name}: a}}}}", ["wrong-value"])
            for name in (
                *("transfer-encoding", "Content-Length", "connection", "keep-alive", "upgrade"),
                *("set-cookie", "content-security-policy", "access-control-allow-origin"),
                *("x-automator-events", "webhook-id", "cross-origin-opener-policy"),
                *("strict-transport-security", "content-encoding", "'a b'"),
            )
        ),
        ("cloudevents, token: env:S", r'{headers: {x-shop: "a\r\nb: c"}}', ["wrong-value"]),
        ("slack, signing_secret: env:S", "{body: ok}", ["answer-fixed"]),
    ],
)
def test_an_answer_that_cannot_be_given_is_an_error(
    provider: str, answer: str, codes: list[str], tmp_path: Path
) -> None:
    file = tmp_path / "automator.yaml"
    text = f"connections:\n  shop: {{provider: {provider}, answer: {answer}}}\n"
    file.write_text(text, encoding="utf-8")

    config = load_config(file, tmp_path, demo=False, resolve_secrets=False)

    assert [problem.code for problem in config.problems] == codes
    assert {problem.severity for problem in config.problems} <= {Severity.ERROR}


def test_traces_without_their_package_are_an_error_that_says_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "automator.yaml"
    file.write_text("traces: {url: https://traces.example/v1/traces}\n", encoding="utf-8")
    assert load_config(file, tmp_path, demo=False).problems == []

    def missing(name: str) -> None:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr("automator.server.reading.config.find_spec", missing)
    (problem,) = load_config(file, tmp_path, demo=False).problems
    assert (problem.severity, problem.code) == (Severity.ERROR, "traces-not-installed")
    assert "pip install 'automator[traces]'" in rendered([problem], "en")


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "null\n"])
def test_a_file_that_says_nothing_means_the_defaults(text: str, tmp_path: Path) -> None:
    file = tmp_path / "automator.yaml"
    file.write_text(text, encoding="utf-8")

    config = load_config(file, tmp_path, demo=False)

    assert (config.problems, dict(config.connections), config.is_whole) == ([], {}, True)


@pytest.mark.parametrize(
    ("proxy", "place"),
    [
        ("proxy: http://proxy.example:3128", None),
        ("proxy: env:PROXY", None),
        ("proxy: 'http://a:secret-word@b.example:3128'", (1, 17)),
        ("proxy: https://proxy.example:3128", (1, 17)),
        ("proxy: env:WRONG", (1, 17)),
        ("no_proxy: [http://a.example]", (1, 21)),
        ("no_proxy: ['a.example:443']", (1, 21)),
        ("no_proxy: [.a.example, 10.0.0.5, '::1', 'fd00::5']", None),
    ],
)
def test_a_proxy_is_an_address_that_no_problem_repeats(
    proxy: str, place: tuple[int, int] | None, tmp_path: Path
) -> None:
    file = tmp_path / "automator.yaml"
    file.write_text(f"egress: {{{proxy}}}\n", encoding="utf-8")
    environ = {"PROXY": "http://a:secret-word@b.example:3128", "WRONG": "a:secret-word@b.example"}

    config = load_config(file, tmp_path, demo=False, environ=environ)

    assert [(item.line, item.column) for item in config.problems] == ([place] if place else [])
    assert "secret-word" not in rendered(config.problems)


@pytest.mark.parametrize(
    ("url", "no_proxy", "codes"),
    [
        ("https://crm.example/in", "", []),
        ("https://crm.internal/in", "", ["target-out-of-reach"]),
        ("https://crm.internal/in", "internal", []),
        ("https://localhost/in", "", ["target-out-of-reach"]),
        ("https://localhost/in", "localhost", ["target-out-of-reach"]),
    ],
)
def test_a_target_that_the_guard_keeps_from_the_proxy_is_out_of_reach(
    url: str, no_proxy: str, codes: list[str], tmp_path: Path
) -> None:
    file = tmp_path / "automator.yaml"
    file.write_text(
        f"targets:\n  crm: {{url: {url}}}\n"
        f"egress: {{proxy: env:PROXY, no_proxy: ['{no_proxy}']}}\n".replace("['']", "[]"),
        encoding="utf-8",
    )

    # What is wrong is told without reading the address of the proxy, too.
    config = load_config(file, tmp_path, demo=False, resolve_secrets=False)

    assert [problem.code for problem in config.problems] == codes


@pytest.mark.parametrize(
    ("keys", "codes"),
    [
        ("token_url: https://id.example/token", []),
        ("token_url: id.example/token", ["wrong-address"]),
        ("token_url: http://id.example/token", ["token-without-https"]),
        ("token_url: http://id.internal:8080/token", []),
        ("token_url: https://10.0.0.5/token", ["target-out-of-reach"]),
    ],
)
def test_the_secret_of_a_client_goes_only_where_nobody_else_reads_it(
    keys: str, codes: list[str], tmp_path: Path
) -> None:
    file = tmp_path / "automator.yaml"
    file.write_text(
        "targets:\n  crm:\n    url: https://crm.example/in\n"
        f"    oauth2: {{client_id: shop, client_secret: env:SECRET, {keys}}}\n"
        "egress: {allow: ['id.internal:8080']}\n",
        encoding="utf-8",
    )

    config = load_config(file, tmp_path, demo=False, resolve_secrets=False)

    assert [(problem.line, problem.code) for problem in config.problems] == [
        (4, code) for code in codes
    ]


def test_a_target_has_one_authorization(tmp_path: Path) -> None:
    file = tmp_path / "automator.yaml"
    file.write_text(
        "targets:\n  crm:\n    url: https://crm.example/in\n"
        "    headers: {Authorization: Bearer env:TOKEN}\n"
        "    oauth2: {token_url: https://id.example/, client_id: a, client_secret: env:SECRET}\n",
        encoding="utf-8",
    )

    config = load_config(file, tmp_path, demo=False, resolve_secrets=False)

    assert [(item.line, item.code) for item in config.problems] == [(4, "two-accesses")]
