"""Letters are read however broken they are."""

from email.message import EmailMessage

import pytest

from integrations.mailbox.letters import LONGEST_SUBJECT, LONGEST_TEXT, read


def raw(*lines: str | bytes, body: bytes = b"") -> bytes:
    encoded = [line.encode() if isinstance(line, str) else line for line in lines]
    return b"\r\n".join([*encoded, b"", body])


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Disk full", "Disk full"),
        ("=?utf-8?b?RMOpYnV0?=", "Début"),
        ("=?iso-8859-1?q?D=E9but?=", "Début"),
        ("=?x-unknown?q?D=E9but?=", "D"),
        ("Disk\r\n full", "Disk full"),
        ("a =?utf-8?q?=0D=0ABcc:_x@example.com?=", "a Bcc: x@example.com"),
        ("=?utf-8?q?nul=00?=", "nul"),
        ("", ""),
    ],
)
def test_subjects_are_one_line(subject: str, text: str) -> None:
    found = read(raw(f"Subject: {subject}")).subject
    assert " ".join(found.split()).startswith(text)
    assert not set("\r\n\0") & set(found)


@pytest.mark.parametrize(
    ("charset", "body", "text"),
    [
        ("utf-8", "é".encode(), "é"),
        ("iso-8859-1", "é".encode("latin-1"), "é"),
        ("utf-8", "é".encode("latin-1"), "é"),
        ("us-ascii", "é".encode(), "é"),
        ("no-such-charset", "é".encode(), "é"),
        ("utf-16", b"odd", "odd"),
        ("", b"plain", "plain"),
        ("idna", b"\xff\xfe", "ÿþ"),
        ("utf-8", b"nul\x00 and \x1b[31mred", "nul and [31mred"),
        ("utf-8", b"one\r\ntwo\rthree", "one\ntwo\nthree"),
    ],
)
def test_texts_are_read_by_whatever_fits(charset: str, body: bytes, text: str) -> None:
    kind = f'Content-Type: text/plain; charset="{charset}"' if charset else "X-Nothing: said"
    assert read(raw(kind, "Content-Transfer-Encoding: 8bit", body=body)).text == text


def test_plain_text_comes_before_html_and_attachments_say_nothing() -> None:
    message = EmailMessage()
    message.set_content("The text")
    message.add_alternative("<p>The page</p>", subtype="html")
    message.add_attachment("An attachment", filename="log.txt")
    assert read(message.as_bytes()).text == "The text"


def test_html_is_read_without_its_markup() -> None:
    page = (
        "<head><title>No</title><style>p {}</style></head><p>Disk &amp; fan<br>on <b>db1</b><script>alert(1)</script>"
    )
    table = "<table><tr><td>Host</td><td>db1</td></tr></table>"
    message = EmailMessage()
    message.set_content(page + table, subtype="html")
    assert read(message.as_bytes()).text == "Disk & fan\non db1\n\nHost db1"


def test_only_an_attachment_says_nothing() -> None:
    message = EmailMessage()
    message["Subject"] = "A log"
    message.add_attachment("An attachment", filename="log.txt")
    assert (read(message.as_bytes()).subject, read(message.as_bytes()).text) == ("A log", "")


NESTED = b"".join(
    b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (number, number) for number in range(5000)
)
BROKEN = {
    "nothing": b"",
    "no headers": b"\r\n\r\nOnly text",
    "bytes": bytes(range(256)) * 20,
    "no end": b'Subject: x\r\nContent-Type: multipart/mixed; boundary="a"\r\n\r\n--a\r\n\r\ntext',
    "no boundary": b"Subject: x\r\nContent-Type: multipart/mixed\r\n\r\ntext",
    "empty type": b"Subject: x\r\nContent-Type: ;\r\n\r\ntext",
    "type of nonsense": b"Subject: x\r\nContent-Type: text/plain; charset*0*=''%ff\r\n\r\ntext",
    "base64 of nonsense": b"Subject: x\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!=",
    "unknown encoding": b"Subject: x\r\nContent-Transfer-Encoding: x-own\r\n\r\ntext",
    "nested": b"Subject: x\r\n" + NESTED,
    "lines": b"Subject: x\r\n" + NESTED[:1000] + b"\n" * 50_000,
    "addresses": b"From: <<>>,;:\r\nTo: (((\r\nSubject: =?utf-8?b?=?=\r\n\r\ntext",
    "comments": b"From: " + b"(" * 100_000 + b"\r\nTo: " + b"(" * 100_000 + b"\r\nSubject: x\r\n\r\ntext",
    "words": b"Subject: " + b"=?utf-8?q?a?= " * 50_000 + b"\r\n\r\ntext",
    "crowds": b"To: " + b"ada@example.org, " * 50_000 + b"\r\nSubject: x\r\n\r\ntext",
    "crowds in many headers": (b"To: " + b"ada@example.org, " * 290 + b"\r\n") * 200 + b"Subject: x\r\n\r\ntext",
    "parameters": b"Content-Type: text/plain" + b"; a=b" * 5_000 + b"\r\nSubject: x\r\n\r\ntext",
    "comments in types": b"Content-Type: text/plain " + b"(" * 50_000 + b"\r\nSubject: x\r\n\r\ntext",
    "parts": b'Content-Type: multipart/mixed; boundary="a"\r\n\r\n' + b"--a\r\n\r\n" * 5_000,
    "tags": b"Content-Type: text/html\r\n\r\n" + b"<a<" * 300_000,
    "hidden": b"Content-Type: text/html\r\n\r\n" + b"<style><title>" * 60_000 + b"</title>" * 60_000,
    "dates": b"Date: Fri, 99 Foo 0000 99:99:99 +9999\r\nSubject: x\r\n\r\ntext",
    "message in a message": b"Subject: x\r\nContent-Type: message/rfc822\r\n\r\nSubject: y\r\n\r\ninner",
    "surrogates": b"Subject: \xed\xa0\x80\xff\r\n\r\n\xed\xa0\x80",
    "message IDs": b"Message-ID: <a@[@b]>\r\nReferences: <<a>> <\r\nSubject: x\r\n\r\ntext",
    "long lines": b"Subject: " + b"x" * 500_000 + b"\r\n\r\n" + b"y" * 500_000,
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_letters_are_read_as_far_as_they_go(name: str) -> None:
    found = read(BROKEN[name])
    for text in (found.subject, found.text, found.sender, found.to, found.message_id):
        assert "\0" not in text.encode().decode()
    assert len(found.subject) <= LONGEST_SUBJECT
    assert len(found.text) <= LONGEST_TEXT + 1
    assert isinstance(found.is_automatic, bool)


def test_all_addresses_are_read_whatever_they_are_called() -> None:
    crowd = ", ".join(f"Ada {number} <ada{number}@example.org>" for number in range(2_000))
    found = read(
        raw(f"To: {crowd},\r\n =?utf-8?q?D=C3=A9j=C3=A0?= <alerts+x@example.com>", "Cc: (one) b@c.de", "CC: d@e.fr")
    )
    assert {"<ada1999@example.org>,", "<alerts+x@example.com>", "b@c.de", "d@e.fr"} <= set(found.to.split())


def test_a_report_of_mail_servers_is_automatic() -> None:
    report = raw("From: x@example.org", 'Content-Type: multipart/report; report-type=delivery-status; boundary="a"')
    assert read(report).is_automatic
