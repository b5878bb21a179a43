"""WeChat official accounts: messages, follows and menus, plain or encrypted.

`encryption.py` decrypts deliveries, and `messages.py` reads them. Open `provider.py` first.
"""

from automator.providers.wechat.provider import WeChatProvider

__all__ = ["WeChatProvider"]
