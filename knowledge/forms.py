"""What people fill in about articles."""

from typing import Any

from django import forms

from accounts.models import Person
from catalogue.models import Component
from knowledge.models import LONGEST_TEXT, Article, Audience, Governance
from knowledge.permissions import PUBLISHERS


def _text(label: str, hint: str, rows: int, *, required: bool = False) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=required,
        max_length=LONGEST_TEXT,
        help_text=hint,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


class ComponentsField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # at run time
    """Components under their services' names."""

    def label_from_instance(self, obj: Component) -> str:
        return f"{obj.service.name} › {obj.name}"


class ArticleForm(forms.Form):
    """An article in its structure. Texts are Markdown."""

    title = forms.CharField(label="Title", max_length=200)
    issue = _text("Issue", "What the requester sees, in their words.", 4, required=True)
    environment = _text("Environment", "Where it happens: product, version, browser.", 2)
    cause = _text("Cause", "Why it happens, once known.", 3)
    resolution = _text("Resolution", "What to do, step by step.", 7)
    components = ComponentsField(
        label="Components",
        queryset=Component.objects.none(),
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 5}),
        help_text="Hold Ctrl to choose several.",
    )
    audience = forms.ChoiceField(
        label="Audience",
        choices=Audience.choices,
        initial=Audience.INTERNAL,
        help_text="Requesters read it once it is validated.",
    )
    governance = forms.ChoiceField(
        label="Governance", choices=Governance.choices, initial=Governance.EXPERIENCE
    )
    valid_from_release = forms.CharField(label="Valid from release", max_length=40, required=False)
    valid_to_release = forms.CharField(label="Valid to release", max_length=40, required=False)
    note = forms.CharField(
        label="Why this change",
        max_length=250,
        required=False,
        help_text="Said in the article's history.",
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput())
    back = forms.CharField(required=False, max_length=300, widget=forms.HiddenInput())
    ticket = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput())

    def __init__(self, *args: Any, reader: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        components = self.fields["components"]
        if isinstance(components, ComponentsField):
            components.queryset = Component.objects.visible_to(reader).select_related("service")
        if not reader.has_role(PUBLISHERS):
            del self.fields["governance"]

    @property
    def words(self) -> dict[str, Any]:
        """What the article is told, without what only the page needs."""
        aside = ("version", "back", "ticket")
        return {name: value for name, value in self.cleaned_data.items() if name not in aside}


def initial_of(article: Article) -> dict[str, Any]:
    """What the form shows of an article that is there."""
    names = set(ArticleForm.base_fields) - {"note", "back", "ticket", "components"}
    return {
        **{name: getattr(article, name) for name in names},
        "components": article.components.all(),
    }


class FeedbackForm(forms.Form):
    """A reader's verdict."""

    helpful = forms.TypedChoiceField(
        choices=[("yes", "This helped"), ("no", "Flag it")], coerce=lambda value: value == "yes"
    )
    comment = forms.CharField(
        label="What is wrong or missing?",
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class ReasonForm(forms.Form):
    """A step that needs a reason."""

    reason = forms.CharField(
        label="What is wrong or missing?", max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )


class OptionalReasonForm(forms.Form):
    """A step that may carry a reason."""

    reason = forms.CharField(
        label="Why", max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
