"""What a search finds, in which order and why, and what it must never find."""

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import Membership, Person, Team
from accounts.roles import Side
from core.marking import plain
from core.time_limits import TookTooLong, time_limit
from dashboards.search import Results, search
from incidents.actions import assign_ticket, edit_ticket, reply_to_ticket, resolve_ticket
from incidents.models import Message, SearchWord, SynonymGroup, Ticket, TicketSearch, UnreadWords
from incidents.search_index import index_tickets
from incidents.searching import ask, best, read_words, search_tickets
from incidents.searching.finding import RANKED
from tests.conftest import Cast
from tests.make.tickets import make_ticket, make_tickets

NOTE, PUBLIC, QUESTION = Message.Kind.NOTE, Message.Kind.PUBLIC, Message.Kind.QUESTION


def _file(name: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, b"-")


def _found(person: Person, text: str) -> list[int]:
    """Numbers of the tickets found, in order, without second thoughts."""
    hits = search(person, text, kind="tickets", exactly=True).hits
    return [int(hit.reference.split("-")[1]) for hit in hits]


def _titles(results: Results) -> list[str]:
    return [plain(hit.title) for hit in results.hits]


def _reasons(person: Person, text: str) -> list[tuple[str, str]]:
    """(label, snippet) of every reason of the first hit."""
    hit = search(person, text, kind="tickets").hits[0]
    return [(one.label, plain(one.pieces)) for one in hit.reasons]


# What is found


@pytest.mark.parametrize(
    "text",
    ["chec", "checkout", "checkouts", "CHECKOUT", '"checkout hangs"', "checkout -invoice",
     "invoice OR checkout", "the checkout", "hanging checkout", "checkout, hangs!", '"checkout'],
)  # fmt: skip
def test_words_beginnings_phrases_exclusions_and_alternatives(cast: Cast, text: str) -> None:
    ticket = make_ticket(cast.rob, title="Checkout hangs after the coupon")
    make_ticket(cast.rob, title="Report is empty", description="")
    assert _found(cast.ann, text) == [ticket.pk]


@pytest.mark.parametrize(
    "text", ['"hangs checkout"', "checkout -coupon", 'checkout -"the coupon"', '"chec"', "heckout"]
)
def test_what_does_not_fit_is_not_found(cast: Cast, text: str) -> None:
    make_ticket(cast.rob, title="Checkout hangs after the coupon", description="")
    assert _found(cast.ann, text) == []


def test_or_binds_its_two_neighbours_only(cast: Cast) -> None:
    jam = make_ticket(cast.rob, title="Scanner jam", description="")
    make_ticket(cast.rob, title="Printer offline", description="")
    assert _found(cast.ann, "printer OR scanner jam") == [jam.pk]


@pytest.mark.parametrize(
    "writing", ["INC-{}", "inc{}", "inc {}", "INC#{}", "#{}", "{}", " inc-{} "]
)
def test_a_number_is_found_in_any_writing_and_comes_first(cast: Cast, writing: str) -> None:
    ticket = make_ticket(cast.rob, title="Old")
    for _ in range(3):
        make_ticket(cast.rob, title=f"See {ticket.reference} and {ticket.pk}")
    text = writing.format(ticket.pk)
    assert _found(cast.ann, text)[0] == ticket.pk
    assert _reasons(cast.ann, text)[0][0] == "number"


def test_a_number_of_the_former_desk_is_found(cast: Cast) -> None:
    ticket = make_ticket(cast.rob, source="old", source_number="T00002")
    assert _found(cast.ann, "t00002") == [ticket.pk]
    assert _reasons(cast.ann, "T00002") == [("source number", "T00002")]


def test_a_ticket_is_found_by_requester_affected_user_assignee_and_organisation(cast: Cast) -> None:
    ticket = make_ticket(cast.rob, title="Stuck", description="", affected_users=[cast.rita])
    assign_ticket(ticket, actor=cast.pia, assignee=cast.ann)
    for text, label, name in (
        ("rob", "requester", "Rob"),
        ("rob@acme.example", "requester", "Rob <rob@acme.example>"),
        ("rita", "affected user", "Rita"),
        ("ann@house", "assignee", "Ann <ann@house.example>"),
        ("acm", "organisation", "Acme"),
    ):
        assert _found(cast.mo, text) == [ticket.pk], text
        assert (label, name) in _reasons(cast.mo, text)


def test_a_name_and_a_word_are_found_together(cast: Cast) -> None:
    ticket = make_ticket(cast.rob, title="Voucher refused")
    make_ticket(cast.stan, title="Voucher refused")
    assert _found(cast.ann, "voucher rob") == [ticket.pk]
    assert _found(cast.ann, "voucher -stan") == [ticket.pk]


def test_a_file_is_found_by_its_name_and_parts_of_it(cast: Cast) -> None:
    ticket = make_ticket(cast.rob)
    reply_to_ticket(ticket, actor=cast.rob, body="Here", files=[_file("invoice_2024-final.pdf")])
    for text in ("invoice_2024-final.pdf", "invoice", "final", "2024"):
        assert _found(cast.ann, text) == [ticket.pk], text
    assert ("attachment", "invoice_2024-final.pdf") in _reasons(cast.ann, "invoice")


def test_the_resolution_is_found(cast: Cast) -> None:
    ticket = make_ticket(cast.rob, title="Stuck")
    resolve_ticket(ticket, actor=cast.ann, code="fixed", text="Replaced the fuser.")
    assert _reasons(cast.ann, "fuser") == [("resolution", "Replaced the fuser.")]


def test_a_renamed_person_or_organisation_is_found_under_the_new_name_at_once(cast: Cast) -> None:
    ticket = make_ticket(cast.rob, title="Stuck", description="")
    Person.objects.filter(pk=cast.rob.pk).update(name="Zacharias Quill")
    cast.acme.name = "Bluebird"
    cast.acme.save()
    assert _found(cast.ann, "quill") == _found(cast.ann, "bluebird") == [ticket.pk]
    assert _found(cast.ann, "rob") == [ticket.pk]  # still the address
    assert _found(cast.ann, "acme") == [ticket.pk]  # the same
    Person.objects.filter(pk=cast.rob.pk).update(email="zq@bluebird.example")
    assert _found(cast.ann, "acme") == []


def test_renaming_rewrites_no_ticket(cast: Cast) -> None:
    make_tickets(3, cast.rob)
    with connection.cursor() as cursor:
        cursor.execute("SELECT array_agg(xmin::text) FROM incidents_ticketsearch")
        before = cursor.fetchone()
        Person.objects.filter(pk=cast.rob.pk).update(name="Zacharias")
        cursor.execute("SELECT array_agg(xmin::text) FROM incidents_ticketsearch")
        assert cursor.fetchone() == before


def test_every_change_is_found_as_soon_as_it_is_saved(cast: Cast) -> None:
    ticket = make_ticket(cast.rob, title="Stuck", description="")
    assert _found(cast.mo, "ann") == []
    assign_ticket(ticket, actor=cast.pia, assignee=cast.ann)
    assert _found(cast.mo, "ann") == [ticket.pk]
    ticket.refresh_from_db()
    edit_ticket(
        ticket, actor=cast.ann, version=ticket.version, title="Frozen", affected_users=[cast.stan]
    )
    assert _found(cast.mo, "stuck") == []
    assert _found(cast.mo, "frozen") == _found(cast.mo, "stan") == [ticket.pk]


# What must never be found


def test_requesters_find_no_note_no_question_and_no_file_of_one(cast: Cast) -> None:
    ticket = make_ticket(cast.rob, title="Stuck", description="")
    reply_to_ticket(ticket, actor=cast.ann, body="Quixotic", kind=NOTE, files=[_file("secret.log")])
    reply_to_ticket(ticket, actor=cast.ann, body="Perplexing", kind=QUESTION)
    reply_to_ticket(ticket, actor=cast.ann, body="Plain words", files=[_file("manual.pdf")])
    for hidden in ("quixotic", "perplexing", "secret", "secret.log"):
        assert _found(cast.rob, hidden) == []
        assert _found(cast.ann, hidden) == [ticket.pk]
    assert _found(cast.rob, "manual") == _found(cast.rob, "plain") == [ticket.pk]


def test_no_snippet_shows_a_requester_what_they_may_not_read(cast: Cast) -> None:
    ticket = make_ticket(cast.rob, title="Voucher refused", description="")
    reply_to_ticket(
        ticket, actor=cast.ann, body="The voucher is forged", kind=NOTE, files=[_file("voucher.x")]
    )
    assert _reasons(cast.rob, "voucher") == [("title", "")]
    labels = [label for label, _ in _reasons(cast.ann, "voucher")]
    assert "internal note by Ann" in labels or "attachment" in labels


def test_requesters_do_not_find_by_assignee_or_by_people_they_do_not_know(cast: Cast) -> None:
    ticket = make_ticket(cast.rob, title="Stuck", description="", affected_users=[cast.stan])
    assign_ticket(ticket, actor=cast.pia, assignee=cast.ann)
    assert _found(cast.rob, "ann") == []
    assert _found(cast.rob, "stan") == []
    assert _found(cast.rob, "rob") == [ticket.pk]


def test_the_ticket_of_a_restricted_team_is_found_by_its_members_only(cast: Cast) -> None:
    team = Team.objects.create(name="Personnel", side=Side.SUPPORT, restricted=True)
    Membership.objects.create(person=cast.pia, team=team)
    ticket = make_ticket(cast.ada, requester=cast.rob, title="Quixotic", team=team)
    assert _found(cast.pia, "quixotic") == [ticket.pk]
    for text in ("quixotic", str(ticket.pk), "rob"):
        assert _found(cast.ann, text) == []


# Order and pages


def test_the_title_counts_more_than_a_message_and_words_more_than_beginnings(cast: Cast) -> None:
    beginning = make_ticket(cast.rob, title="Refunding is slow", description="")
    said = make_ticket(cast.rob, title="Stuck", description="")
    reply_to_ticket(said, actor=cast.rob, body="It is about a refund")
    title = make_ticket(cast.rob, title="Refund is late", description="")
    make_ticket(cast.rob, title="Refundable fares", description="")
    found = _found(cast.ann, "refund")
    assert found.index(title.pk) < found.index(said.pk)
    assert beginning.pk in found
    assert _found(cast.ann, "refund") == found


def test_of_two_equal_matches_the_newer_comes_first(cast: Cast) -> None:
    older, newer = (make_ticket(cast.rob, title="Refund is late") for _ in range(2))
    assert _found(cast.ann, "refund") == [newer.pk, older.pk]


def test_pages_hold_every_ticket_once_also_beyond_what_is_ranked_at_a_time(cast: Cast) -> None:
    made = RANKED + 30
    Ticket.objects.bulk_create(
        [Ticket(title=f"Refund {n}", requester=cast.rob) for n in range(made)]
    )
    index_tickets(list(Ticket.objects.values_list("pk", flat=True)))
    question = ask("refund", cast.ann)
    seen: list[int] = []
    cursor = None
    for _ in range(100):
        page = best(Ticket.objects.visible_to(cast.ann), question, cast.ann, cursor=cursor)
        seen += [one.pk for one in page.rows]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == made


# Why it was found


def test_a_message_is_shown_with_who_said_it_and_the_words_around(cast: Cast) -> None:
    ticket = make_ticket(cast.rob, title="Stuck", description="")
    words = "x " * 300 + "then the spooler crashed again " + "y " * 300
    reply_to_ticket(ticket, actor=cast.ann, body=words, kind=NOTE)
    [(label, snippet)] = _reasons(cast.ann, "spooler")
    assert label == "internal note by Ann"
    assert "the spooler crashed" in snippet
    assert len(snippet) < 300


def test_what_is_marked_is_escaped(cast: Cast, as_user: Callable[[Person], Client]) -> None:
    make_ticket(cast.rob, title="<script>alert(1)</script> checkout", description="<b>checkout")
    page = as_user(cast.ann).get("/search/", {"q": "checkout"}).content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; <mark>checkout</mark>" in page
    assert "&lt;b&gt;<mark>checkout</mark>" in page


# Synonyms and stop words


def test_a_synonym_is_found_and_named_in_the_reason(cast: Cast) -> None:
    ticket = make_ticket(cast.rob, title="Notebooks overheat", description="")
    assert _found(cast.ann, "laptop") == []
    SynonymGroup.objects.create(words=["laptop", "notebook", "portable computer"])
    assert _found(cast.ann, "laptops") == [ticket.pk]
    assert _reasons(cast.ann, "laptop")[0][0] == "title: a synonym of “laptop”"
    phrase = make_ticket(cast.rob, title="A portable computer is missing", description="")
    assert _found(cast.ann, "notebook -overheat") == [phrase.pk]


# Spelling


def test_a_misspelt_word_is_corrected_and_said_so(cast: Cast) -> None:
    make_ticket(cast.rob, title="Checkout hangs", description="")
    read_words()
    for typed in ("chekout", "checkuot", "chcekout", "cheeckout"):
        results = search(cast.ann, f"{typed} hangs")
        assert results.shown_for == "checkout hangs", typed
        assert _titles(results) == ["Checkout hangs"]
        assert results.hits[0].reasons[0].label.endswith(f"a similar spelling of “{typed}”")
        assert search(cast.ann, f"{typed} hangs", exactly=True).hits == []


def test_a_misspelt_name_is_corrected(cast: Cast) -> None:
    Person.objects.filter(pk=cast.rob.pk).update(name="Robert Zimmermann")
    make_ticket(cast.rob, title="Stuck", description="")
    read_words()
    assert search(cast.ann, "zimmerman printer").shown_for == ""
    assert search(cast.ann, "zimermann").shown_for == "zimmermann"


def test_no_correction_offers_a_word_the_person_may_not_read(cast: Cast) -> None:
    mine = make_ticket(cast.rob, title="Stuck", description="")
    reply_to_ticket(mine, actor=cast.ann, body="Bankruptcy feared", kind=NOTE)
    make_ticket(cast.stan, title="Bankruptcy announced")
    read_words()
    assert SearchWord.objects.filter(word="bankruptcy").exists()
    assert search(cast.rob, "bankruptzy").shown_for == ""
    assert search(cast.ann, "bankruptzy").shown_for == "bankruptcy"


def test_words_of_a_change_are_read_once(cast: Cast) -> None:
    make_ticket(cast.rob, title="Checkout hangs", description="")
    while read_words():
        pass
    seen = SearchWord.objects.get(word="checkout").seen
    assert read_words() == 0
    assert SearchWord.objects.get(word="checkout").seen == seen
    assert not UnreadWords.objects.exists()


def test_a_search_that_takes_too_long_is_stopped_with_a_sentence(cast: Cast) -> None:
    with (
        pytest.raises(TookTooLong, match="too long"),
        time_limit(20, "It took too long.", field="q"),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT pg_sleep(2)")
    assert Ticket.objects.count() == 0  # the connection goes on


def test_the_limit_ends_with_what_it_was_for(cast: Cast) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        before = cursor.fetchone()
        with time_limit(20, "x"):
            pass
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == before


ODD = [
    "", " ", "%", "_", "\\", "'", '"', '""', "-", "--", "-word", '-"two words"', "OR", "OR OR",
    "a OR", "&", "|", "!", "!!", ":*", "<->", "((", "a & | b", "\x00", "\x00\x01\x1f", "🙂", "é",
    "\u202eabc", "a" * 10_000, "word " * 2_000, '"' * 10_000, "%%%___", "a'b\\c", "\\'",
    "'; DROP TABLE x; --",
    "(?i", "[a-", "a{999999}", "*", "+", "\\m", "INC-99999999999", "#999999999999999999999", "inc-",
    "foo-bar/baz.qux", "https://example.com/a?b=c&d", "ann@", "@p1", "'@p1'", "a:b", "«x»",
]  # fmt: skip


@pytest.mark.parametrize(
    ("who", "address"),
    [
        ("ann", "/search/"),
        ("ann", "/api/v1/search/"),
        ("ann", "/tickets/"),
        ("rob", "/search/"),
        ("rob", "/portal/"),
        ("rob", "/api/v1/tickets/"),
    ],
)
def test_any_text_gets_an_answer_everywhere(
    cast: Cast, as_user: Callable[[Person], Client], who: str, address: str
) -> None:
    make_ticket(cast.rob, title="A word, foo-bar and é")
    read_words()
    browser = as_user(cast.everyone[who])
    for text in ODD:
        answer = browser.get(address, {"q": text})
        refused = 400 if address.startswith("/api/") else 200
        assert answer.status_code in {200, 302, refused}, (text[:50], answer.status_code)


def test_only_a_minus_is_answered_with_a_sentence(cast: Cast) -> None:
    make_ticket(cast.rob)
    results = search(cast.ann, "-checkout")
    assert results.hits == []
    assert "a minus only takes away" in results.note


def test_texts_of_the_shortest_words_fit_into_the_index(cast: Cast) -> None:
    """A set of words is limited in bytes; many different short words need most of them."""
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    words = [a + b + c for a in letters for b in letters for c in letters]
    text = " ".join(words)[:100_000]
    ticket = make_ticket(cast.rob, title="Long", description=text)
    for kind in (PUBLIC, PUBLIC, NOTE, NOTE):
        reply_to_ticket(ticket, actor=cast.ann, body=text[::-1], kind=kind)
    resolve_ticket(ticket, actor=cast.ann, code="fixed", text=text)
    assert _found(cast.ann, "long") == [ticket.pk]


# One engine


def test_the_list_the_portal_and_the_api_find_what_the_search_page_finds(
    cast: Cast, as_user: Callable[[Person], Client]
) -> None:
    ticket = make_ticket(cast.rob, title="Checkout hangs", description="")
    make_ticket(cast.rob, title="Report", description="")
    for text in ("chec", f"#{ticket.pk}", "checkout OR nothing", "checkout -report"):
        listed = as_user(cast.ann).get("/api/v1/tickets/", {"q": text}).json()["results"]
        assert [one["id"] for one in listed] == [ticket.pk]
        for person, address in ((cast.ann, "/tickets/?state=any"), (cast.rob, "/portal/?")):
            page = as_user(person).get(f"{address}&q={text.replace('#', '%23')}").content.decode()
            assert "Checkout hangs" in page
            assert ">Report<" not in page
        visible = Ticket.objects.visible_to(cast.ann)
        assert list(search_tickets(visible, text, cast.ann)) == [ticket]


def test_the_words_of_every_ticket_can_be_written_anew(cast: Cast) -> None:
    ticket = make_ticket(cast.rob, title="Checkout hangs")
    TicketSearch.objects.all().delete()
    assert _found(cast.ann, "rob") == []
    call_command("index_search")
    assert _found(cast.ann, "rob") == _found(cast.ann, "checkout") == [ticket.pk]


def test_words_that_were_taken_back_with_their_change_are_not_found(cast: Cast) -> None:
    """Index and tickets are one transaction: neither is ever ahead of the other."""
    ticket = make_ticket(cast.rob, title="Checkout hangs", description="")
    with transaction.atomic():
        reply_to_ticket(ticket, actor=cast.ann, body="The zebra crossed")
        assert _found(cast.ann, "zebra") == [ticket.pk]
        transaction.set_rollback(True)
    assert _found(cast.ann, "zebra") == []


def test_every_hit_shows_the_subject_whatever_the_words_stand_in(
    cast: Cast, as_user: Callable[[Person], Client], api_as: Callable[[Person], APIClient]
) -> None:
    ticket = make_ticket(cast.rob, title="Checkout hangs", description="")
    reply_to_ticket(ticket, actor=cast.ann, body="The gateway is down")
    page = as_user(cast.ann).get("/search/?q=gateway").content.decode()
    assert "Checkout hangs" in page
    assert "Public reply by Ann" in page
    [hit] = api_as(cast.ann).get("/api/v1/search/?q=gateway").json()["results"]
    assert hit["title"] == "Checkout hangs"


def test_a_hit_is_a_stretch_of_a_long_text_and_never_all_of_it(
    cast: Cast, as_user: Callable[[Person], Client], api_as: Callable[[Person], APIClient]
) -> None:
    long = "Nothing of interest. " * 2_000 + "The gateway is down. " + "More of it. " * 2_000
    ticket = make_ticket(cast.rob, title="Checkout hangs", description=long)
    reply_to_ticket(ticket, actor=cast.ann, body=long)
    for browser, address in (
        (as_user(cast.ann), "/search/?q=gateway"),
        (api_as(cast.ann), "/api/v1/search/?q=gateway"),
    ):
        assert len(browser.get(address).content) < 60_000


def test_there_is_a_search_box_on_every_page(
    cast: Cast, as_user: Callable[[Person], Client]
) -> None:
    for person, address in ((cast.ann, "/tickets/"), (cast.dev, "/"), (cast.rob, "/portal/")):
        page = as_user(person).get(address, follow=True).content.decode()
        assert 'action="/search/"' in page, address
