"""Notices that tracked links were made with a key that this server does not have.

The database has the fingerprint of the key with which the latest started server makes links. A
server that lacks this key answers these links with 404.
"""

from automator.engine.links.link_tokens import LinkKeys
from automator.store import Store, TinyDB

_SET = "link-key"


async def replaces_unknown_key(keys: LinkKeys, store: Store) -> bool:
    """Stores this server's key as the latest one. Returns whether the previous key is unknown here,
    so that this server cannot read its links.

    Raises:
        StoreUnavailableError: nothing can be stored now.
    """
    ours = keys.fingerprints

    def note(documents: TinyDB) -> bool:
        known = [document["fingerprint"] for document in documents.all()]
        if known != [ours[0]]:
            documents.truncate()
            documents.insert({"fingerprint": ours[0]})
        return any(one not in ours for one in known)

    return await store.documents.edit(_SET, note)
