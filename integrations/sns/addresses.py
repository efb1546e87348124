"""Which addresses in a message are Amazon's own: nothing else is ever called because a message says so.

Amazon SNS, "Verifying the signatures of Amazon SNS messages": the certificate is SNS's own, and comes by HTTPS.
"""

import re
from urllib.parse import parse_qsl, urlsplit

# The whole address is matched, so that no reader of addresses can find another host in it than this one.
_HOST = r"https://sns\.(?P<region>[a-z]{2,4}(?:-[a-z]+){1,3}-[0-9]{1,2})\.amazonaws\.(?P<suffix>com\.cn|com|eu)"
_CERTIFICATE = re.compile(_HOST + r"/[A-Za-z0-9_-]+\.pem")
_CONFIRMATION = re.compile(_HOST + r"/\?[A-Za-z0-9%&=:._~+-]+")
CONFIRM = "ConfirmSubscription"
# Regions that are apart from the rest have a domain of their own: China's, and the European Sovereign Cloud's.
_SUFFIXES = {"cn": "com.cn", "eusc": "eu"}


def is_certificate(url: str) -> bool:
    """Whether SNS keeps a certificate there that it signs with."""
    return _is_amazons(_CERTIFICATE, url)


def is_confirmation(url: str, topic: str, token: str) -> bool:
    """Whether a visit there confirms the subscription to the topic that the token is of, and does nothing else."""
    said = {"Action": CONFIRM, "TopicArn": topic, "Token": token}
    return _is_amazons(_CONFIRMATION, url) and sorted(parse_qsl(urlsplit(url).query)) == sorted(said.items())


def _is_amazons(form: re.Pattern[str], url: str) -> bool:
    found = form.fullmatch(url)
    return found is not None and found["suffix"] == _SUFFIXES.get(found["region"].partition("-")[0], "com")
