"""Kinds of senders: how to trust each, read it, and act through it."""

from collections.abc import Mapping

from automator.http.types import QuotaReport
from automator.model import MessagingPolicy
from automator.plugins import OutgoingKind, Provider
from automator.providers.cloudevents import CloudEventsProvider
from automator.providers.discord import DiscordProvider
from automator.providers.dropbox import DropboxProvider
from automator.providers.facebook import FacebookProvider
from automator.providers.generic import GenericProvider
from automator.providers.github import GitHubProvider
from automator.providers.gitlab import GitLabProvider
from automator.providers.instagram import InstagramProvider
from automator.providers.line import LineProvider
from automator.providers.shopify import ShopifyProvider
from automator.providers.slack import SlackProvider
from automator.providers.standard_webhooks import StandardWebhooksProvider
from automator.providers.stripe import StripeProvider
from automator.providers.telegram import TelegramProvider
from automator.providers.twilio import TwilioProvider
from automator.providers.twitch import TwitchProvider
from automator.providers.websub import WebSubProvider
from automator.providers.wechat import WeChatProvider
from automator.providers.whatsapp import WhatsAppProvider
from automator.providers.x import XProvider
from automator.providers.zalo import ZaloProvider
from automator.providers.zoom import ZoomProvider

#: Every provider that comes with the package. A new one is one file or folder, and one line here.
BUILTIN: tuple[type[Provider], ...] = (
    FacebookProvider,
    InstagramProvider,
    WhatsAppProvider,
    ZaloProvider,
    TelegramProvider,
    LineProvider,
    SlackProvider,
    DiscordProvider,
    XProvider,
    GitHubProvider,
    GitLabProvider,
    StripeProvider,
    ShopifyProvider,
    TwilioProvider,
    ZoomProvider,
    TwitchProvider,
    DropboxProvider,
    WebSubProvider,
    WeChatProvider,
    StandardWebhooksProvider,
    CloudEventsProvider,
    GenericProvider,
)


#: Providers of one platform share theirs.
_USAGE_READERS = tuple(
    dict.fromkeys(item.read_quota for item in BUILTIN if item.read_quota is not Provider.read_quota)
)


def provider_classes() -> Mapping[str, type[Provider]]:
    """The providers by the name that a connection writes under `provider`."""
    return {provider.name: provider for provider in BUILTIN}


def abilities() -> Mapping[str, frozenset[OutgoingKind]]:
    """What can be sent through each kind of provider, by its name."""
    return {provider.name: provider.can_send for provider in BUILTIN}


def read_quota(headers: Mapping[str, str]) -> QuotaReport | None:
    """The share of a platform's quota that is used, as an answer says; None when it does not."""
    for read in _USAGE_READERS:
        usage = read(headers)
        if usage is not None:
            return usage
    return None


def messaging_policies() -> Mapping[str, MessagingPolicy]:
    """When the platforms let messages out, by the name of the provider; others set no limits."""
    return {provider.name: provider.policy for provider in BUILTIN if provider.policy is not None}
