"""Addresses of the pages of incidents."""

from django.urls import URLPattern, URLResolver, path

from incidents.portal.addresses import portal_urls
from incidents.views import (
    canned,
    composer,
    drafts,
    fields,
    files,
    imports,
    lists,
    opening,
    presence,
    steps,
    workspace,
)

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
    "edit": fields.Edit,
    "link-article": steps.LinkArticle,
}

urlpatterns: list[URLPattern | URLResolver] = [
    path("desk/", lists.desk, name="desk"),
    path("tickets/", lists.tickets, name="tickets"),
    path("tickets/new/", opening.new, name="new"),
    path("tickets/new/suggestions/", opening.suggestions, name="suggestions"),
    path("tickets/new/people/", opening.people, name="people"),
    path("tickets/new/draft/", drafts.save_new, name="new_draft"),
    path("tickets/new/draft/change/", drafts.change_new, name="new_draft_change"),
    path("tickets/<int:pk>/", workspace.ticket, name="ticket"),
    path("tickets/<int:pk>/conversation/", workspace.conversation, name="conversation"),
    path("tickets/<int:pk>/similar/", workspace.similar, name="similar"),
    path("tickets/<int:pk>/touch/", workspace.touch, name="touch"),
    path("tickets/<int:pk>/reply/", composer.reply, name="reply"),
    path("tickets/<int:pk>/preview/", composer.preview, name="preview"),
    path("tickets/<int:pk>/choices/", composer.choices, name="choices"),
    path("tickets/<int:pk>/insert/", composer.insert, name="insert"),
    path("tickets/<int:pk>/people/", composer.offered_people, name="offered_people"),
    path("tickets/<int:pk>/draft/", drafts.save, name="draft"),
    path("tickets/<int:pk>/draft/files/", drafts.add_file, name="draft_files"),
    path("tickets/<int:pk>/presence/", presence.presence, name="presence"),
    path("tickets/<int:pk>/fields/", fields.fields, name="fields"),
    *(path(f"tickets/<int:pk>/{name}/", view.as_view(), name=name) for name, view in STEPS.items()),
    path("attachments/<str:token>/", files.attachment, name="attachment"),
    path("attachments/<str:token>/picture/", files.picture, name="picture"),
    path("draft-files/<str:token>/remove/", drafts.remove_file, name="draft_file_remove"),
    path("replies/", canned.replies, name="canned_replies"),
    path("replies/new/", canned.new, name="canned_reply_new"),
    path("replies/<int:pk>/", canned.edit, name="canned_reply"),
    path("replies/<int:pk>/drop/", canned.Drop.as_view(), name="canned_reply_drop"),
    path("admin/import/", imports.imports, name="imports"),
    path("admin/import/<int:pk>/", imports.import_run, name="import"),
    path("admin/import/<int:pk>/progress/", imports.progress, name="import_progress"),
    path("admin/import/<int:pk>/start/", imports.Start.as_view(), name="import_start"),
    path("admin/import/<int:pk>/stop/", imports.Stop.as_view(), name="import_stop"),
    path("admin/import/<int:pk>/rejects.csv", imports.rejects, name="import_rejects"),
    *portal_urls,
]
