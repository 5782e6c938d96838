"""What people do on articles and changes, noted in the ledger from the facts of lower apps."""

from collections.abc import Mapping

from changes import events as change_events
from changes.models import Change
from core.models import Event
from devlink.actions.involvement import Kind, Stage, note_involvement
from devlink.models import InvolvementEvent
from knowledge import events as article_events
from knowledge.models import Article

_Act = tuple[type[Article | Change], InvolvementEvent.Stage, InvolvementEvent.Kind]
# Writing on an article is knowledge that may cross the wall; whoever authorises or refuses a
# change takes part in it; saying what it caused is evidence for its review.
NOTED: Mapping[str, _Act] = {
    article_events.ARTICLE_WRITTEN.name: (Article, Stage.UPDATING, Kind.CONTRIBUTED),
    article_events.ARTICLE_REVISED.name: (Article, Stage.UPDATING, Kind.CONTRIBUTED),
    change_events.CHANGE_AUTHORISED.name: (Change, Stage.RELEASING, Kind.SIGNED_OFF),
    change_events.CHANGE_REJECTED.name: (Change, Stage.RELEASING, Kind.VETOED),
    change_events.INCIDENT_CONFIRMED.name: (Change, Stage.REVIEW, Kind.CONTRIBUTED),
    change_events.INCIDENT_CLEARED.name: (Change, Stage.REVIEW, Kind.CONTRIBUTED),
}


def note_act(event: Event) -> None:
    """Notes the fact for the side of who did it; what the system did is nobody's part."""
    if event.actor is None:
        return
    model, stage, kind = NOTED[event.name]
    subject = model._default_manager.get(pk=event.subject_id)
    note_involvement(subject, actor=event.actor, stage=stage, kind=kind, at=event.at)
