"""The weekly digest end to end: limits, late data, odd weeks, and its way to the mailbox."""

import re
from datetime import date, timedelta
from email.message import EmailMessage

import pytest
from tests.integration.alerts.made_up_marts import as_of_week

from schoolward.alerts import deliver, digest, evaluate
from schoolward.alerts.rendering import short_day
from schoolward.district import District
from schoolward.errors import SchoolwardError

WEEK = date(2026, 5, 4)
CABINET, ENGINEERS = "mailto:cabinet@lakeside.example", "mailto:data.engineers@lakeside.example"


def test_at_most_ten_schools_are_named_and_the_rest_counted(lived_weeks, marts, owner, lakeside_district: District):
    lived_weeks()
    for i in range(60):
        marts.reason(f"school-{i:02}", "partnership_unpaired", flagged=i >= 46, school_name=f"Quiet School {i}")
    evaluate(lakeside_district)
    digest(lakeside_district)
    [row] = owner.rows("select body from alerts.outbox where target = %s and kind = 'digest'", [CABINET])
    text = row["body"]["text"]
    listed = text[text.index("SCHOOLS WE OWE") : text.index("WHO DOES WHAT")]
    assert len(re.findall(r"^\S.*$", listed, flags=re.MULTILINE)) == 1 + 10 + 1  # heading, schools, "and N more"
    assert "more: `schoolward alerts list` shows them all." in listed


def test_late_data_is_told_to_leaders_in_plain_words_and_to_engineers_in_full(
    lived_weeks, owner, lakeside_district: District
):
    lived_weeks()
    owner.connection.execute(
        "update ops.load set finished_at = finished_at - interval '5 days' where source = 'registers'"
    )
    digest(lakeside_district)
    rows = {r["target"]: r["body"]["text"] for r in owner.rows("select target, body from alerts.outbox")}
    assert "The data of registers is older than it should be" in rows[CABINET]
    assert "DAG" not in rows[CABINET]
    assert "Look at the last failed task of DAG ingest_registers." in rows[ENGINEERS]
    assert "1 of 5 sources late" in rows[ENGINEERS].replace("\N{NO-BREAK SPACE}", " ")


def test_a_schools_name_cannot_put_html_into_the_mail(marts, owner, lived_weeks, lakeside_district: District):
    marts.reason("x", "partnership_unpaired", school_name="<script>alert(1)</script>", week=WEEK - timedelta(weeks=1))
    evaluate(lakeside_district)
    digest(lakeside_district)
    for row in owner.rows("select body from alerts.outbox"):
        assert "<script>" not in row["body"]["html"]


def test_a_district_without_any_request_or_contact_still_gets_its_page(marts, owner, lakeside_district: District):
    marts.reason("s01", flagged=False)
    marts.insert(
        "school_underserved_week", week_start_on=WEEK, school_key="s01", is_partnership_underserved=False,
        is_service_underserved=False, is_compounded=False, data_as_of="2026-05-08T20:00:00Z",
    )  # fmt: skip
    assert digest(lakeside_district).n_enqueued == len(lakeside_district.recipients)
    [row] = owner.rows("select body from alerts.outbox where target = %s", [CABINET])
    assert "None this week: at no school with enough data has a promise slipped for long enough." in row["body"]["text"]


def test_alerts_opened_by_a_source_whose_clock_is_ahead_stand_in_the_digest_written_with_them(
    lived_weeks, marts, owner, lakeside_district: District
):
    """Sources have clocks of their own: the first digest was once empty because its "now" was an hour before its alerts'."""
    marts.connection.execute("update marts.school_underserved_week set data_as_of = data_as_of - interval '1 hour'")
    evaluate(lakeside_district)
    digest(lakeside_district)
    [row] = owner.rows("select body from alerts.outbox where target = %s and kind = 'digest'", [CABINET])
    assert "New: 7: Human Resources (no case manager), Cedar Elementary (no substantive contact)" in row["body"]["text"]


def test_a_week_the_marts_do_not_hold_is_told(lived_weeks, owner, lakeside_district: District):
    with pytest.raises(SchoolwardError, match="The marts hold no week that starts on 2020-01-06"):
        digest(lakeside_district, date(2020, 1, 8))


def test_the_digest_reaches_the_mailbox_as_one_mail_per_reader(
    lived_weeks, owner, mailbox, lakeside_district: District
):
    lived_weeks()
    digest(lakeside_district)
    deliver(lakeside_district)
    ours = [m for m in mailbox.mails() if m["To"] == "cabinet@lakeside.example" and "4 May" in str(m["Subject"])]
    assert len(ours) == 1
    html = ours[0].get_body(("related", "html"))
    assert isinstance(html, EmailMessage)
    assert sum(part.get_content_type() == "image/png" for part in html.iter_attachments()) == 2


def test_an_ild_reads_of_every_school_of_theirs_and_of_no_other(written):
    ild, other = written.text("ild"), written.text("other_ild")
    names = {
        reader: {r["school_name"] for r in written.owner.rows(
            "select school_name from marts.partnership_school_week where week_start_on = %s and ild_staff_id = %s", [WEEK, staff_id]
        )}
        for reader, staff_id in (("ild", "S10001"), ("other_ild", "S10003"))
    }  # fmt: skip
    for text, own, strange in ((ild, "ild", "other_ild"), (other, "other_ild", "ild")):
        assert len(names[own]) == 10
        assert [name for name in names[own] if name not in text] == []
        assert [name for name in names[strange] if name in text] == []


def test_an_ild_learns_whom_to_see_what_is_open_there_and_which_steps_are_due(written):
    text = written.text("ild").replace("\N{NO-BREAK SPACE}", " ")
    assert "My schools" not in text[text.index("BEFORE YOU WALK IN") :]
    assert "Requests left to age · Facilities and Maintenance" in text
    assert "-> Director of Facilities" in text
    assert "NEXT STEPS DUE, THE OLDEST FIRST" in text
    assert "instructional days since the last substantive contact, by school" in text.lower()


def test_every_open_next_step_that_is_due_is_counted_and_the_oldest_are_named(written):
    text = written.text("ild").replace("\N{NO-BREAK SPACE}", " ")
    query = """
        select * from marts.open_next_step
        where due_on <= %s and school_key in (
            select school_key from marts.partnership_school_week where week_start_on = %s and ild_staff_id = 'S10001'
        )
        order by due_on, agreed_on
    """
    due = written.owner.rows(query, [as_of_week(WEEK).date(), WEEK])
    assert min(step["due_on"] for step in due) < WEEK - timedelta(weeks=8)
    listed = text[text.index("NEXT STEPS DUE") : text.index("BEFORE YOU WALK IN")]
    agreed = [f"Agreed on {short_day(s['agreed_on'])}, due on {short_day(s['due_on'])}" for s in due]
    assert re.findall(r"Agreed on [^,]*, due on \d+ \w+", listed) == agreed[:5]
    assert f"and {len(due) - 5} more, newer ones: " in listed
    assert f"{len(due)}  next steps due and still open" in text


def test_no_page_but_an_ilds_own_and_the_supervisors_tells_an_ilds_numbers(written):
    for reader in ("cabinet", "facilities", "others"):
        assert "Days since I was there" not in written.text(reader)
        assert "by network" not in written.text(reader)
