"""Addresses of the pages of incidents."""

from django.urls import URLPattern

from incidents.portal.addresses import portal_urls

app_name = "incidents"
urlpatterns: list[URLPattern] = [*portal_urls]
