"""Addresses of the pages of rules and macros."""

from django.urls import URLPattern, URLResolver, path

from rules.views import editing, macros, rules, traces

app_name = "rules"

# The steps of a rule, below its own address.
STEPS = {
    "switch-on": rules.SwitchOn,
    "switch-off": rules.SwitchOff,
    "resume": rules.Resume,
    "move-up": rules.MoveUp,
    "move-down": rules.MoveDown,
    "retire": rules.Retire,
    "restore": rules.Restore,
}

urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/rules/", rules.rules, name="rules"),
    path("admin/rules/new/", editing.new, name="new"),
    path("admin/rules/preview/", editing.preview_rule, name="preview"),
    path("admin/rules/matching/", editing.matching, name="matching"),
    path("admin/rules/runs/", traces.runs, name="runs"),
    path("admin/rules/<int:pk>/", rules.rule, name="rule"),
    path("admin/rules/<int:pk>/edit/", editing.edit, name="edit"),
    path("admin/rules/<int:pk>/dry-run/", rules.dry_run, name="dry_run_request"),
    path("admin/rules/<int:pk>/why/", traces.ask_why, name="ask_why"),
    path("admin/rules/<int:pk>/why/<int:ticket_pk>/", traces.why, name="why"),
    *(
        path(f"admin/rules/<int:pk>/{name}/", view.as_view(), name=name)
        for name, view in STEPS.items()
    ),
    path("admin/dry-runs/<int:pk>/", traces.dry_run, name="dry_run"),
    path("admin/dry-runs/<int:pk>/progress/", traces.dry_run_progress, name="dry_run_progress"),
    path("admin/dry-runs/<int:pk>/cancel/", traces.cancel_dry_run, name="dry_run_cancel"),
    path("admin/macros/", macros.macros, name="macros"),
    path("admin/macros/new/", macros.new, name="macro_new"),
    path("admin/macros/<int:pk>/", macros.macro, name="macro"),
    path("admin/macros/<int:pk>/edit/", macros.edit, name="macro_edit"),
    path("admin/macros/<int:pk>/restore/", macros.Restore.as_view(), name="macro_restore"),
    path("admin/macros/<int:pk>/retire/", macros.retire, name="macro_retire"),
    path("admin/macros/<int:pk>/run/<int:ticket_pk>/", macros.run, name="macro_run"),
    path("tickets/<int:pk>/macros/", macros.choose, name="choose_macro"),
    path("tickets/<int:pk>/rules/", traces.ticket_rules, name="ticket"),
]
