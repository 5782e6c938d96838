"""The page of one major incident, and the steps taken from it."""

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from core.boxes import draw_boxes
from core.models import Event
from core.pages import StepView
from core.requests import SignedInRequest
from incidents.models import Ticket
from incidents.workflow import MERGED, UNRESOLVED_CATEGORIES
from majors import actions
from majors.forms import (
    AcceptForm,
    ComponentForm,
    NoteForm,
    ProposeForm,
    ReasonForm,
    ReportsForm,
    RoleForm,
    UpdateForm,
    next_promise,
)
from majors.models import FollowUp, MajorIncident, Review
from majors.permissions import allowed_steps, may, may_propose
from majors.reports import likely_reports, visible_tickets_of
from majors.texts import prepared
from majors.workflow import STATUS

TICKETS_SHOWN = 25


def visible(request: SignedInRequest) -> QuerySet[MajorIncident]:
    """What this person may see, with what its page shows."""
    return MajorIncident.objects.visible_to(request.user).select_related(
        "ticket__requester", "ticket__component", "ticket__service", "proposed_by", "decided_by"
    )


@require_safe
def major(request: SignedInRequest, pk: int) -> HttpResponse:
    """Everything about one: what is known, who does what, what was told, what happened."""
    record = get_object_or_404(visible(request), pk=pk)
    person = request.user
    tickets = visible_tickets_of(record, person)
    counts = tickets.aggregate(
        all=Count("pk", filter=~Q(state_category=MERGED)),
        open=Count("pk", filter=Q(state_category__in=UNRESOLVED_CATEGORIES)),
        people=Count("requester", distinct=True),
        organisations=Count("organisation", distinct=True),
    )
    context = {
        "major": record,
        "steps": {step.name for step in allowed_steps(person, record)},
        "may_lead": record.state == "accepted" and may(person, "update", record),
        "may_share": record.state == "accepted" and may(person, "note", record),
        "roles": record.roles.current().select_related("person"),
        "affected": record.affected.select_related("component__service"),
        "updates": record.updates.select_related("author").prefetch_related("texts"),
        "tickets": tickets.unmerged()
        .select_related("requester", "organisation")
        .order_by("id")[:TICKETS_SHOWN],
        "counts": counts,
        "events": Event.objects.about(record).select_related("actor").order_by("id"),
        "review": Review.objects.visible_to(person).filter(major=record).first(),
        "follow_ups": FollowUp.objects.visible_to(person)
        .filter(major=record)
        .exclude(state="deleted")
        .select_related("assignee"),
        "boxes": draw_boxes(request, record, "context"),
        "now": timezone.now(),
    }
    return render(request, "majors/major.html", context)


class Propose(StepView):
    """Proposes a ticket; the result is the candidate."""

    form_class, title, submit_label = ProposeForm, "Propose as a major incident", "Propose"
    success_message = "Those who decide have been told."

    def records(self, request: SignedInRequest) -> QuerySet[Ticket]:
        return Ticket.objects.visible_to(request.user).select_related("component")

    def build_form(self, record: Any, data: Any = None, files: Any = None) -> forms.Form | None:
        if not may_propose(self.person, record):
            raise PermissionDenied
        return ProposeForm(data)

    def take(self, record: Ticket, form: forms.Form | None) -> MajorIncident:
        words = form.cleaned_data if form else {}
        return actions.propose_major(record, actor=self.person, **words)

    def success_url(self, record: Ticket, result: MajorIncident) -> str:
        return result.get_absolute_url()


class MajorStep(StepView):
    """A step of a major incident; subclasses name the right it needs and the action it calls."""

    right: ClassVar[str]

    def records(self, request: SignedInRequest) -> QuerySet[MajorIncident]:
        return visible(request)

    def build_form(self, record: Any, data: Any = None, files: Any = None) -> forms.Form | None:
        if not may(self.person, self.right, record):
            raise PermissionDenied
        return self.shape(record, data)

    def shape(self, record: MajorIncident, data: Any) -> forms.Form | None:
        """The form itself."""
        return None if self.form_class is None else self.form_class(data)


class Accept(MajorStep):
    """Takes it as a major incident."""

    right = "accept"
    title, submit_label = "Accept as a major incident", "Accept and lead it"
    success_message = "You lead it now. The first update is due within 15 minutes."

    def shape(self, record: MajorIncident, data: Any) -> forms.Form:
        return AcceptForm(data, person=self.person, major=record)

    def take(self, record: MajorIncident, form: forms.Form | None) -> MajorIncident:
        said = dict(form.cleaned_data) if form else {}
        status = said.pop("status", "")
        components = dict.fromkeys(said.pop("components", ()), status)
        return actions.accept_major(record, actor=self.person, components=components, **said)


class Reject(MajorStep):
    """Says no."""

    right = "reject"
    form_class, title, submit_label = ReasonForm, "Reject the candidate", "Reject"

    def take(self, record: MajorIncident, form: forms.Form | None) -> MajorIncident:
        words = form.cleaned_data if form else {}
        return actions.reject_major(record, actor=self.person, **words)


class Cancel(MajorStep):
    """Ends it: it is none after all."""

    right = "cancel"
    form_class, title, submit_label = ReasonForm, "End the major incident", "End it"

    def take(self, record: MajorIncident, form: forms.Form | None) -> MajorIncident:
        words = form.cleaned_data if form else {}
        return actions.cancel_major(record, actor=self.person, **words)


class Update(MajorStep):
    """Tells each audience; `?status=` chooses which prepared texts the form begins with."""

    right = "update"
    template_name = "majors/update.html"
    title, submit_label = "Post an update", "Post to the chosen audiences"
    success_message = "The update is posted."

    def shape(self, record: MajorIncident, data: Any) -> forms.Form:
        status = self.request.GET.get("status", record.status)
        if status not in STATUS.states:
            status = record.status
        promise = next_promise(timezone.now())
        initial = {
            "status": status,
            "next_update_due_at": promise,
            **prepared(record, status, promise, writer=self.person),
        }
        return UpdateForm(data, major=record, initial=initial)

    def take(self, record: MajorIncident, form: forms.Form | None) -> Any:
        if not isinstance(form, UpdateForm):
            raise TypeError("an update has a form")
        return actions.post_update(
            record,
            actor=self.person,
            status=form.cleaned_data["status"],
            texts=form.texts(),
            next_update_due_at=form.cleaned_data["next_update_due_at"],
        )


class GiveRole(MajorStep):
    """Gives somebody a role."""

    right = "give_role"
    form_class, title, submit_label = RoleForm, "Give a role", "Give"

    def take(self, record: MajorIncident, form: forms.Form | None) -> Any:
        words = form.cleaned_data if form else {}
        return actions.give_role(record, actor=self.person, **words)


class Note(MajorStep):
    """Adds a line to the timeline."""

    right = "note"
    form_class, title, submit_label = NoteForm, "Add to the timeline", "Add"

    def take(self, record: MajorIncident, form: forms.Form | None) -> MajorIncident:
        words = form.cleaned_data if form else {}
        return actions.add_note(record, actor=self.person, **words)


class AddReports(MajorStep):
    """Makes tickets reports of it."""

    right = "note"
    title, submit_label = "Add reports", "Add"
    success_message = "Their requesters are told from now on."

    def shape(self, record: MajorIncident, data: Any) -> forms.Form:
        matches = likely_reports(record, self.person)
        return ReportsForm(data, person=self.person, matches=matches)

    def take(self, record: MajorIncident, form: forms.Form | None) -> Any:
        words = form.cleaned_data if form else {}
        return actions.add_reports(record, actor=self.person, **words)


class SetComponent(MajorStep):
    """Says how a component stands."""

    right = "set_component"
    title, submit_label = "How a component stands", "Save"

    def shape(self, record: MajorIncident, data: Any) -> forms.Form:
        initial = {"component": self.request.GET.get("component", "")}
        return ComponentForm(data, person=self.person, initial=initial)

    def take(self, record: MajorIncident, form: forms.Form | None) -> Any:
        words = form.cleaned_data if form else {}
        return actions.set_component_status(record, actor=self.person, **words)
