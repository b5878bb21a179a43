"""Makes the settings of the demo: a connection of every provider, answered by the sandbox.

Nothing here needs an account, and nothing leaves the machine. The secrets come from a seed that is
created once for each data folder, so that `automator send` can sign what `automator serve --demo`
checks.
"""

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from automator.configuration.secrets import Secret
from automator.configuration.settings import Settings
from automator.model import N_, SettingsError
from automator.plugins import DEMO_SECRET, Provider
from automator.providers import BUILTIN
from automator.server.shared.literal_secrets import types_in

SECRETS_FILE = "demo-secrets.json"
_SEED = "seed"
#: Names of connections that are not `demo-` followed by the provider.
_NAMES = {
    "facebook": "demo-page",
    "zalo": "demo-oa",
    "generic": "demo-orders",
    "standard_webhooks": "demo-hooks",
}


def demo_name(provider: str) -> str:
    """The name of the demo's connection of a provider."""
    return _NAMES.get(provider) or f"demo-{provider.replace('_', '-')}"


def demo_settings(data: Path, url: str) -> Settings:
    """The settings of a demo that answers at `url`.

    Raises:
        SettingsError: the file with the seed of the demo's secrets cannot be read.
    """
    seed = _demo_seed(data)
    sandbox = f"{url}/sandbox"
    connections = {
        demo_name(provider.name): _demo_connection(
            provider, sandbox, partial(_secret, seed, provider.name)
        )
        for provider in BUILTIN.values()
    }
    target = {"url": f"{sandbox}/target/demo-target", "secret": _secret(seed, "target", "secret")}
    scheme, _, place = sandbox.partition("://")
    receiver = f"json{'s' if scheme == 'https' else ''}://{place}/notify/ops"
    return Settings.model_validate(
        {
            "connections": connections,
            "targets": {"demo-target": target},
            "notify": {"ops": receiver},
            "model": {"url": f"{sandbox}/model/v1/chat/completions", "name": "demo"},
            "egress": {"allow": [url.partition("://")[2]]},
            "vars": {"shop": "Áo Đẹp"},
            "disk": {"reserve": 0},
        }
    )


def _demo_connection(
    provider: type[Provider], sandbox: str, secret: Callable[[str], str]
) -> dict[str, Any]:
    """The keys of one connection: the provider's demo options, secrets, and sandbox addresses."""
    own = _filled(provider.demo_options, secret)
    made: dict[str, Any] = {"provider": provider.name, **own}
    for option, field in provider.options_model.model_fields.items():
        if option in own:
            continue
        if Secret in types_in(field.annotation):
            made[option] = secret(option)
        elif option.endswith("_url") and isinstance(field.default, str):
            # The sandbox plays each API under the provider's name, with the path of the real API.
            made[option] = f"{sandbox}/{provider.name}{urlsplit(field.default).path}"
    return {option: value for option, value in made.items() if value is not None}


def _filled(value: Any, secret: Callable[[str], str]) -> Any:
    """Demo options of a provider, with secrets in place of `DEMO_SECRET`."""
    if isinstance(value, dict):
        return {
            key: secret(key) if inner == DEMO_SECRET else _filled(inner, secret)
            for key, inner in value.items()
        }
    return value


def _secret(seed: str, owner: str, option: str) -> str:
    name = f"{owner}.{option}"
    return hmac.new(seed.encode(), name.encode(), hashlib.sha256).hexdigest()


def _demo_seed(data: Path) -> str:
    path = data / SECRETS_FILE
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read_seed(path)
    made = secrets.token_hex(24)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump({_SEED: made}, file)
    return made


def _read_seed(path: Path) -> str:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if _SEED not in found:
            # An older version of the demo wrote the file, without a seed.
            found[_SEED] = secrets.token_hex(24)
            path.write_text(json.dumps(found), encoding="utf-8")
        return str(found[_SEED])
    except (OSError, ValueError, TypeError) as error:
        raise SettingsError(
            N_("{path} cannot be read"),
            fix=N_("Delete it; the next start of the demo makes a new one."),
            path=path,
        ) from error
