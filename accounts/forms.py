"""Input of the sign-in and profile pages."""

from datetime import timedelta
from typing import Any, ClassVar

from django import forms
from django.contrib.auth.password_validation import (
    password_validators_help_texts,
    validate_password,
)
from django.utils import timezone

from accounts.models import Person
from accounts.signin import check_credentials
from core.errors import DomainError
from core.pages import show_errors

MAX_PASSWORD = 1024


def _password(label: str, complete: str, **options: Any) -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": complete})
    return forms.CharField(
        label=label, strip=False, max_length=MAX_PASSWORD, widget=widget, **options
    )


class SignInForm(forms.Form):
    """E-mail address and password."""

    email = forms.EmailField(
        label="E-mail address",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    password = _password("Password", "current-password")

    def __init__(self, request: Any = None, *args: Any, **kwargs: Any) -> None:
        self.request = request
        self.person: Person | None = None
        self.status = 422
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        """Tries the password; what is wrong is said once, on top."""
        data = super().clean() or self.cleaned_data
        if self.errors:
            return data
        try:
            self.person = check_credentials(
                self.request, email=data["email"], password=data["password"]
            )
        except DomainError as error:
            self.status = error.status
            show_errors(self, error)
        return data

    def get_user(self) -> Person | None:
        """Who signed in."""
        return self.person


class ProfileForm(forms.Form):
    """What a person may change about themselves."""

    name = forms.CharField(label="Name", max_length=150)
    theme = forms.ChoiceField(label="Theme", choices=Person.Theme, widget=forms.RadioSelect)


class PasswordForm(forms.Form):
    """The old password and the new one."""

    old_password = _password("Password now", "current-password")
    new_password = _password(
        "New password", "new-password", help_text=" ".join(password_validators_help_texts())
    )

    def __init__(self, person: Person, *args: Any, **kwargs: Any) -> None:
        self.person = person
        super().__init__(*args, **kwargs)

    def clean_old_password(self) -> str:
        """Asked again, so that an open screen is not enough to take an account over."""
        old = str(self.cleaned_data["old_password"])
        if not self.person.check_password(old):
            raise forms.ValidationError("This is not your password.")
        return old

    def clean_new_password(self) -> str:
        new = str(self.cleaned_data["new_password"])
        validate_password(new, self.person)
        return new


class ApiKeyForm(forms.Form):
    """A new key for a program."""

    LIFETIMES: ClassVar[dict[str, int]] = {"30": 30, "90": 90, "365": 365}

    name = forms.CharField(
        label="What is it for?", max_length=80, help_text="The program that will use it."
    )
    lifetime = forms.ChoiceField(
        label="Ends after",
        choices=[("30", "30 days"), ("90", "90 days"), ("365", "a year")],
        initial="90",
    )

    def expires_at(self) -> Any:
        """When the key will stop working."""
        return timezone.now() + timedelta(days=self.LIFETIMES[self.cleaned_data["lifetime"]])
