"""What the way out refuses: some hundred forms of addresses, names that lie, and every redirect."""

import socket
from contextlib import suppress

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from incidentio.core.http import Answer, Refused, Unreachable, check_url, send
from tests.incidentio.core.conftest import server

REFUSED_AS_WRITTEN = [
    # addresses that are not global
    "http://127.0.0.1/",
    "https://127.0.0.1:8443/",
    "http://127.255.255.254/",
    "http://0.0.0.0/",
    "http://10.0.0.1/",
    "http://172.31.255.255/",
    "http://192.168.0.1/",
    "http://100.64.0.1/",
    "http://169.254.169.254/latest/meta-data/",
    "http://168.63.129.16/",
    "http://198.18.0.1/",
    "http://224.0.0.1/",
    "http://255.255.255.255/",
    "http://239.255.255.250/",
    "http://240.0.0.1/",
    "http://100.127.255.254/",
    "http://192.0.0.192/",
    "http://192.0.2.1/",
    "http://198.51.100.1/",
    "http://203.0.113.1/",
    "http://100.100.100.200/",
    # IPv4 as only some parsers read it
    "http://2130706433/",
    "http://017700000001/",
    "http://0x7f000001/",
    "http://0x7F.0.0.1/",
    "http://0177.0.0.1/",
    "http://127.0.0.01/",
    "http://127.1/",
    "http://127.0.1/",
    "http://0/",
    "http://0x/",
    "http://134744072/",
    "http://256.1.1.1/",
    "http://1.2.3.4.5/",
    "http://127。0。0。1/",
    "http://１２７.0.0.1/",
    "http://①②⑦.⓪.⓪.①/",
    "http://%31%32%37.0.0.1/",
    "http://127.0.0.1%2f@hooks.example/",
    "http://0x7f.1/",
    "http://0b1111111.0.0.1/",
    "http://00000177.0.0.1/",
    "http://4294967297/",
    "http://169.254.43518/",
    "http://0xa9fea9fe/",
    "http://0251.0376.0251.0376/",
    "http://2852039166/",
    "http://127.٠.٠.١/",
    "http://١٢٧.0.0.1/",
    # IPv6 in its forms
    "http://[::]/",
    "http://[::1]/",
    "http://[0:0:0:0:0:0:0:1]/",
    "http://[0000::0001]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[::ffff:a9fe:a9fe]/",
    "http://[::127.0.0.1]/",
    "http://[64:ff9b::127.0.0.1]/",
    "http://[64:ff9b::a9fe:a9fe]/",
    "http://[64:ff9b:1::10.0.0.1]/",
    "http://[2002:7f00:1::]/",
    "http://[2002:c0a8:1::1]/",
    "http://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/",
    "http://[fe80::1]/",
    "http://[fe80::1%25eth0]/",
    "http://[2606:4700::1111%25eth0]/",
    "http://[2606:4700::1111%é]/",
    "http://[fc00::1]/",
    "http://[fd00:ec2::254]/",
    "http://[fec0::1]/",
    "http://[ff02::1]/",
    "http://[2001:db8::1]/",
    "http://[100::1]/",
    "http://[::ffff:0:127.0.0.1]/",
    "http://[0:0:0:0:0:ffff:10.0.0.1]/",
    "http://[64:ff9b::192.168.0.1]/",
    "http://[2002:a9fe:a9fe::]/",
    "http://[2002:808:808::1]/",
    "http://[ff05::1]/",
    "http://[5f00::1]/",
    "http://[3fff::1]/",
    "http://[::1/",
    "http://[::1]evil.example/",
    "http://[v1.a]/",
    "http://[127.0.0.1]/",
    # names
    "http://127.0.0.1./",
    "http://localhost./",
    "http://hooks.example./",
    "http://hooks..example/",
    "http://.hooks.example/",
    "http://-hooks.example/",
    "http://hooks .example/",
    "http://hooks\t.example/",
    "http://hooks.example\r\nHost:127.0.0.1/",
    "http://hooks.example\\.evil.example/",
    "http://hooks%2eexample/",
    "http://hooks%00.example/",
    "http:///path",
    "http://:80/",
    "http://" + "a" * 64 + ".example/",
    # somebody in front of the host
    "http://user@hooks.example/",
    "http://user:pass@hooks.example/",
    "http://@hooks.example/",
    "http://:@hooks.example/",
    "http://hooks.example@127.0.0.1/",
    "http://hooks.example:80@127.0.0.1/",
    "http://127.0.0.1@hooks.example/",
    "http://a@b@127.0.0.1/",
    "http://127.0.0.1\\@hooks.example/",
    "http://hooks.example%40@127.0.0.1/",
    # ports
    "http://hooks.example:0/",
    "http://hooks.example:65536/",
    "http://hooks.example:-1/",
    "http://hooks.example:80:80/",
    "http://hooks.example:http/",
    # other schemes, or none
    "ftp://hooks.example/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:70/",
    "ws://hooks.example/",
    "unix:///run/docker.sock",
    "javascript://hooks.example/",
    "data:text/plain,x",
    "http:/127.0.0.1/",
    "http:127.0.0.1",
    "//127.0.0.1/",
    "127.0.0.1:80/",
    " http://hooks.example/",
    "",
    "http://hooks.example/\ud800",
]

# Names that mean this machine, or the one that runs it, to some resolver or other; and how such a resolver answers.
INSIDE = {
    "localhost": ["127.0.0.1", "::1"],
    "LOCALHOST": ["127.0.0.1"],
    "ip6-localhost": ["::1"],
    "localhost.localdomain": ["127.0.0.1"],
    "hooks.localhost": ["127.0.0.1"],
    "metadata": ["169.254.169.254"],
    "metadata.google.internal": ["169.254.169.254"],
    "instance-data.ec2.internal": ["fd00:ec2::254"],
    "metadata.azure.internal": ["168.63.129.16"],
    "metadata.aliyun.internal": ["100.100.100.200"],
    "kubernetes.default.svc": ["10.96.0.1"],
    "host.docker.internal": ["172.17.0.1"],
    "printer.local": ["169.254.7.7"],
    "127.0.0.1.nip.example": ["127.0.0.1"],
    "0.0.0.0.nip.example": ["0.0.0.0"],
}

REFUSED_AS_RESOLVED = [
    ["127.0.0.1"],
    ["::1"],
    ["::ffff:10.0.0.1"],
    ["64:ff9b::7f00:1"],
    ["169.254.169.254"],
    ["fe80::1"],
    ["10.0.0.1", "fd00::1", "0.0.0.0"],
]

ACCEPTED = [
    "https://hooks.example/services/T0?key=1#top",
    "HTTPS://Hooks.Example:8443",
    "http://receiver:9000/",
    "http://my_host.example/",
    "http://bücher.example/",
    "https://8.8.8.8/",
    "https://[2606:4700::1111]:8443/",
    "http://[64:ff9b::8.8.8.8]/",
    "http://hooks.example/@user",
    "http://hooks.example?at=a@b",
]


@pytest.fixture(autouse=True)
def hub(settings: Settings) -> None:
    """The door knows no database; nothing but global addresses is allowed unless a test says so."""
    settings.OUTBOUND_ALLOW = []


@pytest.fixture
def loopback(settings: Settings) -> None:
    settings.OUTBOUND_ALLOW = ["127.0.0.1/32"]


def test_more_than_eighty_forms_are_tried() -> None:
    assert len(set(REFUSED_AS_WRITTEN)) == len(REFUSED_AS_WRITTEN) > 80


@pytest.mark.parametrize("url", REFUSED_AS_WRITTEN)
def test_a_url_is_refused_as_written(url: str, dialled: list[str]) -> None:
    with pytest.raises(Refused):
        check_url(url)
    with pytest.raises(Refused):
        send("GET", url, headers={})
    assert dialled == []


@pytest.mark.parametrize("addresses", REFUSED_AS_RESOLVED)
def test_a_name_is_refused_for_its_addresses(
    addresses: list[str], resolver: dict[str, list[list[str]]], dialled: list[str]
) -> None:
    resolver["hooks.example"] = [addresses]
    check_url("https://hooks.example/")
    with pytest.raises(Refused):
        send("GET", "https://hooks.example/", headers={})
    assert dialled == []


@pytest.mark.parametrize("name", INSIDE)
def test_a_name_of_the_inside_is_refused(name: str, resolver: dict[str, list[list[str]]], dialled: list[str]) -> None:
    resolver[name.lower()] = [INSIDE[name]]
    with pytest.raises(Refused):
        send("GET", f"http://{name}/", headers={})
    assert dialled == []


@pytest.mark.parametrize("addresses", REFUSED_AS_RESOLVED)
def test_a_name_that_turned_inward_after_it_was_saved_is_refused(
    addresses: list[str], resolver: dict[str, list[list[str]]], dialled: list[str]
) -> None:
    resolver["rebind.example"] = [["93.184.216.34"], addresses]
    with pytest.raises(Unreachable):
        send("GET", "http://rebind.example/", headers={})
    with pytest.raises(Refused):
        send("GET", "http://rebind.example/", headers={})
    assert dialled == ["93.184.216.34"]


def test_localhost_is_refused(dialled: list[str]) -> None:
    with pytest.raises(Refused, match=r"localhost is .*, a loopback address"):
        send("GET", "http://localhost/", headers={})
    assert dialled == []


@pytest.mark.parametrize("host", ["10.0.0.1", "jira.acme.example"])
def test_it_is_said_what_would_let_it_be_called(host: str, resolver: dict[str, list[list[str]]]) -> None:
    resolver["jira.acme.example"] = [["10.0.0.1"]]
    with pytest.raises(Refused, match=r"10\.0\.0\.1.* a private address, which OUTBOUND_ALLOW does not name"):
        send("GET", f"http://{host}/", headers={})


@pytest.mark.parametrize("url", ACCEPTED)
def test_a_usual_url_is_accepted(url: str) -> None:
    check_url(url)


@hypothesis.settings(max_examples=200, deadline=None)
@given(st.sampled_from(["", "http://", "https://", "http://[", "http://hooks.example"]), st.text(max_size=40))
def test_any_text_is_a_url_or_refused(start: str, rest: str) -> None:
    with suppress(Refused):
        check_url(start + rest)


LOCATIONS = [
    "/elsewhere",
    "//169.254.169.254/",
    "http://169.254.169.254/",
    "http://localhost/",
    "http://[::1]/",
    "http://2130706433/",
    "https://hooks.example/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:70/",
    "http://[broken",
]


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize("location", LOCATIONS)
def test_a_redirect_is_an_answer_and_not_followed(location: str, dialled: list[str]) -> None:
    answer = redirected("GET", 307, location)
    assert (answer.status, answer.headers["location"]) == (307, location)
    assert dialled == ["127.0.0.1"]


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed_by_any_method(method: str, status: int, dialled: list[str]) -> None:
    assert redirected(method, status, "http://169.254.169.254/").status == status
    assert dialled == ["127.0.0.1"]


def redirected(method: str, status: int, location: str) -> Answer:
    """What a server that redirects answers."""

    def redirect(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(f"HTTP/1.1 {status} Elsewhere\r\nLocation: {location}\r\n\r\n".encode())

    with server(redirect) as address:
        return send(method, f"http://{address}/", headers={})
