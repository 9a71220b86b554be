"""The sample district's mail server: whole mails in a folder, one per Message-ID, and a login where one is set."""

import smtplib
from email.message import EmailMessage

import pytest

from schoolward.sample.mailbox import file_name


def mail(message_id: str, text: str = "hello") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@x.example", "b@x.example", "Hello"
    message["Message-ID"] = message_id
    message.set_content(text)
    return message


def send(mailbox, message: EmailMessage, password: str) -> None:
    with smtplib.SMTP(mailbox.host, mailbox.port, timeout=10) as server:
        server.login("schoolward", password)
        server.send_message(message)


def test_the_same_mail_twice_is_one_file_and_another_is_another(mailbox) -> None:
    send(mailbox, mail("<one@x.example>"), "let-me-in")
    send(mailbox, mail("<one@x.example>"), "let-me-in")
    send(mailbox, mail("<two@x.example>"), "let-me-in")
    assert sorted(path.name for path in mailbox.folder.iterdir()) == ["one.eml", "two.eml"]


def test_without_the_right_login_nothing_is_taken(mailbox) -> None:
    with pytest.raises(smtplib.SMTPAuthenticationError):
        send(mailbox, mail("<one@x.example>"), "guessed")
    with smtplib.SMTP(mailbox.host, mailbox.port, timeout=10) as server, pytest.raises(smtplib.SMTPException):
        server.send_message(mail("<one@x.example>"))
    assert list(mailbox.folder.iterdir()) == []


def test_a_message_id_cannot_name_a_file_outside_the_folder() -> None:
    assert file_name(b"Message-ID: <../../etc/passwd@x>\n\nhello") == "------etc-passwd.eml"
    assert file_name(b"Subject: none\n\nhello").removesuffix(".eml").isalnum()
