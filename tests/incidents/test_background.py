"""What follows a ticket: its vector, its look-alikes, and who is told."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone

from accounts.models import Team
from analysis.keys import ExactKey
from analysis.lexical import TermStatistics
from analysis.similar import Prepared, SimilarDocument, prepare
from analysis.vectors import FloatMatrix, WordLlamaEmbedder
from core.models import Event
from incidents import actions
from incidents.models import Message, Ticket, TicketVector
from incidents.remembering import PreparedTickets
from incidents.retrieval import read_key, stored_key
from incidents.searching.spelling import meant_words, read_words
from incidents.similar import embed_missing, embed_tickets, load_models, similar_tickets, similar_to
from incidents.tasks import close_settled_tickets, embed_missing_tickets
from incidents.vectorspaces import serving
from notifications.models import Notification, OutgoingMail
from tests.conftest import Cast
from tests.incidents.conftest import Opener

Play = Callable[[], AbstractContextManager[None]]


def told(person: object) -> list[str]:
    return list(Notification.objects.filter(person=person).values_list("kind", flat=True))


def test_a_new_ticket_is_embedded_and_says_so(opened: Opener, after_commit: Play) -> None:
    with after_commit():
        ticket = opened(title="ORA-00600 in checkout")
    row = TicketVector.objects.get(pk=ticket.pk)
    assert row.model.startswith("wordllama")
    assert "code:checkout\x1fora-00600" in row.keys
    assert Event.objects.about(ticket).filter(name="incidents.ticket_embedded").count() == 1


def test_an_edit_of_the_text_embeds_again_and_another_edit_does_not(
    opened: Opener, cast: Cast, after_commit: Play
) -> None:
    with after_commit():
        ticket = opened()
    before = TicketVector.objects.get(pk=ticket.pk).text_hash
    with after_commit():
        actions.edit_ticket(ticket, actor=cast.ann, version=ticket.version, impact=1)
    assert TicketVector.objects.get(pk=ticket.pk).text_hash == before
    ticket.refresh_from_db()
    with after_commit():
        actions.edit_ticket(
            ticket, actor=cast.ann, version=ticket.version, title="The printer is on fire"
        )
    assert TicketVector.objects.get(pk=ticket.pk).text_hash != before
    assert Event.objects.about(ticket).filter(name="incidents.ticket_embedded").count() == 2


TRACE = """
java.lang.NullPointerException: x is null
    at org.shop.cart.Cart.add(Cart.java:10)
    at org.shop.cart.CartController.post(CartController.java:77)
"""
PROSE = "We were closing the books of the quarter when all of it stopped. " * 12
MORE = "After lunch the colleagues of the warehouse called about their screens. " * 12


def test_an_equal_trace_is_found_however_late_in_the_text_it_stands(
    opened: Opener, cast: Cast
) -> None:
    one = opened(title="Basket is broken", description=PROSE + TRACE)
    other = opened(title="Screens and basket in the warehouse", description=MORE + TRACE)
    typed = f"Anything else\n{MORE}{TRACE}"
    # Before anything is embedded the text of the other tells, afterwards the stored key.
    for _ in range(2):
        (match,) = [m for m in similar_to(cast.ann, one) if m.ticket == other]
        assert match.reasons[0] == "same stack trace (NullPointerException)"
        embed_tickets([one.pk, other.pk])
    found = similar_tickets(cast.ann, text=typed)
    assert {m.ticket for m in found if "same stack trace" in m.reason} == {one, other}


def test_keys_are_read_as_they_were_stored() -> None:
    for key in (
        ExactKey("job", "nightly_9", "job"),
        ExactKey("code", "checkout\x1fora-00600"),
        ExactKey("template", "app-db-07 disk full <*>", "<thing> disk full <*>"),
    ):
        assert read_key(stored_key(key)) == key
    long, other = (ExactKey("template", "x" * 200 + end, "y" * 200) for end in "ab")
    assert read_key(stored_key(long)) != read_key(stored_key(other))
    assert len(stored_key(long)) <= TicketVector._meta.get_field("keys").base_field.max_length


def test_a_trace_or_a_component_added_later_changes_the_keys_but_embeds_nothing(
    opened: Opener, cast: Cast, after_commit: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    with after_commit():
        ticket = opened(title="ORA-00600 is shown", description=PROSE)
    old = TicketVector.objects.get(pk=ticket.pk)
    assert old.keys == ["code:checkout\x1fora-00600"]
    monkeypatch.setattr(WordLlamaEmbedder, "embed", _refuses_texts)
    with after_commit():
        actions.edit_ticket(
            ticket,
            actor=cast.ann,
            version=ticket.version,
            description=PROSE + TRACE,
            component=cast.invoices,
        )
    new = TicketVector.objects.get(pk=ticket.pk)
    assert (new.text_hash, new.embedded_at) == (old.text_hash, old.embedded_at)
    assert [key.partition(" ")[0] for key in new.keys] == [
        "stack:NullPointerException",
        "code:invoices\x1fora-00600",
    ]
    assert Event.objects.about(ticket).filter(name="incidents.ticket_embedded").count() == 2


def _refuses_texts(_self: object, texts: Sequence[str]) -> FloatMatrix:
    assert not texts, "nothing is to be embedded"
    return np.zeros((0, 256), dtype=np.float32)


def test_whoever_sees_few_tickets_finds_theirs_among_many_of_others(
    opened: Opener, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    for limit in ("NEAREST", "BY_WORDS", "BY_KEYS"):
        monkeypatch.setattr(f"incidents.retrieval.{limit}", 2)
    same = "Card is declined at checkout with ERR-4711"
    theirs = opened(title=same, requester=cast.stan)
    others = [opened(title=same) for _ in range(4)]
    embed_tickets([theirs.pk, *(one.pk for one in others)])
    assert [m.ticket for m in similar_tickets(cast.stan, text=same)] == [theirs]


def test_a_misspelt_title_is_looked_up_by_the_words_it_may_mean(
    opened: Opener, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    like = opened(title="Password was rejected", description="Zanzibar")
    read_words()
    assert "password" in meant_words("My pasword is gone")
    assert meant_words("My password is gone") == []
    asked: list[str] = []
    monkeypatch.setattr(
        "incidents.similar.retrieval.by_words", lambda text, *_: asked.append(text) or [like.pk]
    )
    similar_tickets(cast.ann, text="pasword rejected")
    assert "password" in asked[0].split()


class _Kept:
    """Stands for a table of word vectors; remembers what it was asked for."""

    def __init__(self) -> None:
        self.words: list[str] = []

    def of(self, words: Sequence[str]) -> None:
        self.words += words


def test_the_words_of_the_desk_are_warmed_with_the_models(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = _Kept()
    monkeypatch.setattr("incidents.similar.word_vectors", lambda: kept)
    known = TermStatistics(9, {"rare": 1, "common": 8})
    monkeypatch.setattr("incidents.similar.term_statistics", lambda: known)
    load_models()
    assert kept.words == ["common", "rare"]


def test_prepared_tickets_keep_what_was_compared_last_under_the_statistics_of_now() -> None:
    old, new = TermStatistics(1), TermStatistics(2)
    kept = PreparedTickets(most=2)

    def made(name: str) -> Prepared:
        return prepare(SimilarDocument(1, name), old)

    def get(name: str, statistics: TermStatistics = old) -> str:
        return kept.get((1, name), statistics, lambda: made(f"new {name}")).document.title

    assert [get(name) for name in ("a", "b", "a", "c")] == ["new a", "new b", "new a", "new c"]
    again = kept.get((1, "a"), old, lambda: made("made twice"))
    assert again.document.title == "new a"

    def overtaken() -> Prepared:
        get("x", new)
        return made("under the old statistics")

    kept.get((1, "late"), old, overtaken)
    assert get("late", new) == "new late"


def test_how_old_a_match_is_does_not_depend_on_the_day_of_reading(
    opened: Opener, cast: Cast
) -> None:
    long_ago = timezone.now() - timedelta(days=1500)
    one, other = opened(), opened()
    Ticket.objects.update(created_at=long_ago)
    embed_tickets([one.pk, other.pk])
    (then,) = similar_to(cast.ann, Ticket.objects.get(pk=one.pk))
    Ticket.objects.update(created_at=timezone.now())
    (now,) = similar_to(cast.ann, Ticket.objects.get(pk=one.pk))
    assert then.score == now.score


def test_similar_tickets_are_found_by_meaning_and_words(opened: Opener, cast: Cast) -> None:
    like = opened(title="Card declined when paying", description="The card is refused at checkout")
    other = opened(title="Invoice PDF is blank", description="Firefox shows a white page")
    here = opened()
    embed_tickets([like.pk, other.pk, here.pk])
    found = similar_to(cast.ann, here)
    assert next(match.ticket for match in found) == like
    assert other not in [match.ticket for match in found[:1]]
    assert here not in [match.ticket for match in found]
    assert 0 < found[0].score <= 1
    assert found[0].reason


def test_similar_tickets_are_found_before_anything_is_embedded(opened: Opener, cast: Cast) -> None:
    ticket = opened()
    found = similar_tickets(cast.ann, text="card is declined at checkout")
    assert [match.ticket for match in found] == [ticket]


def test_an_exact_key_finds_a_ticket_with_other_words(opened: Opener, cast: Cast) -> None:
    ticket = opened(title="Nightly close ended with ORA-01555", description="See the log")
    embed_tickets([ticket.pk])
    found = similar_tickets(cast.ann, text="ORA-01555 while booking", component=ticket.component)
    assert "same error code ORA-01555" in found[0].reasons


def test_nobody_finds_look_alikes_they_may_not_see(opened: Opener, cast: Cast) -> None:
    people = Team.objects.create(name="People", restricted=True)
    secret = opened(team=people, component=None)
    embed_tickets([secret.pk])
    text = f"{secret.title}\n{secret.description}"
    assert similar_tickets(cast.mo, text=text)[0].ticket == secret
    for person in (cast.ann, cast.stan, cast.rita, cast.dev):
        assert similar_tickets(person, text=text) == []


@pytest.mark.parametrize("text", ["", "   \n words", "\x00", "the of and", "' | & ! \\ :*"])
def test_odd_texts_find_nothing_and_fail_nowhere(opened: Opener, cast: Cast, text: str) -> None:
    opened()
    assert similar_tickets(cast.ann, text=text) == []


def test_what_no_event_announced_is_embedded_by_the_schedule(opened: Opener) -> None:
    first, second = opened(), opened()
    assert embed_missing(serving(), 1) == [second.pk]
    embed_missing_tickets()
    assert set(TicketVector.objects.values_list("pk", flat=True)) == {first.pk, second.pk}
    assert embed_missing(serving(), 10) == []


def test_a_ticket_the_schedule_read_first_says_so_as_well(
    opened: Opener, after_commit: Play
) -> None:
    with after_commit():
        ticket = opened()
        embed_missing_tickets()
        assert TicketVector.objects.filter(pk=ticket.pk).exists()
    assert Event.objects.about(ticket).filter(name="incidents.ticket_embedded").count() == 1


def test_the_requester_hears_what_somebody_logged_for_them(
    opened: Opener, cast: Cast, after_commit: Play
) -> None:
    with after_commit():
        ticket = opened()
    notice = Notification.objects.get(person=cast.rob)
    assert (notice.kind, notice.url) == ("incidents.logged", f"/tickets/{ticket.pk}/")
    assert OutgoingMail.objects.filter(to=cast.rob.email).count() == 1


def test_nobody_is_told_what_they_did_themselves(cast: Cast, after_commit: Play) -> None:
    with after_commit():
        actions.open_ticket(actor=cast.rob, requester=cast.rob, title="Stuck")
    assert told(cast.rob) == []


def test_a_public_reply_is_told_and_a_note_is_not(
    ticket: Ticket, cast: Cast, after_commit: Play
) -> None:
    with after_commit():
        actions.reply_to_ticket(ticket, actor=cast.ann, body="Zanzibar", kind=Message.Kind.NOTE)
    assert told(cast.rob) == []
    with after_commit():
        actions.reply_to_ticket(ticket, actor=cast.ann, body="We look into it")
    assert told(cast.rob) == ["incidents.answered"]
    assert not OutgoingMail.objects.filter(body__contains="Zanzibar").exists()


def test_the_owner_hears_of_their_ticket(ticket: Ticket, cast: Cast, after_commit: Play) -> None:
    with after_commit():
        actions.assign_ticket(ticket, actor=cast.pia, assignee=cast.ann)
        actions.reply_to_ticket(ticket, actor=cast.rob, body="Any news?")
    assert sorted(told(cast.ann)) == ["incidents.answered", "incidents.assigned"]
    with after_commit():
        actions.resolve_ticket(ticket, actor=cast.ann, code="fixed", text="Done")
    assert "incidents.resolved" in told(cast.rob)
    with after_commit():
        actions.reopen_ticket(ticket, actor=cast.rob, note="No")
    assert "incidents.reopened" in told(cast.ann)


def test_a_fix_offered_by_hand_is_told_and_one_of_a_release_is_left_to_it(
    opened: Opener, cast: Cast, after_commit: Play
) -> None:
    with after_commit():
        for actor in (cast.ann, None):
            ticket = actions.open_ticket(actor=cast.rob, requester=cast.rob, title="Stuck")
            actions.hand_ticket_to_development(ticket, actor=cast.ann)
            actions.offer_fix(ticket, actor=actor, release="4.18.0")
    assert told(cast.rob).count("incidents.fix_offered") == 1


def test_a_ticket_resolved_for_a_week_is_closed(opened: Opener, cast: Cast) -> None:
    now = timezone.now()
    long_ago, lately = opened(), opened()
    actions.resolve_ticket(
        long_ago, actor=cast.ann, code="fixed", text="Done", at=now - timedelta(days=8)
    )
    actions.resolve_ticket(
        lately, actor=cast.ann, code="fixed", text="Done", at=now - timedelta(days=6)
    )
    close_settled_tickets()
    assert Ticket.objects.get(pk=long_ago.pk).state == "closed"
    assert Ticket.objects.get(pk=lately.pk).state == "resolved"
