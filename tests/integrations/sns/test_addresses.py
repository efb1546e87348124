"""Nothing is called because a message says so, unless it is Amazon's own."""

import pytest

from integrations.sns.addresses import is_certificate, is_confirmation

PEM = "SimpleNotificationService-f3ecfb7224c7233fe7bb5f59f96de52f.pem"
HOST = "sns.eu-west-1.amazonaws.com"
TOPIC, TOKEN = "arn:aws:sns:eu-west-1:123456789012:alarms", "2336412f37fb687f5d51e6e241d09c805a5a57b30d712f794c"
QUERY = f"Action=ConfirmSubscription&TopicArn={TOPIC}&Token={TOKEN}"
HOSTS = [
    "sns.us-east-1.amazonaws.com",
    "sns.eu-central-2.amazonaws.com",
    "sns.ap-southeast-3.amazonaws.com",
    "sns.us-gov-west-1.amazonaws.com",
    "sns.me-central-1.amazonaws.com",
    "sns.cn-north-1.amazonaws.com.cn",
    "sns.cn-northwest-1.amazonaws.com.cn",
    "sns.eusc-de-east-1.amazonaws.eu",
]
# What stands between the scheme and the path, as somebody writes it who wants the hub to call them.
OTHERS = [
    "",
    "amazonaws.com",
    "sns.amazonaws.com",
    "sns..amazonaws.com",
    "eu-west-1.amazonaws.com",
    "sns.eu-west-1.amazonaws.com.evil.example",
    "sns.eu-west-1.amazonaws.com.cn",
    "sns.cn-north-1.amazonaws.com",
    "sns.eu-west-1.amazonaws.eu",
    "sns.cn-north-1.amazonaws.eu",
    "sns.eusc-de-east-1.amazonaws.com",
    "sns.eusc-de-east-1.amazonaws.eu.evil.example",
    "sns.eusc-de-east-1.amazonaws.eu.com",
    "sns.eu-west-1.amazonaws.co",
    "sns.eu-west-1.amazonaws.org",
    "sns.eu-west-1-amazonaws.com",
    "sns.eu-west-1.evilamazonaws.com",
    "sns-eu-west-1.amazonaws.com",
    "xsns.eu-west-1.amazonaws.com",
    "evil.sns.eu-west-1.amazonaws.com",
    "sns.eu-west-1.s3.amazonaws.com",
    "sns.s3.amazonaws.com",
    "sns.s3.eu-west-1.amazonaws.com",
    "sns.s3-eu-west-1.amazonaws.com",
    "sns.s3-website-eu-west-1.amazonaws.com",
    "s3.eu-west-1.amazonaws.com/sns.eu-west-1.amazonaws.com",
    "sns.execute-api.eu-west-1.amazonaws.com",
    "sns.evil.amazonaws.com",
    "sqs.eu-west-1.amazonaws.com",
    "sns.eu-west-1.amazonaws.com:443",
    "sns.eu-west-1.amazonaws.com:8443",
    "sns.eu-west-1.amazonaws.com:",
    "sns.eu-west-1.amazonaws.com.",
    "evil.example#sns.eu-west-1.amazonaws.com",
    "evil.example?sns.eu-west-1.amazonaws.com",
    "evil.example\\.sns.eu-west-1.amazonaws.com",
    "sns.eu-west-1.amazonaws.com@evil.example",
    "hub:secret@sns.eu-west-1.amazonaws.com",
    "@sns.eu-west-1.amazonaws.com",
    "evil.example\t.sns.eu-west-1.amazonaws.com",
    " sns.eu-west-1.amazonaws.com",
    "sns.eu-west-1.amazonaws.com ",
    "sns.eu-west-1.amazonaws.com\n",
    "sns.eu-west-1.amazonaws.com%2eevil.example",
    "sns%2eeu-west-1.amazonaws.com",
    "SNS.eu-west-1.amazonaws.com",
    "sns.EU-WEST-1.amazonaws.com",
    "sns.eu-west-1.AMAZONAWS.com",
    "sns.eu-west-1.amazonaws。com",
    "sns.eu-west-1.аmazonaws.com",
    "ѕns.eu-west-1.amazonaws.com",
    "sns.eu-west-١.amazonaws.com",
    "xn--sns-.eu-west-1.amazonaws.com",
    "127.0.0.1",
    "2130706433",
    "0x7f000001",
    "169.254.169.254",
    "[::1]",
    "[::ffff:169.254.169.254]",
    "localhost",
    "hub.internal",
]
OTHER_SCHEMES = ["http", "HTTPS", "ftp", "file", "gopher", "https:", " https", "https\n"]


@pytest.mark.parametrize("host", HOSTS)
def test_amazons_own_places_are_known(host: str) -> None:
    assert is_certificate(f"https://{host}/{PEM}")
    assert is_confirmation(f"https://{host}/?{QUERY}", TOPIC, TOKEN)


@pytest.mark.parametrize("host", OTHERS)
def test_any_other_place_is_not_called(host: str) -> None:
    assert not is_certificate(f"https://{host}/{PEM}")
    assert not is_confirmation(f"https://{host}/?{QUERY}", TOPIC, TOKEN)


@pytest.mark.parametrize("scheme", OTHER_SCHEMES)
def test_nor_by_any_other_way(scheme: str) -> None:
    assert not is_certificate(f"{scheme}://{HOST}/{PEM}")
    assert not is_confirmation(f"{scheme}://{HOST}/?{QUERY}", TOPIC, TOKEN)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/.pem",
        "/x.PEM",
        "/x.pem.txt",
        "/x.crt",
        "/a/x.pem",
        "//x.pem",
        "/../x.pem",
        "/x.pem?y=.pem",
        "/?Action=GetTopicAttributes&x=.pem",
        "/x.pem#y",
        "/x%2epem",
        "/x%00.pem",
        "/x.pem\n",
        "/x .pem",
        "/@evil.example/x.pem",
        "/é.pem",
        ";/x.pem",
    ],
)
def test_a_certificate_has_a_plain_name(path: str) -> None:
    assert not is_certificate(f"https://{HOST}{path}")


@pytest.mark.parametrize(
    "rest",
    [
        "",
        "/",
        f"?{QUERY}",
        f"/x?{QUERY}",
        f"//?{QUERY}",
        f"/?{QUERY}#x",
        f"/?{QUERY}&AuthenticateOnUnsubscribe=true",
        f"/?{QUERY}&Action=DeleteTopic",
        f"/?{QUERY}&Token={TOKEN}",
        f"/?{QUERY}0",
        f"/?{QUERY} ",
        f"/?{QUERY}\n",
        "/?" + QUERY.replace("ConfirmSubscription", "Unsubscribe"),
        "/?" + QUERY.replace("ConfirmSubscription", "confirmsubscription"),
        "/?" + QUERY.replace(":alarms", ":others"),
        "/?" + QUERY.replace("&Token", "&token"),
        f"/?Action=ConfirmSubscription&TopicArn={TOPIC}",
        f"/?Action=ConfirmSubscription&Token={TOKEN}",
        f"/?TopicArn={TOPIC}&Token={TOKEN}",
    ],
)
def test_a_confirmation_confirms_this_subscription_and_does_nothing_else(rest: str) -> None:
    assert not is_confirmation(f"https://{HOST}{rest}", TOPIC, TOKEN)


@pytest.mark.parametrize(
    "query",
    [
        QUERY,
        f"Token={TOKEN}&TopicArn={TOPIC}&Action=ConfirmSubscription",
        QUERY.replace(":", "%3A"),
    ],
)
def test_the_order_and_the_writing_of_a_query_do_not_matter(query: str) -> None:
    assert is_confirmation(f"https://{HOST}/?{query}", TOPIC, TOKEN)
