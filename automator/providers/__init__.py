"""Providers: one for each kind of sender, with its verification, its events and its messages.

Every provider implements `automator.plugins.Provider`. A provider that needs more than one file has
a folder, with the class in its module `provider`. `shared/` has parts for all providers, and
`meta/` parts for Facebook, Instagram and WhatsApp. `samples/` has deliveries as each sender writes
them, and `simulator.py` builds signed requests from these. Open `dropbox.py` first: it is a small
provider.
"""

from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from typing import Any, Final

from automator.http.types import QuotaReport, ReadQuota
from automator.plugins import Provider


class _Providers(Mapping[str, type[Provider]]):
    """The classes of providers by name, each imported when it is first used: a server needs few."""

    def __init__(self, classes: Mapping[str, str]) -> None:
        #: The name of each provider's class; its module has the provider's name.
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


#: Every provider of this package, by its name in a connection's `provider`. A new provider needs
#: one file or folder, and one line here.
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
    """The value of one class attribute for each provider, by the provider's name."""

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
    """Makes the function that reads the used part of a quota from an answer of any of the
    connections' platforms.
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
