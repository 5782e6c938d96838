import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.entities import Entity, entities
from analysis.text import (
    clean,
    embedding_text,
    excerpt,
    join_title,
    mask_volatile,
    text_hash,
    tokens,
    without_mail_noise,
    word_parts,
)

MAIL = """received from: kim.lee@example.org

Hi team,

The export job fails with ORA-00600 on host app-db-07.

Kind regards
Kim Lee
Tel. +49 30 1234567

This e-mail is confidential and intended only for the addressee.
"""


def test_a_mail_is_reduced_to_what_the_person_meant():
    assert clean(MAIL) == "The export job fails with ORA-00600 on host app-db-07."


def test_quoted_mail_is_dropped():
    text = (
        "It happens again.\n\nOn Mon, 3 Mar 2025 at 10:11, Ann <ann@x.org> wrote:\n> Is it fixed?"
    )
    assert clean(text) == "It happens again."


def test_a_mail_of_nothing_but_a_quotation_keeps_it():
    assert "Is it fixed" in without_mail_noise("> Is it fixed?")


@pytest.mark.parametrize(
    "volatile",
    [
        "2016-08-14 22:35:05",
        "08/14/2016",
        "10:35 pm",
        "6f9619ff-8b86-d011-b42d-00c04fc964ff",
        "d41d8cd98f00b204e9800998ecf8427e",
        "0x7ffd4a2c",
        "someone@example.org",
        "https://example.org/a?b=1",
        "10.1.2.3",
        "INC0012345",
        "5019168696",
        "+49 30 901820",
    ],
)
def test_what_differs_between_two_reports_of_one_cause_is_masked(volatile):
    assert mask_volatile(f"failed {volatile} again", "#").split() == ["failed", "#", "again"]


@pytest.mark.parametrize("kept", ["ORA-00600", "Job_1394", "E1234", "app-db-07", "SID_34", "3.2"])
def test_codes_jobs_and_hosts_are_kept(kept):
    assert kept in clean(f"It failed with {kept} today")


def test_empty_fields_and_contact_details_of_a_form_are_dropped():
    form = "name: Kim Lee\nlanguage:\ntelephone:\nsummary: unlock my account"
    assert clean(form) == "summary: unlock my account"


def test_a_single_line_with_a_colon_is_no_form():
    assert clean("Error:") == "Error:"


def test_names_of_people_are_removed_on_request():
    assert clean("Setup laptop for Kim Leeson", ["Kim Leeson"]) == "Setup laptop for Kim"


def test_a_title_repeated_in_the_body_counts_once():
    assert join_title("Printer jam", "printer jam in room 4") == "printer jam in room 4"
    assert join_title("Printer jam", "Room 4") == "Printer jam\nRoom 4"


def test_the_title_outweighs_a_long_body_in_what_is_embedded():
    text = embedding_text("Printer jam", "tray " * 500)
    assert text.count("Printer jam") == 3
    assert len(text) < 500


def test_a_ticket_without_a_body_is_embedded_as_its_title():
    assert embedding_text("Printer jam", "Printer jam").strip() == "Printer jam"


def test_tokens_leave_out_stop_words_and_numbers_and_keep_identifiers_whole():
    assert tokens("Please help, the Job_1394 failed 3 times") == ["job_1394", "failed", "times"]


def test_compound_words_are_also_found_by_their_parts():
    assert word_parts("FileSystemError") == ["filesystemerror", "file", "system", "error"]


def test_texts_that_say_the_same_have_the_same_hash():
    one = text_hash("Hello,\nJob A failed at 2024-01-02 10:00\nThanks")
    assert one == text_hash("job a failed at 2023-05-06 11:11:12")
    assert one != text_hash("job b failed at 2023-05-06 11:11:12")


def test_an_excerpt_ends_at_a_word():
    assert excerpt("one two three four", 12) == "one two…"
    assert excerpt("short") == "short"


@given(st.text(max_size=400))
def test_no_text_is_too_strange_to_clean(text):
    cleaned = clean(text)
    assert clean(cleaned) is not None
    assert len(text_hash(text)) == 64
    assert all(entity.value for entity in entities(text))


def test_a_pasted_log_of_megabytes_is_cut():
    assert len(clean("error in line\n" * 400_000)) < 25_000


@pytest.mark.parametrize(
    ("text", "entity"),
    [
        ("job nightly_export failed in scheduler", Entity("job", "nightly_export")),
        ("abended job in scheduler: Job_1148", Entity("job", "job_1148")),
        ("java.lang.NullPointerException at X", Entity("exception", "nullpointerexception")),
        ("it says ORA-00942", Entity("code", "ora-00942")),
        ("error code 0x80070005 shown", Entity("code", "0x80070005")),
        ("Fehler 4711 beim Speichern", Entity("code", "4711")),
        ("disk full on app-db-07", Entity("host", "app-db-07")),
        ("no ping to 10.1.2.3", Entity("host", "10.1.2.3")),
        ("shop_floor_app is slow", Entity("name", "shop_floor_app")),
    ],
)
def test_named_things_are_found(text, entity):
    assert entity in entities(text)


def test_an_ordinary_sentence_names_nothing():
    assert entities("I cannot open the door of the meeting room") == ()
