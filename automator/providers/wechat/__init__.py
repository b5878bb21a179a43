"""WeChat official accounts: messages, follows and menus, plain or encrypted."""

from automator.providers.wechat.provider import WeChatProvider

__all__ = ["WeChatProvider"]
