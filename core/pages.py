"""Page helpers: fragments, keyset pages, and the view behind every step button."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar, cast
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core import signing
from django.core.exceptions import BadRequest, FieldDoesNotExist
from django.db import models
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views import View

from core.errors import DomainError, FieldErrors
from core.requests import SignedInRequest

if TYPE_CHECKING:
    from accounts.models import Person

Row = TypeVar("Row", bound=models.Model)
CURSOR_SALT = "core.pages.cursor"


class BadCursor(DomainError, BadRequest):
    """A page address that was not made here."""

    status = 400


def wants_fragment(request: HttpRequest) -> bool:
    """True when htmx asks for a part of a page it already shows."""
    htmx = getattr(request, "htmx", None)
    return bool(htmx) and not request.htmx.boosted  # type: ignore[attr-defined]  # set by middleware


@dataclass(frozen=True)
class Page(Generic[Row]):
    """One page of a list: its rows and the cursors of its neighbours (None at an end)."""

    rows: list[Row]
    next_cursor: str | None
    previous_cursor: str | None


def _position(row: object, order: Sequence[str]) -> str:
    values = [_plain(getattr(row, name.lstrip("-"))) for name in order]
    return signing.dumps(values, salt=CURSOR_SALT, compress=True)


def cursor_after(row: object, order: Sequence[str]) -> str:
    """The cursor of the page that begins after this row; the row carries the order's fields."""
    return ">" + _position(row, order)


def _plain(value: object) -> object:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _beyond(
    model: type[models.Model], order: Sequence[str], values: Sequence[Any], *, backwards: bool
) -> Q:
    """Rows after (or before) a position in a list ordered by `order`; nulls sort last.

    A field that is never null is compared alone: only then does an index lead to the position.
    """
    condition = Q()
    same = Q()
    for name, value in zip(order, values, strict=True):
        field = name.lstrip("-")
        downwards = name.startswith("-") != backwards
        if value is None:
            step = Q(**{f"{field}__isnull": False}) if backwards else Q(pk__in=[])
            equal = Q(**{f"{field}__isnull": True})
        else:
            step = Q(**{f"{field}__{'lt' if downwards else 'gt'}": value})
            if not backwards and _may_be_null(model, field):
                step |= Q(**{f"{field}__isnull": True})
            equal = Q(**{field: value})
        condition |= same & step
        same &= equal
    return condition


def keyset_page(
    queryset: models.QuerySet[Row],
    *,
    order: Sequence[str],
    cursor: str | None,
    size: int = 50,
) -> Page[Row]:
    """One page of `queryset` ordered by `order` (its last field must be unique and not null).

    One query whatever the depth. `cursor` is a signed `next_cursor` or `previous_cursor`;
    raises BadCursor for anything else.
    """
    backwards = bool(cursor) and str(cursor).startswith("<")
    rows_query = queryset.order_by(*_ordering(queryset.model, order, backwards=backwards))
    if cursor:
        try:
            values = signing.loads(cursor[1:], salt=CURSOR_SALT)
        except signing.BadSignature as error:
            raise BadCursor("This page address is not valid.", field="cursor") from error
        if len(values) != len(order):
            raise BadCursor("This page address belongs to another order.", field="cursor")
        rows_query = rows_query.filter(_beyond(queryset.model, order, values, backwards=backwards))
    found = list(rows_query[: size + 1])
    more, rows = len(found) > size, found[:size]
    if backwards:
        rows.reverse()
    ahead, behind = (True, more) if backwards else (more, bool(cursor))
    return Page(
        rows=rows,
        next_cursor=">" + _position(rows[-1], order) if rows and ahead else None,
        previous_cursor="<" + _position(rows[0], order) if rows and behind else None,
    )


def _ordering(
    model: type[models.Model], order: Sequence[str], *, backwards: bool
) -> list[models.expressions.OrderBy]:
    return [_ordered(model, name, backwards=backwards) for name in order]


def _ordered(
    model: type[models.Model], name: str, *, backwards: bool
) -> models.expressions.OrderBy:
    """One field of an order; nulls are last in it. Only a nullable field says so: an index on
    one that is not serves the plain order only.
    """
    downwards = name.startswith("-") != backwards
    expression = models.F(name.lstrip("-"))
    nulls: dict[str, bool] = {}
    if _may_be_null(model, name.lstrip("-")):
        nulls = {"nulls_first": True} if backwards else {"nulls_last": True}
    return expression.desc(**nulls) if downwards else expression.asc(**nulls)


def _may_be_null(model: type[models.Model], path: str) -> bool:
    """True when a field, or a record on the way to it ("team__name"), may be missing.

    What is no field is a number the query adds; those are never missing.
    """
    name, _, rest = path.partition("__")
    try:
        field = model._meta.get_field(name)
    except FieldDoesNotExist:
        return False
    if field.null or not rest:
        return bool(field.null)
    related = field.related_model
    return not isinstance(related, type) or _may_be_null(related, rest)


def page_links(
    request: HttpRequest, page: Page[Any], *, parameter: str = "cursor", anchor: str = ""
) -> dict[str, str | None]:
    """Query strings of the neighbouring pages, keeping the filters.

    A page with a second list names another `parameter` for it, and the `anchor` it stands at.
    """
    kept = [(k, v) for k, v in request.GET.lists() if k != parameter]
    links: dict[str, str | None] = {}
    for name, cursor in (("next", page.next_cursor), ("previous", page.previous_cursor)):
        links[name] = None
        if cursor:
            links[name] = "?" + urlencode([*kept, (parameter, cursor)], doseq=True) + anchor
    return links


def show_errors(form: forms.BaseForm, error: DomainError) -> None:
    """Puts a refused rule's sentence, or each of several, at its field or on top of the form."""
    told = error.errors if isinstance(error, FieldErrors) else {error.field: error.message}
    for field, message in told.items():
        form.add_error(field if field in form.fields else None, message)


class StepView(View):
    """POST takes a record through one step.

    Subclasses name the queryset (`records`), a form for the step's words (or none), and call
    their action in `take`. A refused rule is shown at the form with what was typed kept (422),
    or as a message when the step has no form.
    """

    http_method_names = ["get", "post"]
    form_class: ClassVar[type[forms.Form] | None] = None
    template_name = "ui/step.html"
    title = ""
    submit_label = "Save"
    success_message = ""

    @property
    def person(self) -> "Person":
        """Who takes the step; LoginRequiredMiddleware lets nobody else through."""
        return cast("Person", self.request.user)

    def records(self, request: SignedInRequest) -> models.QuerySet[Any]:
        """What this person may see; everything else is not there (404)."""
        raise NotImplementedError

    def take(self, record: Any, form: forms.Form | None) -> Any:
        """Calls the action; returns what `success_url` needs."""
        raise NotImplementedError

    def success_url(self, record: Any, result: Any) -> str:
        """Where to go afterwards: the record, unless the step makes something new."""
        return str(record.get_absolute_url())

    def build_form(self, record: Any, data: Any = None, files: Any = None) -> forms.Form | None:
        """The step's form, bound when data is given."""
        return None if self.form_class is None else self.form_class(data, files)

    def get(self, request: SignedInRequest, pk: int) -> HttpResponseBase:
        """The step's form on a page of its own (works with scripts off)."""
        record = get_object_or_404(self.records(request), pk=pk)
        form = self.build_form(record)
        if form is None:
            return redirect(record.get_absolute_url())
        return self._draw(request, record, form, status=200)

    def post(self, request: SignedInRequest, pk: int) -> HttpResponseBase:
        """Takes the step."""
        record = get_object_or_404(self.records(request), pk=pk)
        form = self.build_form(record, request.POST, request.FILES)
        if form is not None and not form.is_valid():
            return self._draw(request, record, form, status=422)
        try:
            result = self.take(record, form)
        except DomainError as error:
            return self.refused(request, record, form, error)
        said = self.told(record, form)
        if said:
            messages.success(request, said)
        return redirect(self.success_url(record, result))

    def told(self, record: Any, form: forms.Form | None) -> str:
        """What is said once the step is taken; empty for nothing."""
        return self.success_message

    def refused(
        self, request: SignedInRequest, record: Any, form: forms.Form | None, error: DomainError
    ) -> HttpResponseBase:
        """Says why, at the form with what was typed, or as a message when there is none."""
        if form is None:
            messages.error(request, error.message)
            return redirect(record.get_absolute_url())
        show_errors(form, error)
        return self._draw(request, record, form, status=error.status)

    def _context(self, record: Any, form: forms.Form) -> dict[str, Any]:
        return {
            "record": record,
            "form": form,
            "title": self.title,
            "submit_label": self.submit_label,
        }

    def _draw(
        self, request: HttpRequest, record: Any, form: forms.Form, status: int
    ) -> HttpResponse:
        return render(request, self.template_name, self._context(record, form), status=status)
