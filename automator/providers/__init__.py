"""Senders of deliveries, each with its checks of a delivery, its events and its actions.

A sender that needs more than one file has a folder; open the folder's module `provider` first.
`shared/` holds parts that several senders share, and `meta/` the parts that Facebook, Instagram and
WhatsApp share. `samples/` holds deliveries in each sender's form, and `simulator.py` builds signed
requests from the samples. Every provider implements `automator.plugins.Provider`. Open `dropbox.py`
first: it is a small provider.
"""

from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from typing import Any, Final

from automator.http.types import QuotaReport, ReadQuota
from automator.plugins import Provider


class _Providers(Mapping[str, type[Provider]]):
    """Providers by name. Each is imported when it is first asked for, as a server
    needs only a few.
    """

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


#: Every provider that comes with the package, under the name that a connection gives as
#: `provider`. A new provider needs one file or folder, and one line here.
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
    """Makes the function that reads the used share of a quota from the answers of the connections'
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
