"""The demo: connections with secrets of their own, answered by the provider sandbox next door.

Nothing here needs an account, and nothing leaves the machine. The secrets are made once for each
data folder, so that `automator send` can sign what `automator serve --demo` checks.
"""

import json
import os
import secrets
from pathlib import Path
from typing import Any

from automator.model import SettingsError
from automator.settings import Settings

SECRETS_FILE = "demo-secrets.json"
_NAMES = ("app_secret", "verify_token", "page_token", "github", "orders", "hooks", "target", "oa")


def demo_secrets(data: Path) -> dict[str, str]:
    """The secrets of the demo in this data folder, made at the first call.

    Raises:
        SettingsError: the file is there but cannot be read.
    """
    path = data / SECRETS_FILE
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read(path)
    made = {name: secrets.token_hex(24) for name in _NAMES}
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(made, file)
    return made


def demo_settings(data: Path, url: str) -> Settings:
    """The settings of a demo that answers at `url`."""
    own = demo_secrets(data)
    sandbox = f"{url}/sandbox"
    connections: dict[str, dict[str, Any]] = {
        "demo-page": {
            "provider": "facebook",
            "app_secret": own["app_secret"],
            "verify_token": own["verify_token"],
            "page_access_token": own["page_token"],
            "graph_url": f"{sandbox}/graph/v26.0",
        },
        "demo-oa": {
            "provider": "zalo",
            "app_id": "431000000000000071",
            "oa_id": "219000000000000019",
            "oa_secret": own["oa"],
            "access_token": own["page_token"],
            "api_url": f"{sandbox}/zalo",
            "business_url": f"{sandbox}/zalo",
        },
        "demo-github": {
            "provider": "github",
            "secret": own["github"],
            "token": own["page_token"],
            "api_url": f"{sandbox}/github",
        },
        "demo-orders": {
            "provider": "generic",
            "verify": {
                "hmac": "sha256",
                "header": "x-signature",
                "encoding": "hex",
                "prefix": "sha256=",
                "secret": own["orders"],
            },
            "event": {"type": "body.event", "id": "body.id", "text": "body.note"},
        },
        "demo-hooks": {"provider": "standard_webhooks", "secret": own["hooks"]},
    }
    return Settings.model_validate(
        {
            "connections": connections,
            "targets": {
                "demo-target": {"url": f"{sandbox}/target/demo-target", "secret": own["target"]}
            },
            "egress": {"allow": [url.partition("://")[2]]},
            "vars": {"shop": "Áo Đẹp"},
            "disk": {"reserve": 0},
        }
    )


def _read(path: Path) -> dict[str, str]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        known = {name: str(found[name]) for name in _NAMES if name in found}
        missing = {name: secrets.token_hex(24) for name in _NAMES if name not in known}
        if missing:
            # The demo has grown since the file was made.
            path.write_text(json.dumps({**found, **missing}), encoding="utf-8")
        return {**known, **missing}
    except (OSError, ValueError, TypeError) as error:
        raise SettingsError(
            f"{path} cannot be read",
            fix="Delete it; the next start of the demo makes a new one.",
        ) from error
