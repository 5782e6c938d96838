"""Addresses of the pages of catalogue."""

from django.urls import URLPattern, path

from catalogue.views import calendars, services

app_name = "catalogue"
urlpatterns: list[URLPattern] = [
    path("services/", services.services, name="services"),
    path("services/<int:pk>/", services.service, name="service"),
    path("components/<int:pk>/", services.component, name="component"),
    path("admin/calendars/", calendars.calendars, name="calendars"),
    path("admin/calendars/new/", calendars.new, name="calendar_new"),
    path("admin/calendars/<int:pk>/", calendars.calendar, name="calendar"),
    path("admin/calendars/<int:pk>/edit/", calendars.edit, name="calendar_edit"),
]
