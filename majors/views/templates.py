"""The texts that updates begin with."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from core.errors import DomainError
from core.pages import show_errors
from core.requests import SignedInRequest
from majors.actions import write_template
from majors.forms import TemplateForm
from majors.models import UpdateTemplate
from majors.permissions import may
from majors.texts import variables_for
from majors.workflow import AUDIENCES, STATUS

# The review speaks for itself; no update is posted with it.
WRITTEN = [(name, label) for name, label in STATUS.choices if name != "postmortem"]


@require_safe
def templates(request: SignedInRequest) -> HttpResponse:
    """Every text, by status and audience."""
    if not may(request.user, "templates"):
        raise PermissionDenied
    bodies = {
        (one.status, one.audience): one.body
        for one in UpdateTemplate.objects.visible_to(request.user)
    }
    rows = []
    for name, label in WRITTEN:
        texts = [(key, word, name, bodies.get((name, key), "")) for key, word in AUDIENCES]
        rows.append((label, texts))
    return render(request, "majors/templates.html", {"rows": rows})


@require_http_methods(["GET", "POST"])
def template(request: SignedInRequest) -> HttpResponseBase:
    """Writes the text of `?status=` for `?audience=`."""
    if not may(request.user, "templates"):
        raise PermissionDenied
    status, audience = request.GET.get("status", ""), request.GET.get("audience", "")
    visible = UpdateTemplate.objects.visible_to(request.user)
    now = visible.filter(status=status, audience=audience).first()
    form = TemplateForm(request.POST or None, initial={"body": now.body if now else ""})
    if request.method == "POST" and form.is_valid():
        try:
            write_template(
                actor=request.user, audience=audience, status=status, **form.cleaned_data
            )
        except DomainError as error:
            show_errors(form, error)
        else:
            messages.success(request, "Saved.")
            return redirect("majors:templates")
    title = f"{dict(STATUS.choices).get(status, status)}: {dict(AUDIENCES).get(audience, audience)}"
    context = {"form": form, "title": title, "variables": variables_for(audience).items()}
    code = 422 if form.is_bound else 200
    return render(request, "majors/template.html", context, status=code)
