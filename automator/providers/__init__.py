"""Kinds of senders: how to verify each, read it, and act through it.

A sender that needs more than one file has a folder, whose module `provider` is the one to open
first; `shared/` has what several senders have in common, and `meta/` what Facebook, Instagram and
WhatsApp have. `samples/` has deliveries as each sender makes them, and `simulator.py` builds signed
requests of them. The contract is `automator.plugins.Provider`. Open `dropbox.py` first: it is a
small provider.
"""

from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from typing import Any, Final

from automator.http.types import QuotaReport, ReadQuota
from automator.plugins import Provider


class _Providers(Mapping[str, type[Provider]]):
    """Providers by name, each imported when it is asked for: a server needs few of them."""

    def __init__(self, classes: Mapping[str, str]) -> None:
        #: The class of each; its module has the provider's name.
        self._classes = classes
        self._imported: dict[str, type[Provider]] = {}

    def __getitem__(self, name: str) -> type[Provider]:
        found = self._imported.get(name)
        if found is None:
            of_class = self._classes[name]
            found = getattr(import_module(f"{__name__}.{name}"), of_class)
            self._imported[name] = found
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._classes)

    def __len__(self) -> int:
        return len(self._classes)

    def __contains__(self, name: object) -> bool:
        return name in self._classes


#: Every provider that comes with the package, by the name that a connection writes under
#: `provider`. A new one is one file or folder, and one line here.
BUILTIN: Final = _Providers(
    {
        "facebook": "FacebookProvider",
        "instagram": "InstagramProvider",
        "whatsapp": "WhatsAppProvider",
        "zalo": "ZaloProvider",
        "telegram": "TelegramProvider",
        "line": "LineProvider",
        "slack": "SlackProvider",
        "discord": "DiscordProvider",
        "x": "XProvider",
        "github": "GitHubProvider",
        "gitlab": "GitLabProvider",
        "stripe": "StripeProvider",
        "shopify": "ShopifyProvider",
        "twilio": "TwilioProvider",
        "zoom": "ZoomProvider",
        "twitch": "TwitchProvider",
        "dropbox": "DropboxProvider",
        "websub": "WebSubProvider",
        "wechat": "WeChatProvider",
        "standard_webhooks": "StandardWebhooksProvider",
        "cloudevents": "CloudEventsProvider",
        "generic": "GenericProvider",
    }
)


class ProviderAttribute(Mapping[str, Any]):
    """An attribute of every provider's class, by the provider's name."""

    def __init__(self, attribute: str) -> None:
        self._attribute = attribute

    def __getitem__(self, name: str) -> Any:
        return getattr(BUILTIN[name], self._attribute)

    def __iter__(self) -> Iterator[str]:
        return iter(BUILTIN)

    def __len__(self) -> int:
        return len(BUILTIN)

    def __contains__(self, name: object) -> bool:
        return name in BUILTIN

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._attribute!r})"


def quota_reader(connections: Iterable[Provider]) -> ReadQuota:
    """Makes the reader that finds the used share of a quota in the answers of these connections'
    platforms.
    """
    # Providers of one platform share one reader.
    readers = dict.fromkeys(type(item).read_quota for item in connections)
    readers.pop(Provider.read_quota, None)

    def read_quota(headers: Mapping[str, str]) -> QuotaReport | None:
        for read in readers:
            usage = read(headers)
            if usage is not None:
                return usage
        return None

    return read_quota
