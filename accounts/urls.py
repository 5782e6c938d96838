"""Addresses of the pages of accounts."""

from django.urls import URLPattern, path

from accounts import views
from accounts.availability.addresses import availability_urls
from accounts.directory.addresses import directory_urls

app_name = "accounts"
urlpatterns: list[URLPattern] = [
    path("login/", views.SignInView.as_view(), name="login"),
    path("logout/", views.sign_out, name="logout"),
    path("profile/", views.profile, name="profile"),
    path("profile/password/", views.password, name="password"),
    path("profile/keys/", views.tokens, name="tokens"),
    path("profile/keys/<int:pk>/revoke/", views.revoke_token, name="revoke_token"),
    *availability_urls,
    *directory_urls,
]
