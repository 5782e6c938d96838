"""What every page here begins with: is this somebody of the house, and may they?"""

from collections.abc import Callable
from functools import wraps
from typing import Any, ClassVar, Concatenate, ParamSpec, cast

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseBase

from core.pages import StepView
from core.requests import SignedInRequest
from devlink.permissions import may

Rest = ParamSpec("Rest")
Page = Callable[Concatenate[SignedInRequest, Rest], HttpResponseBase]


def staff_page(page: Page[Rest]) -> Page[Rest]:
    """A page for staff. Others are refused, and of a single record not even told that it is."""

    @wraps(page)
    def guarded(
        request: SignedInRequest, *args: Rest.args, **kwargs: Rest.kwargs
    ) -> HttpResponseBase:
        if not request.user.is_staff_member:
            if kwargs or args:
                raise Http404
            raise PermissionDenied
        return page(request, *args, **kwargs)

    return cast("Page[Rest]", guarded)


class DevelopmentStep(StepView):
    """A step of a development record; subclasses name the right it needs (`right`)."""

    right: ClassVar[str] = ""

    def build_form(self, record: Any, data: Any = None, files: Any = None) -> forms.Form | None:
        """The step's form, for those who may take the step."""
        if self.right and not may(self.person, self.right, record):
            raise PermissionDenied
        return self.shape(record, data)

    def shape(self, record: Any, data: Any) -> forms.Form | None:
        """The form itself; None for a step without words."""
        return None if self.form_class is None else self.form_class(data)


def words_of(form: forms.Form | None) -> dict[str, Any]:
    """What was typed, by field; empty for a step without a form."""
    return {} if form is None else form.cleaned_data
