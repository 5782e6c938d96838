"""Linking many tickets with a change at once."""

from django import forms

from accounts.models import Person
from accounts.roles import DEVELOPMENT_ROLES, SUPPORT_ROLES
from changes import actions
from changes.models import Change, ChangeTicket
from core.errors import DomainError
from core.references import parse_reference
from incidents.jobs.operations import Params, ParamsForm, operation
from incidents.models import Ticket

HOW = [("made_for", "It is made for them"), ("caused", "It caused them")]


class LinkToChangeForm(ParamsForm):
    """Which change, and how it relates to the tickets."""

    change = forms.CharField(max_length=20, widget=forms.TextInput(attrs={"placeholder": "CHG-42"}))
    how = forms.ChoiceField(label="How", choices=HOW, initial="made_for")

    def clean_change(self) -> str:
        """The change's reference; a sentence when there is none for this person."""
        text = str(self.cleaned_data["change"]).strip().upper()
        _meant(self.reader, text)
        return text


def _meant(person: Person, text: str) -> Change:
    named = parse_reference(text)
    found = None
    if named is not None and named[0] == "CHG":
        found = Change.objects.visible_to(person).filter(pk=named[1]).first()
    if found is None:
        raise forms.ValidationError(f"There is no {text}, or you may not see it.")
    return found


def _change(person: Person, params: Params) -> Change:
    try:
        return _meant(person, params["change"])
    except forms.ValidationError as error:
        raise DomainError(str(error.message), field="change") from error


def _link(ticket: Ticket, person: Person, params: Params) -> Params:
    """What undoing needs: whether the link is new, and the verdict there was before."""
    change = _change(person, params)
    if params["how"] == "made_for":
        known = ChangeTicket.objects.filter(change=change, ticket=ticket).exists()
        actions.link_tickets_to_change(change, actor=person, tickets=[ticket])
        return {"change": change.reference, "new": not known}
    actions.confirm_cause(change, actor=person, ticket=ticket)
    return {}


def _link_back(ticket: Ticket, person: Person, payload: Params) -> None:
    if not payload:
        raise DomainError("A verdict is not taken back at once: judge it on the ticket's page.")
    if payload["new"]:
        actions.unlink_ticket_from_change(_change(person, payload), actor=person, ticket=ticket)


def _describe(params: Params) -> str:
    return f"Link with {params['change']}: {dict(HOW)[params['how']].lower()}"


operation(
    "link_change",
    label="Link with a change",
    apply=_link,
    undo=_link_back,
    form=LinkToChangeForm,
    describe=_describe,
    undo_note="Links to what a change is made for are taken away; verdicts on causes stay.",
    roles=SUPPORT_ROLES | DEVELOPMENT_ROLES,
    order=128,
)
