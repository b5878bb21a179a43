import pytest

from automator.configuration.secrets import Secret
from automator.configuration.settings import Egress, Settings
from automator.engine.composition import all_secrets
from automator.engine.network.proxy import Proxy
from automator.model import WrongValue


def proxy(address: str, *no_proxy: str) -> Proxy:
    found = Proxy.of(Egress(proxy=Secret(address), no_proxy=no_proxy))
    assert found is not None
    return found


def test_without_the_setting_there_is_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")

    assert Proxy.of(Egress()) is None


@pytest.mark.parametrize(
    "address",
    [
        "proxy.example:3128",
        "https://proxy.example:3128",
        "socks5://proxy.example:1080",
        "http://proxy.example",
        "http://:3128",
        "http://proxy.example:99999",
        "http://proxy.example:3128/path",
        "http://[::1:3128",
    ],
)
def test_another_address_is_refused_without_being_repeated(address: str) -> None:
    with pytest.raises(WrongValue) as caught:
        proxy(address)

    assert "3128" not in str(caught.value)


def test_a_login_is_sent_decoded_and_never_shown() -> None:
    found = proxy("http://shop:p%40ss%3Aword-1@proxy.example:3128")

    assert found.header == "Proxy-Authorization: Basic c2hvcDpwQHNzOndvcmQtMQ==\r\n"
    assert "p@ss" not in repr(found) + found.name
    assert [secret.reveal() for secret in found.secrets()] == ["p@ss:word-1", "shop:p@ss:word-1"]


def test_a_login_is_a_secret_of_the_configuration() -> None:
    settings = Settings(egress=Egress(proxy=Secret("http://shop:word-one@proxy.example:3128")))

    known = {secret.reveal() for secret in all_secrets({}, settings)}

    assert {"word-one", "shop:word-one"} <= known


@pytest.mark.parametrize(
    ("host", "is_taken"),
    [
        ("crm.example", False),
        ("a.b.crm.example", False),
        ("crm.example.", False),
        ("xcrm.example", True),
        ("example", True),
        ("10.0.0.5", False),
        ("110.0.0.5", True),
        ("fd00::5", False),
        ("fd00::6", True),
    ],
)
def test_a_domain_that_is_left_out_counts_with_everything_below_it(
    host: str, is_taken: bool
) -> None:
    found = proxy("http://proxy.example:3128", ".CRM.example", "10.0.0.5", "fd00::5")

    assert found.takes(host) is is_taken
