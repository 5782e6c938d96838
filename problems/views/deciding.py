"""What people decide about clusters."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from core.errors import DomainError
from core.requests import SignedInRequest
from incidents.models import Ticket
from problems import actions
from problems.forms import (
    AddTicketForm,
    AddToProblemForm,
    DismissForm,
    MergeForm,
    OpenFromClusterForm,
    RenameForm,
    SplitForm,
    UndoMergeForm,
)
from problems.models import Cluster
from problems.views.steps import ClusterStep


class ConfirmView(ClusterStep):
    """Confirms the cause."""

    change = staticmethod(actions.confirm_cluster)
    success_message = "Confirmed. Later runs keep these tickets together."


class LockView(ClusterStep):
    """Freezes the members."""

    change = staticmethod(actions.lock_cluster)
    success_message = "Locked: neither runs nor new tickets change the members."


class UnlockView(ClusterStep):
    """Lets runs change the members again."""

    change = staticmethod(actions.unlock_cluster)
    success_message = "Unlocked."


class RestoreView(ClusterStep):
    """Takes a dismissal back."""

    change = staticmethod(actions.restore_cluster)
    success_message = "Restored as a candidate cause."


class RenameView(ClusterStep):
    """Gives a cluster a person's name."""

    change = staticmethod(actions.rename_cluster)
    title = "Rename"
    submit_label = "Rename"
    success_message = "Renamed. No run changes the name any more."

    def build_form(self, record: Cluster, data: Any = None, files: Any = None) -> forms.Form:
        """The present name."""
        return RenameForm(data, initial={"title": record.title})


class DismissView(ClusterStep):
    """Puts a cluster away with a reason."""

    change = staticmethod(actions.dismiss_cluster)
    form_class = DismissForm
    title = "Dismiss"
    submit_label = "Dismiss"
    success_message = "Dismissed."


class MergeView(ClusterStep):
    """Says that two clusters have one cause."""

    change = staticmethod(actions.merge_clusters)
    form_class = MergeForm
    title = "Merge into another cluster"
    submit_label = "Merge"
    success_message = "Merged: all its tickets are here now."


class UndoMergeView(ClusterStep):
    """Undoes a merge."""

    change = staticmethod(actions.undo_cluster_merge)
    form_class = UndoMergeForm
    title = "Undo a merge"
    submit_label = "Undo the merge"
    success_message = "Undone: its tickets are here again, and no run draws the two together."


class SplitView(ClusterStep):
    """Makes some members a cluster of their own."""

    change = staticmethod(actions.split_cluster)
    form_class = SplitForm
    title = "Split"
    submit_label = "Split them off"
    success_message = "Split off: this is the new cluster. No run puts its tickets back."


class WithdrawWordView(ClusterStep):
    """Takes back what was said about a ticket and the cluster."""

    change = staticmethod(actions.withdraw_word)
    form_class = AddTicketForm
    title = "Take a word back"
    submit_label = "Take it back"
    success_message = "Taken back: runs decide about this ticket again."


class OpenProblemView(ClusterStep):
    """Opens a problem from a cluster."""

    change = staticmethod(actions.open_problem_from_cluster)
    title = "Open a problem"
    submit_label = "Open the problem"
    success_message = "Problem opened with the tickets of the cluster."

    def build_form(self, record: Cluster, data: Any = None, files: Any = None) -> forms.Form:
        """The cluster's name as title, the person as owner."""
        first = {"title": record.title, "owner": self.person}
        return OpenFromClusterForm(data, reader=self.person, initial=first)


class AddToProblemView(ClusterStep):
    """Says that an open problem is the cause."""

    change = staticmethod(actions.add_cluster_to_problem)
    form_class = AddToProblemForm
    title = "Add to a problem"
    submit_label = "Add to the problem"
    success_message = "The tickets of the cluster are linked to the problem."


class AddTicketView(ClusterStep):
    """Puts a ticket into the cluster by a person's word."""

    change = staticmethod(actions.add_to_cluster)
    form_class = AddTicketForm
    title = "Add a ticket"
    submit_label = "Add"
    success_message = "Added. Later runs keep it here."


@require_POST
def remove_ticket(request: SignedInRequest, pk: int, ticket_pk: int) -> HttpResponse:
    """Takes a wrong member out; asked from the cluster's page or from the ticket's."""
    person = request.user
    found = get_object_or_404(Cluster.objects.visible_to(person), pk=pk)
    ticket = get_object_or_404(Ticket.objects.visible_to(person), pk=ticket_pk)
    try:
        actions.remove_from_cluster(found, actor=person, ticket=ticket)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"{ticket.reference} is out. No run puts it back.")
    return redirect(ticket if request.POST.get("back") == "ticket" else found)
