"""The generic provider, for any sender whose signature and body automator.yaml can describe.

`provider.py` has the options that describe the sender, and the provider that follows them. Open
`provider.py` first.
"""

from automator.providers.generic.provider import GenericProvider

__all__ = ["GenericProvider"]
