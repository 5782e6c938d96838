"""What moved since last time: to look through, approve or put back."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from core.errors import DomainError
from core.pages import keyset_page, page_links
from core.requests import SignedInRequest
from problems import actions, permissions
from problems.filters import MoveFilter
from problems.forms import MovesForm
from problems.models import ClusterMove

DECIDE = {
    ClusterMove.Decision.APPROVED: actions.approve_move,
    ClusterMove.Decision.PUT_BACK: actions.put_back_move,
}
SAID = {
    ClusterMove.Decision.APPROVED: "Approved: {count}. Later runs keep to it.",
    ClusterMove.Decision.PUT_BACK: "Put back: {count}. Later runs keep them there.",
}


@require_http_methods(["GET", "POST"])
def moved(request: SignedInRequest) -> HttpResponse:
    """Moves of all runs that nobody has looked at yet, or of one run, newest first."""
    person = request.user
    wrong = _decide(request) if request.method == "POST" else ""
    if request.method == "POST" and not wrong:
        return redirect(_here(request))
    narrowed = MoveFilter(request.GET, ClusterMove.objects.visible_to(person), request=request)
    rows = narrowed.qs if narrowed.is_valid() else ClusterMove.objects.none()
    page = keyset_page(with_ends(rows), order=("-id",), cursor=request.GET.get("cursor"), size=50)
    context = {
        "filter": narrowed,
        "page": page,
        "links": page_links(request, page),
        "may_decide": permissions.may(person, "decide_move"),
        "wrong": wrong,
    }
    return render(request, "problems/moved.html", context, status=422 if wrong else 200)


def with_ends(rows: Any) -> Any:
    """Moves with what a line about one shows."""
    return rows.select_related("ticket", "run", "person", "before", "after").defer(
        "run__mean",
        "run__parameters",
        "before__centroid",
        "before__keys",
        "after__centroid",
        "after__keys",
    )


def _here(request: HttpRequest) -> str:
    words = request.GET.urlencode()
    return reverse("problems:moved") + (f"?{words}" if words else "")


def _decide(request: SignedInRequest) -> str:
    """Decides about the chosen moves, each for itself; a sentence when the form is not usable."""
    form = MovesForm(request.POST, reader=request.user)
    if not form.is_valid():
        return str(next(iter(form.errors.values()))[0])
    decision = ClusterMove.Decision(form.cleaned_data["decision"])
    done = 0
    for move in form.cleaned_data["moves"].order_by("pk"):
        try:
            DECIDE[decision](move, actor=request.user)
        except DomainError as error:
            messages.error(request, error.message)
        else:
            done += 1
    if done:
        messages.success(request, SAID[decision].format(count=done))
    return ""
