"""Problems of the certificate files of targets."""

from automator.model import N_, Reason
from automator.reasons.kind import problem


@problem(
    "certificate-file",
    N_("{path} cannot be read: {said}"),
    N_("compare the path, and let the user of the server read the file."),
)
def tls_file_unreadable(*, path: str, said: Reason) -> None: ...
@problem(
    "certificate-file",
    N_("{path} has no certificate in the form PEM"),
    N_(
        "name a file with -----BEGIN CERTIFICATE-----; another form becomes one by: openssl x509"
        " -in {path} -inform der -out FILE."
    ),
)
def tls_no_certificate(*, path: str) -> None: ...
@problem(
    "certificate-file",
    N_("{path} has no private key in the form PEM"),
    N_("name the file of the key in client_key, or put the key behind the certificate."),
)
def tls_no_key(*, path: str) -> None: ...
@problem(
    "certificate-file",
    N_("the private key in {path} has a password"),
    N_("write it without: openssl pkey -in {path} -out FILE; only the server's user may read it."),
)
def tls_key_with_password(*, path: str) -> None: ...
@problem(
    "certificate-file",
    N_("the private key in {path} does not belong to the first certificate in {certificate}"),
    N_(
        "name the key that the certificate was made with. In a file with several certificates our"
        " own comes first."
    ),
)
def tls_other_key(*, path: str, certificate: str) -> None: ...
@problem(
    "certificate-file",
    N_("the certificate and the key cannot be used: {path}: {said}"),
    N_("have them made anew, with a key that is long enough."),
)
def tls_not_taken(*, path: str, said: str) -> None: ...
@problem(
    "certificate-ended",
    N_("the certificate in {path} has been invalid since {since:time}"),
    N_("put a new one into the file; the next connection uses it, without a restart."),
)
def tls_ended(*, path: str, since: int) -> None: ...
@problem(
    "certificate-unused",
    N_("'{key}' is not used: it needs https:// in url, and client_key a client_certificate"),
    N_("add what is missing, or remove the key."),
)
def tls_unused(*, key: str) -> None: ...
