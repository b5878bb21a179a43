"""TLS to targets with files of their own: who vouches for the target, and who this server is."""

import logging
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from automator.configuration.target import Target
from automator.model import Reason, WrongValue
from automator.reasons.problems.configuration import certificates as reasons
from automator.reasons.quoted import os_reason

logger = logging.getLogger(__name__)

#: What the other side says at the end of a handshake if it does not accept our certificate.
_REFUSALS = ("CERTIFICATE", "UNKNOWN_CA", "ACCESS_DENIED")


def new_context(ca: str = "") -> ssl.SSLContext:
    """The TLS of the client. The file `ca` vouches for servers; without it, the system does."""
    context = ssl.create_default_context(cafile=ca or None)
    context.set_alpn_protocols(["http/1.1"])
    return context


class TargetTls:
    """The TLS of one target. Its files may be replaced while the server runs."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._context: ssl.SSLContext | None = None
        self._stamps: list[tuple[int, ...]] = []

    def context(self) -> ssl.SSLContext:
        """The context for a new connection; reads the files if one of them has changed.

        While changed files do not fit together, the earlier ones count, so that they may be
        replaced one after the other. Blocks, and may be called in several threads.

        Raises:
            WrongValue: a file cannot be used, and none was read before.
        """
        # Taken before reading: a file that changes meanwhile is read again for the next one.
        stamps = [_stamp(path) for path in self._target.tls_files.values()]
        if self._context is None or stamps != self._stamps:
            try:
                self._context = read_context(self._target)
            except WrongValue as wrong:
                if self._context is None:
                    raise
                logger.warning("tls.files_not_taken: %s", wrong.reason)
            self._stamps = stamps
        return self._context


def _stamp(path: str) -> tuple[int, ...]:
    try:
        found = Path(path).stat()
    except OSError:
        return ()
    return found.st_ino, found.st_size, found.st_mtime_ns


def read_context(target: Target) -> ssl.SSLContext:
    """Reads the files of a target.

    Raises:
        WrongValue: a file is missing, has not what is needed, or does not fit another one; `at` is
            the key of the target that names it.
    """
    context = _vouched_for("ca", target.ca)
    if not target.client_certificate:
        return context
    # OpenSSL does not say which of two files is at fault: this one has a certificate, or is told.
    _vouched_for("client_certificate", target.client_certificate)
    key = "client_key" if target.client_key else "client_certificate"
    path = target.tls_files[key]

    def asked_for_password() -> str:
        raise WrongValue(reasons.tls_key_with_password(path=path), (key,))

    try:
        context.load_cert_chain(target.client_certificate, path, password=asked_for_password)
    except ssl.SSLError as error:
        said = error.reason or ""
        if "MISMATCH" in said:
            why = reasons.tls_other_key(path=path, certificate=target.client_certificate)
        elif said:
            why = reasons.tls_not_taken(path=path, said=said)
        else:
            why = reasons.tls_no_key(path=path)
        raise WrongValue(why, (key,)) from error
    except OSError as error:
        raise _unreadable(key, path, error) from error
    return context


def _vouched_for(key: str, path: str) -> ssl.SSLContext:
    try:
        return new_context(path)
    except ssl.SSLError as error:
        raise WrongValue(reasons.tls_no_certificate(path=path), (key,)) from error
    except OSError as error:
        raise _unreadable(key, path, error) from error


def _unreadable(key: str, path: str, error: OSError) -> WrongValue:
    return WrongValue(reasons.tls_file_unreadable(path=path, said=os_reason(error)), (key,))


def ended(target: Target, now_ms: int) -> Iterator[tuple[str, Reason]]:
    """Finds certificates in the files that `read_context` took which have ended, by their keys."""
    from cryptography.x509 import load_pem_x509_certificates  # noqa: PLC0415 - 7 MB, for few targets.

    now = datetime.fromtimestamp(now_ms / 1000, UTC)
    for key, path in (("ca", target.ca), ("client_certificate", target.client_certificate)):
        try:
            found = load_pem_x509_certificates(Path(path).read_bytes()) if path else []
        except (OSError, ValueError):
            continue  # OpenSSL has taken it: only its end is not known.
        ends = [one.not_valid_after_utc for one in found]
        # Of several authorities some are kept for long; in a chain our own is first.
        if ends and (last := max(ends) if key == "ca" else ends[0]) < now:
            yield key, reasons.tls_ended(path=path, since=int(last.timestamp() * 1000))


def refuses_certificate(error: BaseException | None) -> bool:
    """Whether an error says that the other side ended the handshake because of our certificate."""
    said = error.reason or "" if isinstance(error, ssl.SSLError) else ""
    return "ALERT" in said and any(word in said for word in _REFUSALS)
