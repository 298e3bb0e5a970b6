"""The demo's mailbox page."""

from pathlib import Path

import pytest
from django.core.mail import EmailMessage, get_connection

from portal.accounts.mailbox import read_letters


@pytest.fixture
def sent(tmp_path: Path, settings) -> Path:
    settings.MAIL_DIR = tmp_path

    def send(subject: str, body: str, date: str) -> EmailMessage:
        return EmailMessage(subject, body, to=["ä@example.org"], headers={"Date": date})

    connection = get_connection(
        "django.core.mail.backends.filebased.EmailBackend", file_path=tmp_path
    )
    old = send("Old", "First line", "Fri, 20 Nov 2026 07:00:00 -0000")
    new = send("Grüße", "Open http://testserver/x/?a=1&b=2 <b>now</b>\n" + "-" * 79 + "\nend",
               "Fri, 20 Nov 2026 08:00:00 -0000")  # fmt: skip
    connection.send_messages([old, new])
    return tmp_path


def test_letters_are_read_back_newest_first(sent):
    assert [letter.subject for letter in read_letters(sent)][0] == "Grüße"
    assert len(read_letters(sent, limit=1)) == 1


def test_a_folder_that_is_not_there_yet_is_an_empty_mailbox(tmp_path):
    assert read_letters(tmp_path / "none") == []


def test_links_can_be_clicked_and_nothing_else_is_markup(sent, settings, browser):
    settings.DEMO = True
    page = browser.get("/mailbox/").content.decode()
    assert '<a href="http://testserver/x/?a=1&amp;b=2"' in page
    assert "&lt;b&gt;now" in page


def test_there_is_no_mailbox_outside_the_demo(sent, browser):
    assert browser.get("/mailbox/").status_code == 404
