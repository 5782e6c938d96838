"""Shapes of what people type about tickets; rules live in the actions."""

from incidents.forms.opening import DraftForm, NewTicketForm
from incidents.forms.steps import (
    AssignForm,
    ConfirmForm,
    EditForm,
    NoteForm,
    OfferFixForm,
    OptionalNoteForm,
    QuickForm,
    ResolveForm,
    WaitForm,
)
from incidents.forms.writing import AnswerForm, CannedReplyForm, FilesField

__all__ = [
    "AnswerForm",
    "AssignForm",
    "CannedReplyForm",
    "ConfirmForm",
    "DraftForm",
    "EditForm",
    "FilesField",
    "NewTicketForm",
    "NoteForm",
    "OfferFixForm",
    "OptionalNoteForm",
    "QuickForm",
    "ResolveForm",
    "WaitForm",
]
