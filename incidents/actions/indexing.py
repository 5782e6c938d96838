"""The languages of the search, and writing the words of every ticket anew, batch by batch."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Person
from core.errors import DomainError
from core.timeline import record
from incidents.events import SEARCH_INDEX_AGED, SEARCH_LANGUAGES_CHANGED
from incidents.models import SearchIndex, Ticket
from incidents.models.searching import ENGLISH
from incidents.permissions import require_search_arranger
from incidents.search_index import WAY, index_tickets

BATCH = 200
# Each language makes every set of words larger.
MOST_LANGUAGES = 5


def offered_languages() -> list[str]:
    """What this PostgreSQL can stem, besides English; `simple` keeps words as they are."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT cfgname FROM pg_ts_config "
            "WHERE pg_ts_config_is_visible(oid) AND cfgname <> %s ORDER BY cfgname",
            [ENGLISH],
        )
        return [name for (name,) in cursor.fetchall()]


@transaction.atomic
def choose_languages(
    *, actor: Person | None, languages: Sequence[str], at: datetime | None = None
) -> SearchIndex:
    """Makes searches know the forms of words of these languages besides English.

    Tickets changed from now on are written so at once, the others in the background. The same
    languages once more change nothing.
    """
    require_search_arranger(actor)
    wanted = [ENGLISH, *dict.fromkeys(one for one in languages if one != ENGLISH)]
    unknown = set(wanted[1:]) - set(offered_languages())
    if unknown:
        raise DomainError(
            f"PostgreSQL has no words of “{min(unknown)}”: choose among the languages offered.",
            field="languages",
        )
    if len(wanted) > MOST_LANGUAGES:
        raise DomainError(
            f"Choose at most {MOST_LANGUAGES - 1} languages besides English.", field="languages"
        )
    index = _locked()
    before = list(index.languages)
    if wanted == before:
        return index
    index.languages = wanted
    _begin(index, at or timezone.now())
    record(
        SEARCH_LANGUAGES_CHANGED,
        index,
        actor=actor,
        at=at,
        languages=index.label,
        before=", ".join(before),
    )
    return index


@transaction.atomic
def begin_filling(*, now: datetime | None = None) -> SearchIndex:
    """Every ticket is to be written anew from the first one on."""
    index = _locked()
    _begin(index, now or timezone.now())
    return index


@transaction.atomic
def look_after_index(*, now: datetime | None = None) -> SearchIndex:
    """The index as it stands; begins a filling when its rows were written in another way.

    So it is after an upgrade: nobody has to do anything.
    """
    index = _locked()
    if index.written_by != WAY:
        _begin(index, now or timezone.now())
        if index.total:
            record(SEARCH_INDEX_AGED, index, actor=None, tickets=index.total)
    return index


@transaction.atomic
def fill_batch(*, now: datetime | None = None) -> bool:
    """Writes the words of the filling's next tickets; False when nothing is left for this process.

    The tickets are locked first, as by everybody who changes them: no words written meanwhile
    are overwritten by older ones. While another process has the index there is nothing to do.
    """
    now = now or timezone.now()
    waiting = SearchIndex.objects.filter(finished_at__isnull=True)
    index = waiting.select_for_update(skip_locked=True).first()
    if index is None:
        return False
    ahead = Ticket.objects.select_for_update(of=("self",)).filter(pk__gt=index.last_ticket_id)
    ids = list(ahead.order_by("pk").values_list("pk", flat=True)[:BATCH])
    index_tickets(ids)
    index.done += len(ids)
    index.total = max(index.total, index.done)
    index.touched_at = now
    if ids:
        index.last_ticket_id = ids[-1]
    if len(ids) < BATCH:
        index.finished_at = now
    index.save()
    return index.finished_at is None


def _locked() -> SearchIndex:
    SearchIndex.objects.get_or_create(pk=1, defaults={"finished_at": timezone.now()})
    return SearchIndex.objects.select_for_update().get(pk=1)


def _begin(index: SearchIndex, now: datetime) -> None:
    """From the first ticket on; a house without tickets is done at once."""
    index.written_by = WAY
    index.total, index.done, index.last_ticket_id = Ticket.objects.count(), 0, 0
    index.started_at = index.touched_at = now
    index.finished_at = None if index.total else now
    index.save()
