"""What SNS posts: an envelope around what was published, with Amazon's signature.

Amazon SNS, "HTTP/HTTPS notification JSON format" and "Verifying the signatures of Amazon SNS messages". The signature
is Amazon's, the same for everybody who has topics there: it proves what was published where, not who asked for it.
"""

import base64
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from incidentio.core.errors import Malformed
from incidentio.core.parsing import parse_json
from integrations.base import Arrived, Forged
from integrations.sns.certificates import key_at

NOTIFICATION, SUBSCRIPTION, END = "Notification", "SubscriptionConfirmation", "UnsubscribeConfirmation"
_OF_CONFIRMATIONS = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
# What is signed, in this order; where a notification has no subject, none is signed.
SIGNED = {
    NOTIFICATION: ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    SUBSCRIPTION: _OF_CONFIRMATIONS,
    END: _OF_CONFIRMATIONS,
}
MAY_LACK = ("Subject",)
_DIGESTS: Mapping[str, hashes.HashAlgorithm] = {
    "1": hashes.SHA1(),  # noqa: S303  what Amazon signs with unless the topic says otherwise
    "2": hashes.SHA256(),
}
RAW = "x-amz-sns-rawdelivery"


def is_raw(arrived: Arrived) -> bool:
    """Whether SNS posts what was published without its envelope, and so without a signature."""
    return arrived.headers.get(RAW, "").strip().lower() == "true"


def verify(arrived: Arrived, topic: str) -> None:
    """Check Amazon's signature, and that the message is of the topic, if people named one. What is posted raw proves
    neither; it is taken only where no topic was named, for the sake of the source's own secret.

    Raises:
        Forged: it is not Amazon's, or of another topic.
        NotYet: the certificate is not known yet.
        Malformed: it is not JSON.
    """
    if is_raw(arrived):
        if topic:
            raise Forged("Raw messages are not signed: switch raw message delivery off, or name no topic at the source")
        return
    message = _envelope(arrived.body)
    if topic and text_in(message, "TopicArn") != topic.strip():
        raise Forged("The message is of another topic than the one that the source names")
    _check_signature(message)


def _envelope(body: bytes) -> Mapping[str, Any]:
    message = parse_json(body)
    if not isinstance(message, dict):
        raise Malformed("invalid_value", "Must be a JSON object")
    return message


def _check_signature(message: Mapping[str, Any]) -> None:
    digest = _DIGESTS.get(text_in(message, "SignatureVersion"))
    if digest is None:
        raise Forged("The message has no SignatureVersion that the hub knows (1 or 2)")
    signed = _signed(message)
    try:
        signature = base64.b64decode(text_in(message, "Signature"), validate=True)
        key_at(text_in(message, "SigningCertURL")).verify(signature, signed, padding.PKCS1v15(), digest)
    except (ValueError, InvalidSignature):  # what is no base64 is a ValueError
        raise Forged("The signature is not Amazon's of this message") from None


def _signed(message: Mapping[str, Any]) -> bytes:
    """The text that Amazon signs: each field that counts, and what it says, on lines of their own."""
    names = SIGNED.get(text_in(message, "Type"))
    if names is None:
        raise Forged("The message is of no Type that SNS signs")
    said = [(name, message.get(name)) for name in names if name not in MAY_LACK or message.get(name) is not None]
    if not all(isinstance(value, str) for _, value in said):
        raise Forged(f"The message lacks something that SNS signs: {', '.join(names)}")
    return "".join(f"{name}\n{value}\n" for name, value in said).encode()


def text_in(message: Mapping[str, Any], name: str) -> str:
    """What the message says there; nothing if it is no text."""
    value = message.get(name)
    return value if isinstance(value, str) else ""
