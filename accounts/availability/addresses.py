"""Addresses of the pages of availability."""

from django.urls import path

from accounts.availability import pages

availability_urls = [
    path("availability/", pages.availability, name="availability"),
    path("availability/<int:pk>/", pages.person_availability, name="person_availability"),
    path("availability/<int:pk>/hours/", pages.set_hours, name="set_hours"),
    path("availability/<int:pk>/away/", pages.add_absence, name="add_absence"),
    path("absences/<int:pk>/end/", pages.stop_absence, name="end_absence"),
]
