"""What the pages of one week say: to whom, with which pictures, reasons and changes."""

import re

from schoolward.alerts import digest
from schoolward.district import District


def test_every_recipient_gets_one_digest_a_week_however_often_it_is_asked_for(written, lakeside_district: District):
    assert len(written.by_target) == len(lakeside_district.recipients)
    before = written.owner.content()
    summary = digest(lakeside_district)
    assert (summary.n_enqueued, summary.n_already_there) == (0, len(lakeside_district.recipients))
    assert written.owner.content() == before


def test_every_digest_has_two_pictures_with_alternative_text_and_each_stands_in_the_html(written):
    for row in written.by_target.values():
        pictures = row["body"]["pictures"]
        assert len(pictures) >= 2
        for picture in pictures:
            assert f'src="cid:{picture["cid"]}"' in row["body"]["html"]
            assert len(picture["alt"]) > 40
        assert re.findall(r'<img[^>]*alt=""', row["body"]["html"]) == []


def test_the_cabinet_reads_what_was_kept_and_broken_why_and_who_does_what(written):
    text = written.text("cabinet")
    assert re.search(
        r"\d+ % of service promises kept; 7 schools are owed something", text.replace("\N{NO-BREAK SPACE}", " ")
    )
    assert "Human Resources slips on this promise at 40 of the 60 schools" in text
    assert "28 instructional days since the last substantive contact; the promise is at most 15." in text
    assert "-> Chief of Schools, by" in text
    assert (
        "Director of Facilities\n  Give every overdue request of the school a named person and a date today.\n    Requests left to age: 4 schools, by 8 May"
        in text.replace("\N{NO-BREAK SPACE}", " ")
    )


def test_what_changed_is_told_as_new_continuing_and_resolved(written):
    text = written.text("cabinet")
    assert "WHAT CHANGED SINCE 1 May" in text
    assert "New: 3: Harbor Academy" in text
    assert "Resolved: 1: Oak High School (requests left to age)" in text
    assert "Continuing: 6, of which 1 taken up" in text


def test_the_school_of_most_need_with_both_flags_stands_first(written):
    text = written.text("cabinet")
    schools = text[text.index("SCHOOLS WE OWE") :]
    assert schools.index("Oak Middle School [partnership and service, high need]") < schools.index("Union Primary")
    assert "(new, urgent)" in schools


def test_each_role_reads_its_own_promises_only(written):
    assert "Director of Facilities" not in written.text("supervisor")
    assert "No substantive contact" not in written.text("facilities")
    assert "Service promises not kept" not in written.text("facilities")
    assert "Human Resources, across the schools" in written.text("others")
    assert "Network 3" in written.text("supervisor")
    assert "Network 3" not in written.text("cabinet")  # a network's numbers are its ILD's numbers
