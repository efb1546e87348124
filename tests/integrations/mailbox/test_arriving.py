"""What letters mean: threads, subjects, what is over, who may write, and what would go in circles."""

from datetime import timedelta

import pytest
from django.utils import timezone

from incidents.models import Alert, AlertSource
from integrations.mailbox.account import Mailbox
from integrations.mailbox.arriving import is_over, topic_of
from integrations.mailbox.polling import read_mailbox
from integrations.models import Connection, RemoteObject
from tests.integrations.mailbox.conftest import ADDRESS, setting
from tests.integrations.mailbox.server import ImapServer
from tests.integrations.mailbox.writing import written

USUAL = Mailbox({})


class Post:
    """`post(…)`: a letter comes, and the mailbox is read; what it meant."""

    def __init__(self, server: ImapServer, connection: Connection, source: AlertSource) -> None:
        self.server, self.connection, self.source = server, connection, source

    def __call__(self, *args: str, **said: str) -> str:
        self.server.put(written(self.source, *args, **said))
        return self.read()

    def read(self) -> str:
        (meant,) = read_mailbox(self.connection).meant
        return meant


@pytest.fixture
def post(server: ImapServer, connection: Connection, source: AlertSource) -> Post:
    return Post(server, connection, source)


def alerts() -> list[tuple[str, str, int]]:
    return list(Alert.objects.order_by("id").values_list("title", "status", "firings"))


def at(minute: int) -> str:
    return f"Fri, 20 Nov 2026 15:{minute:02}:00 +0000"


def test_a_thread_is_one_alert(post: Post) -> None:
    post("Disk full", Message_ID="<a@x>", Date=at(1))
    post("Disk really full", Message_ID="<b@x>", In_Reply_To="<a@x>", Date=at(2))
    post("Disk melts", References="<b@x> <other@x>", Date=at(3))
    assert alerts() == [("Disk melts", "firing", 1)]
    assert post("[Resolved] All of it", References="<a@x>", Date=at(4)) == "resolved"
    assert alerts() == [("[Resolved] All of it", "resolved", 1)]


def test_who_answers_changes_nothing(post: Post) -> None:
    post("Disk full", Message_ID="<a@x>", Date=at(1))
    for subject in ("Re: Disk full", "AW: Resolved: disk full", "RE[2]: OK"):
        assert post(subject, In_Reply_To="<a@x>", Date=at(5)) == "an answer to a letter"
    assert alerts() == [("Disk full", "firing", 1)]


def test_an_answer_to_what_the_hub_never_saw_is_an_alert(post: Post) -> None:
    assert post("Re: Checkout is broken", In_Reply_To="<unseen@x>") == "fired"


def test_the_same_subject_is_one_alert_while_it_fires(post: Post) -> None:
    post("PROBLEM: disk on db1", Date=at(1))
    post("PROBLEM: disk on db1", Date=at(2))
    post("PROBLEM: disk on db2", Date=at(3))
    assert len(alerts()) == 2
    post("RECOVERY: disk on db1", Date=at(4))
    post("PROBLEM: disk on db1", Date=at(5))
    assert [status for _, status, _ in alerts()] == ["resolved", "firing", "firing"]


def test_another_sender_speaks_of_something_else(post: Post) -> None:
    post("Help")
    post("Help", From="ada@example.org")
    assert len(alerts()) == 2


@pytest.mark.parametrize(
    ("hours", "since", "count"), [("", 23, 1), ("", 25, 2), ("1", 2, 2), ("0", 0, 2), ("72", 71, 1)]
)
def test_for_so_long_a_subject_is_the_same(post: Post, hours: str, since: int, count: int) -> None:
    setting(post.connection, same_subject_hours=hours)
    post("Disk full", Date=at(1))
    then = (timezone.now() - timedelta(hours=since, seconds=1)).isoformat()
    row = RemoteObject.objects.get(kind="topic")
    RemoteObject.objects.filter(pk=row.pk).update(state=row.state | {"at": then})
    post("Disk full", Date=at(2))
    assert len(alerts()) == count


def test_what_never_fired_is_not_resolved(post: Post) -> None:
    assert post("Resolved: disk full") == "nothing to resolve"
    assert alerts() == []


def test_words_that_resolve_are_yours(post: Post) -> None:
    setting(post.connection, resolving_words="entwarnung, all clear")
    post("Disk full", Date=at(1))
    assert post("Resolved: disk full", Date=at(2)) == "fired"
    assert post("All clear: disk full", Date=at(3)) == "resolved"


@pytest.mark.parametrize(
    "subject",
    [
        "Resolved: disk",
        "[RESOLVED] disk",
        "[RESOLVED:2] disk (db1)",
        "RECOVERY: disk",
        "** RECOVERY Service Alert: web1/HTTP is OK **",
        'OK: "CPU" in EU (Ireland)',
        "✅ Recovered - disk",
        "disk (ok)",
        "[shop] [resolved] disk",
        "Fwd: Resolved in 5m: disk",
    ],
)
def test_these_say_that_it_is_over(subject: str) -> None:
    assert is_over(subject, USUAL)


@pytest.mark.parametrize(
    "subject",
    [
        "Disk full",
        "Not resolved: disk",
        "Host name could not be resolved",
        "okay?",
        "Unresolved: disk",
        "[not ok] disk",
        "[FIRING:1, RESOLVED:2] disk",
        "",
    ],
)
def test_these_do_not(subject: str) -> None:
    assert not is_over(subject, USUAL)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("PROBLEM: disk", "RECOVERY: disk"),
        ("[FIRING:1] InstanceDown (db1)", "[RESOLVED] InstanceDown (db1)"),
        ("[FIRING:3] InstanceDown (db1)", "[FIRING:1, RESOLVED:2] InstanceDown (db1)"),
        ('ALARM: "CPU" in EU (Ireland)', 'OK: "CPU" in EU (Ireland)'),
        ("** PROBLEM Service Alert: web1/HTTP is CRITICAL **", "** RECOVERY Service Alert: web1/HTTP is OK **"),
        ("Fwd: Disk  full", "disk full"),
    ],
)
def test_subjects_that_differ_in_how_it_stands_are_of_one_thing(one: str, other: str) -> None:
    assert topic_of(one, USUAL) == topic_of(other, USUAL) != ""


@pytest.mark.parametrize("subject", ["", "Alert!", "[RESOLVED]", "***"])
def test_a_subject_that_says_nothing_is_of_nothing(post: Post, subject: str) -> None:
    for minute in (1, 2):
        assert post(subject, Date=at(minute)) in ("fired", "nothing to resolve")
    assert topic_of(subject, USUAL) == ""


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "Auto-Replied (vacation)"},
        {"From": "MAILER-DAEMON@example.org"},
        {"From": "Mail <postmaster@example.org>"},
        {"X_Loop": "alerts@example.com"},
        {"X_Autoreply": "yes"},
        {"Precedence": "auto_reply"},
        {"From": "Incidents <hub@example.com>"},
    ],
)
def test_what_would_go_in_circles_is_left_alone(post: Post, headers: dict[str, str], settings: object) -> None:
    settings.EMAIL_FROM = "Incidents <Hub@example.com>"  # type: ignore[attr-defined]
    assert post(**headers) == "automatic answers and own letters"
    assert alerts() == []


@pytest.mark.parametrize("said", ["auto-generated", "no"])
def test_what_machines_write_by_themselves_is_an_alert(post: Post, said: str) -> None:
    assert post(Auto_Submitted=said, Precedence="bulk") == "fired"


@pytest.mark.parametrize(
    ("senders", "meant"),
    [
        ("", "fired"),
        ("monitor@example.org", "fired"),
        ("ada@example.com, @EXAMPLE.ORG", "fired"),
        ("@example.com", "from somebody who may not write"),
        ("example.org", "from somebody who may not write"),
        ("onitor@example.org", "from somebody who may not write"),
    ],
)
def test_who_may_write(post: Post, senders: str, meant: str) -> None:
    setting(post.connection, senders=senders)
    assert post() == meant


@pytest.mark.parametrize(
    "sender", ["", "not an address", "monitor@example.org.evil.example", '"monitor@example.org" <evil@example.net>']
)
def test_who_may_not(post: Post, sender: str) -> None:
    setting(post.connection, senders="monitor@example.org, @example.org")
    assert post(From=sender) == "from somebody who may not write"


@pytest.mark.parametrize("header", ["Cc", "Delivered-To", "X-Original-To", "Envelope-To"])
def test_the_address_is_found_in_other_headers(post: Post, header: str) -> None:
    content = written(post.source).replace(b"\nTo: ", b"\nTo: undisclosed@example.net\n" + header.encode() + b": ")
    post.server.put(content)
    assert post.read() == "fired"


def test_a_letter_to_no_source_is_left_alone(post: Post) -> None:
    post.server.put(written(None))
    assert (post.read(), post.server.letters[0].seen) == ("to no source's address", True)


def test_one_source_may_have_all_other_letters(post: Post) -> None:
    setting(post.connection, source=post.source.id)
    post.server.put(written(None))
    assert post.read() == "fired"


@pytest.mark.parametrize("change", [{"source_type": "http"}, {"archived_at": timezone.now()}, {"secret": "other"}])
def test_an_address_of_no_source_in_use_reaches_nobody(post: Post, change: dict[str, object]) -> None:
    content = written(post.source)
    AlertSource.objects.filter(pk=post.source.pk).update(**change)
    post.server.put(content)
    assert post.read() == "to no source's address"


def test_one_message_id_for_all_letters_loses_none(post: Post) -> None:
    post("Disk full", Message_ID="<1@device>", Date=at(1))
    post("Fan stopped", Message_ID="<1@device>", Date=at(2))
    assert len(alerts()) == 2


def test_a_letter_that_comes_twice_is_taken_once(post: Post) -> None:
    content = written(post.source)
    for _ in range(2):
        post.server.put(content)
    assert read_mailbox(post.connection).meant == {"fired": 1, "known already": 1}


@pytest.mark.parametrize("date", ["", "soon", "Thu, 01 Jan 1970 00:00:00 +0000", "Fri, 20 Nov 2099 15:20:00 +0000"])
def test_an_odd_time_is_that_of_its_arrival(post: Post, date: str) -> None:
    post(Date=date)
    told_at = Alert.objects.values_list("told_at", flat=True).get()
    assert told_at is not None
    assert told_at.isoformat() == "2026-11-20T15:20:55+00:00"


def test_nothing_is_told_of_the_address_that_proves_it(post: Post) -> None:
    post("Disk full")
    assert ADDRESS.partition("@")[0] + "+" not in str(Alert.objects.values().get())
