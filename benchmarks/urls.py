"""The product's addresses and the floor page beside them."""

from django.urls import path

from benchmarks.floor import floor
from helpdesk.urls import urlpatterns as product

urlpatterns = [path("floor/", floor, name="floor"), *product]
