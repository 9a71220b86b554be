"""Delivery through a real mail server: once each, in any order of crashes, and no bad recipient in another's way."""

import base64
import json
import os
import re
import signal
import subprocess
import sys
import textwrap
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from types import SimpleNamespace

import pytest
from tests.integration.alerts.conftest import point_smtp_at

from schoolward.alerts import deliver, evaluate
from schoolward.alerts.delivery import MAX_ATTEMPTS, check, deliver_by
from schoolward.alerts.outbox import Content, Picture, enqueue
from schoolward.alerts.transports import Message
from schoolward.district import District
from schoolward.quiet_hours import QuietHours
from schoolward.warehouse.connection import connect

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def queue(key: str, target: str, subject: str = "A promise slipped", *, is_urgent: bool = False) -> None:
    content = Content(
        subject, "text – mit Umlaut ü", "<p>html</p><img src='cid:p' alt='a dot'>", (Picture("p", "a dot", PIXEL),)
    )
    with connect("alerter") as connection:
        enqueue(connection, key, "alert", target, "Chief", content, is_urgent=is_urgent)


def states(owner) -> dict[str, str]:
    return {r["idempotency_key"]: r["state"] for r in owner.rows("select idempotency_key, state from alerts.outbox")}


def test_a_mail_arrives_once_with_text_html_and_its_picture_inline(owner, mailbox, lakeside_district: District):
    queue("k1", "mailto:chief@lakeside.example")
    assert deliver(lakeside_district).n_delivered == 1
    assert deliver(lakeside_district).n_delivered == 0
    [mail] = mailbox.mails()
    assert (mail["To"], mail["From"]) == ("chief@lakeside.example", "Schoolward <schoolward@lakeside.example>")
    assert mail.get_body(("plain",)).get_content().strip() == "text – mit Umlaut ü"
    html = mail.get_body(("related", "html"))
    [picture] = [part for part in html.iter_attachments() if part.get_content_type() == "image/png"]
    assert (picture["Content-ID"], picture.get_content()) == ("<p>", PIXEL)


def test_a_refused_recipient_fails_at_once_in_one_sentence_and_keeps_nobody_from_their_mail(
    owner, mailbox, lakeside_district: District
):
    queue("k1", "mailto:one@lakeside.example")
    queue("k2", "mailto:cio@lakeside.example")
    queue("k3", "mailto:two@lakeside.example")
    summary = deliver(lakeside_district)
    assert (summary.n_delivered, summary.n_failed, summary.n_waiting) == (2, 1, 0)
    assert mailbox.recipients() == ["one@lakeside.example", "two@lakeside.example"]
    [row] = owner.rows("select last_error from alerts.outbox where state = 'failed'")
    assert (
        "refuses mail to cio@lakeside.example: 550 5.1.1 No such user here. Correct the recipient" in row["last_error"]
    )


@pytest.mark.parametrize("target", ["mailto:ä b@@", "carrier-pigeon:home", "apprise:nowhere_connection"])
def test_a_target_that_nothing_can_send_to_is_told_and_skipped(
    owner, mailbox, monkeypatch, lakeside_district: District, target
):
    monkeypatch.setenv("AIRFLOW_CONN_NOWHERE_CONNECTION", json.dumps({"conn_type": "http", "password": "no-url"}))
    queue("k1", target)
    queue("k2", "mailto:two@lakeside.example")
    summary = deliver(lakeside_district)
    assert mailbox.recipients() == ["two@lakeside.example"]
    assert len(summary.problems) == 1


def test_a_mail_server_that_is_down_is_tried_again_with_longer_waits_and_given_up_at_last(
    owner, mailbox, lakeside_district: District
):
    mailbox.stop()
    queue("k1", "mailto:one@lakeside.example")
    queue("k2", "mailto:two@lakeside.example")
    now, waits = datetime.now(UTC) + timedelta(seconds=1), []
    for _ in range(5):
        assert deliver(lakeside_district, now).n_waiting == 2
        assert deliver(lakeside_district, now).n_waiting == 0  # not due again yet
        due = owner.rows("select due_at from alerts.outbox where idempotency_key = 'k1'")[0]["due_at"]
        waits.append(round((due - now) / timedelta(minutes=1)))
        now = due
    assert waits == [1, 4, 16, 60, 60]
    owner.connection.execute("update alerts.outbox set n_attempts = %s", (MAX_ATTEMPTS - 1,))
    assert deliver(lakeside_district, now).n_failed == 2
    [sentence] = {r["last_error"] for r in owner.rows("select last_error from alerts.outbox")}
    assert sentence.startswith("Connection 'smtp': the mail server 127.0.0.1:")
    assert sentence.endswith(f"Check host and port, and that it runs. Given up after attempt {MAX_ATTEMPTS}.")


def test_a_wrong_password_is_told_without_showing_it(owner, mailbox, monkeypatch, lakeside_district: District):
    point_smtp_at(monkeypatch, mailbox, "hunter2-wrong")
    queue("k1", "mailto:one@lakeside.example")
    summary = deliver(lakeside_district)
    assert "refuses login 'schoolward'. Mend the connection's login or password." in str(summary)
    assert "hunter2" not in str(summary)
    assert mailbox.mails() == []


def test_killed_between_acceptance_and_commit_the_message_is_sent_again_as_the_same_mail(
    owner, mailbox, lakeside_district, lakeside_file
):
    queue("k1", "mailto:one@lakeside.example")
    queue("k2", "mailto:two@lakeside.example")
    killed_after_acceptance = textwrap.dedent("""
        import os, signal
        from schoolward.alerts import transports, deliver
        from schoolward.district import load_district
        send = transports.Smtp.send
        def send_and_die(self, message):
            send(self, message)
            os.kill(os.getpid(), signal.SIGKILL)
        transports.Smtp.send = send_and_die
        deliver(load_district())
    """)
    environment = os.environ | {"SCHOOLWARD_DISTRICT": str(lakeside_file)}
    died = subprocess.run([sys.executable, "-c", killed_after_acceptance], env=environment, check=False)
    assert died.returncode == -signal.SIGKILL
    assert set(states(owner).values()) == {"queued"}
    assert mailbox.recipients() == ["one@lakeside.example"]
    assert deliver(lakeside_district).n_delivered == 2
    assert mailbox.recipients() == ["one@lakeside.example", "two@lakeside.example"]
    assert set(states(owner).values()) == {"delivered"}


def test_two_senders_at_once_send_each_message_once(owner, mailbox, lakeside_district: District):
    for i in range(20):
        queue(f"k{i}", f"mailto:n{i}@lakeside.example")
    results = []
    senders = [Thread(target=lambda: results.append(deliver(lakeside_district).n_delivered)) for _ in range(2)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert sum(results) == 20
    assert len(mailbox.mails()) == 20
    assert {r["n_attempts"] for r in owner.rows("select n_attempts from alerts.outbox")} == {1}


def test_an_urgent_alert_that_comes_while_others_are_sent_leaves_next(owner):
    sent = []

    def send(message: Message) -> None:
        sent.append(message.target)
        if len(sent) == 1:
            queue("urgent", "mailto:chief@lakeside.example", is_urgent=True)

    for i in range(3):
        queue(f"k{i}", f"mailto:n{i}@lakeside.example")
    deliver_by({"mailto": send}, lambda: datetime.now(UTC))
    assert sent == [f"mailto:{name}@lakeside.example" for name in ("n0", "chief", "n1", "n2")]


def test_the_same_key_is_queued_once(owner):
    queue("k1", "mailto:one@lakeside.example")
    queue("k1", "mailto:one@lakeside.example")
    assert len(states(owner)) == 1


def test_from_a_flag_in_the_marts_to_a_mail_in_the_owners_box(marts, owner, mailbox, lakeside_district: District):
    marts.reason("s01", "partnership_contact_gap", reason_text="S01 School has gone 21 school days without contact.")
    evaluate(lakeside_district)
    deliver(lakeside_district)
    [mail] = mailbox.mails()
    assert mail["To"] == "chief.of.schools@lakeside.example"
    assert "21 school days" in mail.get_body(("plain",)).get_content()


@pytest.fixture
def chat(monkeypatch):
    """A chat service's HTTP hook, connection ``chat``; what it was posted, and the status it answers with."""
    posts, answers = [], []

    class Chat(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            posts.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(answers.pop() if answers else 200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Chat)
    Thread(target=server.serve_forever, daemon=True).start()
    url = f"json://127.0.0.1:{server.server_port}/hook"
    monkeypatch.setenv("AIRFLOW_CONN_CHAT", json.dumps({"conn_type": "http", "password": url}))
    yield SimpleNamespace(posts=posts, answers=answers, url=url)
    server.shutdown()
    server.server_close()


def test_a_chat_service_is_reached_by_its_apprise_url_from_the_connection_with_the_pictures(
    owner, mailbox, chat, lakeside_district: District
):
    queue("k1", "apprise:chat", "Promise slipped")
    assert deliver(lakeside_district).n_delivered == 1
    [post] = chat.posts
    assert (post["title"], post["message"]) == ("Promise slipped", "text – mit Umlaut ü")
    [picture] = post["attachments"]
    assert (picture["filename"], base64.b64decode(picture["base64"])) == ("p.png", PIXEL)


def test_a_chat_service_in_trouble_is_tried_again_and_told_without_its_address(
    owner, mailbox, chat, lakeside_district: District
):
    chat.answers.append(503)
    queue("k1", "apprise:chat")
    summary = deliver(lakeside_district)
    assert summary.n_waiting == 1
    assert "Connection 'chat': the service behind the Apprise URL did not take the message." in str(summary)
    assert chat.url not in str(summary)
    assert deliver(lakeside_district, datetime.now(UTC) + timedelta(minutes=2)).n_delivered == 1
    assert len(chat.posts) == 2


def test_a_text_longer_than_the_service_takes_is_cut_between_lines_and_says_so(
    owner, mailbox, chat, lakeside_district: District
):
    lines = "\n".join(f"School {n} waits." for n in range(5000))
    with connect("alerter") as connection:
        enqueue(connection, "k1", "digest", "apprise:chat", "Chief", Content("Digest", lines, "<p>html</p>"))
    assert deliver(lakeside_district).n_delivered == 1
    [post] = chat.posts
    assert 30_000 < len(post["title"] + post["message"]) <= 32_768
    assert re.search(r"School \d+ waits\.\n… This service takes no longer messages; .* shows all\.$", post["message"])


def test_a_look_at_every_way_tells_what_is_wrong_with_each_and_sends_nothing(
    mailbox, chat, monkeypatch, lakeside_district: District
):
    engineer = lakeside_district.recipients[0]
    chats = [replace(engineer, to=f"apprise:{name}") for name in ("chat", "forgotten", "empty")]
    district = replace(lakeside_district, recipients=(*lakeside_district.recipients, *chats))
    monkeypatch.setenv("AIRFLOW_CONN_EMPTY", json.dumps({"conn_type": "http"}))
    said = dict(check(district))
    assert said.keys() >= {"Mail by connection 'smtp'", "Chat by connection 'chat'"}
    assert said["Mail by connection 'smtp'"] is None
    assert said["Chat by connection 'chat'"] is None
    assert "AIRFLOW_CONN_FORGOTTEN" in said["Chat by connection 'forgotten'"]
    assert "holds no URL that Apprise understands" in said["Chat by connection 'empty'"]
    point_smtp_at(monkeypatch, mailbox, "wrong")
    assert "refuses login 'schoolward'" in dict(check(district))["Mail by connection 'smtp'"]
    mailbox.stop()
    assert "cannot be used" in dict(check(district))["Mail by connection 'smtp'"]
    assert (chat.posts, mailbox.mails()) == ([], [])


def test_the_urgent_leave_first_and_what_can_wait_is_held_for_working_hours_and_sent_then(
    owner, mailbox, lakeside_district: District
):
    quiet = tuple(replace(r, quiet_hours=QuietHours(18 * 60, 7 * 60)) for r in lakeside_district.recipients)
    district = replace(lakeside_district, recipients=quiet)
    queue("can wait", "mailto:chief.of.schools@lakeside.example")
    queue("cannot", "mailto:chief.of.schools@lakeside.example", is_urgent=True)
    saturday = datetime(2030, 3, 2, 18, 0, tzinfo=UTC)
    summary = deliver(district, saturday)
    assert (summary.n_delivered, summary.n_held) == (1, 1)
    assert str(summary) == "1 delivered, 0 to be tried again, 0 failed, 1 held for working hours"
    [held] = owner.rows("select idempotency_key, due_at, n_attempts from alerts.outbox where state = 'queued'")
    assert held == {"idempotency_key": "can wait", "due_at": datetime(2030, 3, 4, 13, 0, tzinfo=UTC), "n_attempts": 0}
    assert deliver(district, saturday + timedelta(hours=1)).n_held == 0, "held once, not looked at again before"
    assert deliver(district, held["due_at"]).n_delivered == 1


def test_an_urgent_message_queued_last_is_sent_first(owner, mailbox, lakeside_district: District):
    for i in range(3):
        queue(f"k{i}", f"mailto:n{i}@lakeside.example", is_urgent=i == 2)
    deliver(lakeside_district)
    rows = owner.rows("select idempotency_key from alerts.outbox order by delivered_at")
    assert [row["idempotency_key"] for row in rows] == ["k2", "k0", "k1"]
