"""Amazon's certificates, each fetched once from where a message says it is, if that is Amazon's own place."""

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from django.db.models import Q, QuerySet, TextField
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.tasks import task
from django.utils import timezone

from incidentio.core import http
from incidentio.core.times import rfc3339
from integrations.base import Attempt, Forged, NotYet
from integrations.calling import done, refused
from integrations.models import RemoteObject
from integrations.sns import errands
from integrations.sns.addresses import is_certificate

CERTIFICATE = "certificate"
# SNS sends again at once, then after a second, then later and later.
ASK_AGAIN_SECONDS = 5


def key_at(url: str) -> RSAPublicKey:
    """The public key of the certificate there, which is valid now.

    Raises:
        Forged: no certificate of Amazon's can be there, or is there, or it is not valid now.
        NotYet: it is being fetched.
    """
    if not is_certificate(url):
        raise Forged("SigningCertURL is no address of a certificate at Amazon SNS")
    row = errands.begin(fetch, CERTIFICATE, url, url)
    if row.remote_id == errands.DONE:
        return _key(x509.load_pem_x509_certificate(row.state["pem"].encode()))
    if row.remote_id == errands.REFUSED and row.state["is_final"]:
        raise Forged(f"The certificate at SigningCertURL cannot be used. {row.state['why']}")
    raise NotYet("The certificate that this is signed with is being fetched; send it again", ASK_AGAIN_SECONDS)


@task
def fetch(pk: int) -> None:
    """Fetch a certificate."""
    errands.run(fetch, pk, _judged)


def wake_forgotten() -> None:
    """Have the certificates fetched that somebody was stopped at."""
    errands.wake_forgotten(fetch, CERTIFICATE)


def useless() -> QuerySet[RemoteObject]:
    """The rows that prove nothing any more: of certificates that ended, or that could not be used. One that does not
    say when it ends counts as ended: if it is still used, it is fetched again, and says so.
    """
    known = RemoteObject.objects.filter(tool=errands.TOOL, kind=CERTIFICATE).annotate(
        ends=Cast(KT("state__ends"), TextField())
    )
    ended = Q(remote_id=errands.DONE) & (Q(ends=None) | Q(ends__lt=rfc3339(timezone.now())))
    return known.filter(Q(remote_id=errands.REFUSED) | ended)


def _judged(answer: http.Answer) -> Attempt:
    if answer.status != 200 or answer.truncated:
        return refused(answer, "It is no certificate")
    try:
        certificate = x509.load_pem_x509_certificate(answer.body)
        _key(certificate)
    except (ValueError, Forged) as failure:
        return refused(answer, str(failure))
    ends = rfc3339(certificate.not_valid_after_utc)
    return done(answer, "Fetched a certificate", pem=answer.body.decode(), ends=ends)


def _key(certificate: x509.Certificate) -> RSAPublicKey:
    key, now = certificate.public_key(), timezone.now()
    if not isinstance(key, RSAPublicKey):
        raise Forged("The certificate is not one for RSA, which SNS signs with")
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        raise Forged("The certificate is not valid now")
    return key
