"""WeChat official accounts: messages, follows and menus, plain or encrypted.

`provider.py` decrypts deliveries and reads them. Open `provider.py` first.
"""

from automator.providers.wechat.provider import WeChatProvider

__all__ = ["WeChatProvider"]
