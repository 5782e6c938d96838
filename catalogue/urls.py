"""Addresses of the pages of catalogue."""

from django.urls import URLPattern, path

from catalogue.views import calendars, editor, services

app_name = "catalogue"
urlpatterns: list[URLPattern] = [
    path("services/", services.services, name="services"),
    path("services/<int:pk>/", services.service, name="service"),
    path("components/<int:pk>/", services.component, name="component"),
    path("admin/calendars/", calendars.calendars, name="calendars"),
    path("admin/calendars/new/", calendars.new, name="calendar_new"),
    path("admin/calendars/<int:pk>/", calendars.calendar, name="calendar"),
    path("admin/calendars/<int:pk>/edit/", calendars.edit, name="calendar_edit"),
    path("admin/forms/", editor.intake_forms, name="forms"),
    path("admin/forms/<int:pk>/", editor.intake_form, name="form"),
    path("admin/forms/<int:pk>/new-field/", editor.field, name="new_field"),
    path("admin/forms/<int:pk>/fields/<slug:key>/", editor.field, name="field"),
    path("admin/forms/<int:pk>/sections/<int:place>/", editor.section, name="section"),
    path("admin/forms/<int:pk>/rearrange/", editor.rearrange, name="rearrange"),
    path("admin/forms/<int:pk>/publish/", editor.publish, name="publish"),
]
