"""Addresses of the pages of incidents."""

from django.urls import URLPattern, URLResolver, path

from incidents.portal.addresses import portal_urls
from incidents.views import custom_fields, deflection, imports, lists, opening, steps, workspace

app_name = "incidents"

# The steps of a ticket, below its own address.
STEPS = {
    "assign": steps.Assign,
    "take": steps.Take,
    "start": steps.Start,
    "wait": steps.Wait,
    "hand-to-development": steps.HandToDevelopment,
    "begin-development": steps.BeginDevelopment,
    "return-to-desk": steps.ReturnToDesk,
    "offer-fix": steps.OfferFix,
    "confirm-fix": steps.ConfirmFix,
    "report-still-broken": steps.ReportStillBroken,
    "resolve": steps.Resolve,
    "reopen": steps.Reopen,
    "close": steps.Close,
    "cancel": steps.Cancel,
    "submit": steps.Submit,
    "approve": steps.Approve,
    "reject": steps.Reject,
    "rate": steps.Rate,
    "edit": steps.Edit,
    "link-article": steps.LinkArticle,
    "custom-fields": custom_fields.CustomFields,
}

urlpatterns: list[URLPattern | URLResolver] = [
    path("desk/", lists.desk, name="desk"),
    path("tickets/", lists.tickets, name="tickets"),
    path("tickets/new/", opening.new, name="new"),
    path("tickets/new/suggestions/", opening.suggestions, name="suggestions"),
    path("tickets/new/people/", opening.people, name="people"),
    path("tickets/new/fields/", custom_fields.fields, name="fields"),
    path("tickets/<int:pk>/", workspace.ticket, name="ticket"),
    path("tickets/<int:pk>/conversation/", workspace.conversation, name="conversation"),
    path("tickets/<int:pk>/similar/", workspace.similar, name="similar"),
    path("tickets/<int:pk>/touch/", workspace.touch, name="touch"),
    path("tickets/<int:pk>/reply/", steps.reply, name="reply"),
    *(path(f"tickets/<int:pk>/{name}/", view.as_view(), name=name) for name, view in STEPS.items()),
    path("deflection/", deflection.sessions, name="deflection"),
    path("attachments/<str:token>/", workspace.attachment, name="attachment"),
    path("admin/import/", imports.imports, name="imports"),
    path("admin/import/<int:pk>/", imports.import_run, name="import"),
    path("admin/import/<int:pk>/progress/", imports.progress, name="import_progress"),
    path("admin/import/<int:pk>/start/", imports.Start.as_view(), name="import_start"),
    path("admin/import/<int:pk>/stop/", imports.Stop.as_view(), name="import_stop"),
    path("admin/import/<int:pk>/rejects.csv", imports.rejects, name="import_rejects"),
    *portal_urls,
]
