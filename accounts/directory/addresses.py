"""Addresses of the pages of people and organisations."""

from django.urls import path

from accounts.directory import pages

directory_urls = [
    path("admin/people/", pages.people, name="people"),
    path("admin/people/<int:pk>/", pages.ArrangePerson.as_view(), name="arrange_person"),
    path("admin/organisations/", pages.organisations, name="organisations"),
    path(
        "admin/organisations/<int:pk>/",
        pages.ArrangeOrganisation.as_view(),
        name="arrange_organisation",
    ),
]
