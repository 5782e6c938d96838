"""Sign-in, sign-out, the profile and API keys."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout, update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts import actions
from accounts.forms import ApiKeyForm, PasswordForm, ProfileForm, SignInForm
from accounts.models import ApiToken
from core.boxes import draw_boxes
from core.errors import DomainError
from core.extensions import known_login_hints
from core.pages import show_errors
from core.requests import SignedInRequest


@method_decorator(login_not_required, name="dispatch")
class SignInView(LoginView):
    """Sign-in with e-mail address and password; `next` leads back into this site only."""

    template_name = "accounts/login.html"
    authentication_form = SignInForm  # type: ignore[assignment]  # asks for an address, not a name
    redirect_authenticated_user = True

    def form_invalid(self, form: Any) -> HttpResponse:
        """The form again, with its error's own status."""
        return self.render_to_response(self.get_context_data(form=form), status=form.status)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Adds whom a visitor of the demonstration may sign in as."""
        hints = known_login_hints() if settings.DEMO_LOGINS_SHOWN else []
        return super().get_context_data(**kwargs, hints=hints)


@login_not_required
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Ends the session."""
    logout(request)
    return redirect(settings.LOGOUT_REDIRECT_URL)


def _draw_profile(
    request: SignedInRequest,
    *,
    profile: ProfileForm | None = None,
    password: PasswordForm | None = None,
    status: int = 200,
) -> HttpResponse:
    person = request.user
    context = {
        "profile": profile or ProfileForm(initial={"name": person.name, "theme": person.theme}),
        "password": password or PasswordForm(person),
        "teams": person.teams.visible_to(person),
        "boxes": draw_boxes(request, person, "profile"),
    }
    return render(request, "accounts/profile.html", context, status=status)


@require_http_methods(["GET", "POST"])
def profile(request: SignedInRequest) -> HttpResponse:
    """The person's own page: name, theme, password."""
    if request.method == "GET":
        return _draw_profile(request)
    form = ProfileForm(request.POST)
    if not form.is_valid():
        return _draw_profile(request, profile=form, status=422)
    actions.edit_profile(request.user, actor=request.user, **form.cleaned_data)
    messages.success(request, "Your profile is saved.")
    return redirect("accounts:profile")


@sensitive_post_parameters()
@require_POST
def password(request: SignedInRequest) -> HttpResponse:
    """Sets a new password; this session stays, all others end."""
    form = PasswordForm(request.user, request.POST)
    if not form.is_valid():
        return _draw_profile(request, password=form, status=422)
    person = actions.change_password(
        request.user, actor=request.user, password=form.cleaned_data["new_password"]
    )
    update_session_auth_hash(request, person)
    messages.success(request, "Your password is changed. Other devices are signed out.")
    return redirect("accounts:profile")


def _draw_keys(
    request: SignedInRequest, form: ApiKeyForm, *, new_key: str = "", status: int = 200
) -> HttpResponse:
    keys = ApiToken.objects.visible_to(request.user).order_by("-created_at", "-pk")
    context = {
        "keys": keys,
        "form": form,
        "new_key": new_key,
        "boxes": draw_boxes(request, request.user, "keys"),
    }
    return render(request, "accounts/keys.html", context, status=status)


@require_http_methods(["GET", "POST"])
def tokens(request: SignedInRequest) -> HttpResponse:
    """One's API keys; a new one is shown in the answer to its making and never again."""
    if request.method == "GET":
        return _draw_keys(request, ApiKeyForm())
    form = ApiKeyForm(request.POST)
    if not form.is_valid():
        return _draw_keys(request, form, status=422)
    try:
        key = actions.make_api_key(
            request.user,
            actor=request.user,
            name=form.cleaned_data["name"],
            expires_at=form.expires_at(),
        )
    except DomainError as error:
        show_errors(form, error)
        return _draw_keys(request, form, status=error.status)
    return _draw_keys(request, ApiKeyForm(), new_key=key)


@require_POST
def revoke_token(request: SignedInRequest, pk: int) -> HttpResponse:
    """Ends one of one's keys."""
    token = get_object_or_404(
        ApiToken.objects.visible_to(request.user).select_related("person"), pk=pk
    )
    actions.revoke_api_key(token, actor=request.user)
    messages.success(request, f"The key “{token.name}” does not work any more.")
    return redirect("accounts:tokens")
