"""WeChat official accounts: messages, follows and menus, plain or encrypted.

https://developers.weixin.qq.com/doc/offiaccount/Basic_Information/Access_Overview.html
"""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
    demo_options: ClassVar[Mapping[str, Any]] = {"encoding_aes_key": None}
