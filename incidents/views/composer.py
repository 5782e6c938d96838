"""The writing box of a ticket: sending, and everything its buttons do without sending."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Person
from accounts.roles import STAFF_ROLES
from core.errors import DomainError
from core.pages import show_errors
from core.requests import SignedInRequest
from incidents import actions
from incidents.actions import AnsweredMeanwhile, DraftWords
from incidents.composing import composer_choices
from incidents.forms import AnswerForm
from incidents.models import Draft, Message, Ticket
from incidents.people import beginning_with, parts_of
from incidents.permissions import REPLY_STEPS, allowed
from incidents.queues import column_for
from incidents.rendering import show_text
from incidents.views.workspace import Writing, address_of, draw_workspace, shown_tickets

GO_NEXT = "incidents.go_next"
MOST_OFFERED = 8


@dataclass
class _Sheet:
    """One post of the writing box: the ticket, the form, and what the pressed button names."""

    request: SignedInRequest
    ticket: Ticket
    form: AnswerForm
    what: str = ""
    files_kept: bool = False
    words: DraftWords = field(init=False)

    def __post_init__(self) -> None:
        said = self.request.POST
        self.words = DraftWords(
            kind=said.get("kind", ""),
            body=said.get("body", "").replace("\r\n", "\n"),
            copy_to=said.get("copy_to", ""),
            fields={"then": said.get("then", "")},
        )

    @property
    def person(self) -> Person:
        return self.request.user

    def keep(self) -> Draft:
        """Saves what was typed, with files that came along."""
        version = self.form["draft_version"].value() or "0"
        draft = actions.save_draft(
            actor=self.person,
            ticket=self.ticket,
            words=self.words,
            version=int(version) if str(version).isdecimal() else 0,
        )
        files = [] if self.files_kept else self.request.FILES.getlist("attachments")
        if files:
            actions.add_draft_files(actor=self.person, ticket=self.ticket, files=files)
            self.files_kept = True
        return draft

    def back(self, more: str = "") -> HttpResponseBase:
        """To the ticket, where the draft stands in the box."""
        address = address_of(self.request, self.ticket)
        if more:
            address += f"{'&' if '?' in address else '?'}{more}"
        return redirect(f"{address}#composer")


@require_POST
def reply(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Does what the pressed button says (`do`), sending by default; nothing typed is lost."""
    ticket = get_object_or_404(shown_tickets(request), pk=pk)
    if not request.user.is_staff_member:
        return redirect("incidents:portal_reply", ticket.pk)
    name, _, what = request.POST.get("do", "send").partition(":")
    form = AnswerForm(request.POST, request.FILES, auto_id="answer_%s")
    sheet = _Sheet(request, ticket, form, what)
    try:
        if request.FILES:
            # Files wait with the draft from here on: whatever is refused, they stay.
            sheet.keep()
        return _BUTTONS.get(name, _send)(sheet)
    except DomainError as error:
        form.is_valid()
        show_errors(form, error)
        unread = error.message if isinstance(error, AnsweredMeanwhile) else ""
        return _refused(sheet, error.status, unread)


def _refused(sheet: _Sheet, status: int, unread: str = "") -> HttpResponse:
    """The page again with every word; the draft is what the box shows, also for other windows."""
    with suppress(DomainError):
        sheet.keep()
    writing = Writing(sheet.form, unread=unread)
    return draw_workspace(sheet.request, sheet.ticket, writing, status)


def _send(sheet: _Sheet) -> HttpResponseBase:
    request, ticket, form = sheet.request, sheet.ticket, sheet.form
    if not form.is_valid():
        return _refused(sheet, 422)
    if _sent_already(sheet):
        return redirect(_after(request, ticket))
    said = form.cleaned_data
    following = _next_in_list(request, ticket) if said["go_next"] else ""
    actions.answer_ticket(
        ticket,
        actor=request.user,
        body=said["body"],
        kind=said["kind"],
        then="wait:requester" if sheet.what == "wait" else said["then"],
        copy_to=parts_of(said["copy_to"]),
        outside_confirmed=said["outside"],
        seen=said["seen"] if said["kind"] == Message.Kind.PUBLIC else None,
        with_draft=True,
    )
    request.session[GO_NEXT] = said["go_next"]
    if following:
        messages.success(request, f"Sent on {ticket.reference}.")
    return redirect(following or _after(request, ticket))


def _sent_already(sheet: _Sheet) -> bool:
    """True when the answer of the first sending was lost on its way and this is the second.

    The draft went with the message; the same words by the same person are the newest there.
    """
    said = sheet.form.cleaned_data
    drafts = Draft.objects.visible_to(sheet.person).filter(ticket=sheet.ticket, other=False)
    if not said["draft_version"] or not said["body"].strip() or drafts.exists():
        return False
    mine = Message.objects.visible_to(sheet.person).filter(ticket=sheet.ticket, author=sheet.person)
    last = mine.order_by("-id").first()
    sent = (said["body"].replace("\r\n", "\n").strip(), said["kind"])
    return last is not None and (last.body.replace("\r\n", "\n"), last.kind) == sent


def _after(request: SignedInRequest, ticket: Ticket) -> str:
    """Back to the ticket, which then forgets the local copy of the draft."""
    address = address_of(request, ticket)
    return f"{address}{'&' if '?' in address else '?'}sent=1#latest"


def _next_in_list(request: SignedInRequest, ticket: Ticket) -> str:
    """The address of the ticket below this one in its list; empty at the end."""
    following = column_for(request, request.GET.get("from", ""), timezone.now(), ticket).next
    if following is None:
        return ""
    found = get_object_or_404(Ticket.objects.visible_to(request.user), pk=following.pk)
    return address_of(request, found)


def _save(sheet: _Sheet) -> HttpResponseBase:
    sheet.keep()
    messages.success(sheet.request, "Your draft is kept.")
    return sheet.back()


def _preview(sheet: _Sheet) -> HttpResponseBase:
    sheet.keep()
    writing = Writing(None, preview=True)
    return draw_workspace(sheet.request, sheet.ticket, writing)


def _discard(sheet: _Sheet) -> HttpResponseBase:
    draft = sheet.keep()
    actions.discard_draft(draft, actor=sheet.person)
    return sheet.back(f"discarded={draft.pk}")


def _restore(sheet: _Sheet) -> HttpResponseBase:
    """Takes a text back that was thrown away, or uses one that was kept beside."""
    if sheet.words.body.strip():
        sheet.keep()
    actions.restore_draft(_own_draft(sheet), actor=sheet.person)
    return sheet.back()


def _drop(sheet: _Sheet) -> HttpResponseBase:
    """Throws a text away that was kept beside."""
    sheet.keep()
    draft = _own_draft(sheet)
    actions.discard_draft(draft, actor=sheet.person)
    return sheet.back(f"discarded={draft.pk}")


def _share(sheet: _Sheet) -> HttpResponseBase:
    actions.share_draft(sheet.keep(), actor=sheet.person)
    messages.success(sheet.request, "Colleagues on this ticket read your draft now.")
    return sheet.back()


def _unshare(sheet: _Sheet) -> HttpResponseBase:
    actions.stop_sharing_draft(sheet.keep(), actor=sheet.person)
    return sheet.back()


def _take_up(sheet: _Sheet) -> HttpResponseBase:
    """Goes on with a colleague's text; one's own words are kept beside it."""
    if sheet.words.body.strip():
        sheet.keep()
    shared = Draft.objects.shared_with(sheet.person, sheet.ticket)
    chosen = get_object_or_404(shared, pk=sheet.what if sheet.what.isdecimal() else 0)
    actions.take_up_draft(chosen, actor=sheet.person)
    return sheet.back()


def _own_draft(sheet: _Sheet) -> Draft:
    mine = Draft.objects.of(sheet.person).filter(ticket=sheet.ticket)
    return get_object_or_404(mine, pk=sheet.what if sheet.what.isdecimal() else 0)


def _remove_file(sheet: _Sheet) -> HttpResponseBase:
    draft = sheet.keep()
    waiting = get_object_or_404(draft.files, token=sheet.what)
    actions.remove_draft_file(waiting, actor=sheet.person)
    return sheet.back()


def _end_copy(sheet: _Sheet) -> HttpResponseBase:
    sheet.keep()
    copied = sheet.ticket.copies.select_related("person")
    pk = sheet.what if sheet.what.isdecimal() else 0
    copy = get_object_or_404(copied, person_id=pk)
    actions.end_copy(sheet.ticket, actor=sheet.person, person=copy.person)
    return sheet.back()


def _choose(sheet: _Sheet) -> HttpResponseBase:
    """With scripts off: to the page of everything that can be inserted or run."""
    sheet.keep()
    return redirect("incidents:insert", sheet.ticket.pk)


_BUTTONS: dict[str, Callable[[_Sheet], HttpResponseBase]] = {
    "send": _send,
    "save": _save,
    "preview": _preview,
    "discard": _discard,
    "restore": _restore,
    "drop": _drop,
    "share": _share,
    "unshare": _unshare,
    "take_up": _take_up,
    "remove": _remove_file,
    "end_copy": _end_copy,
    "choose": _choose,
}


def _writable(request: SignedInRequest, pk: int) -> Ticket:
    """A ticket this person may write on as somebody who works here."""
    ticket = get_object_or_404(shown_tickets(request), pk=pk)
    if not request.user.is_staff_member or allowed(request.user, ticket).isdisjoint(
        REPLY_STEPS.values()
    ):
        raise PermissionDenied
    return ticket


@require_POST
def preview(request: SignedInRequest, pk: int) -> HttpResponse:
    """How the words being written will look, with the draft's pictures; nothing is kept."""
    ticket = _writable(request, pk)
    draft = Draft.objects.visible_to(request.user).current(request.user, ticket)
    files = [] if draft is None else list(draft.files.all())
    shown = show_text(request.POST.get("body", ""), files)
    return render(request, "incidents/_preview.html", {"preview": shown})


@require_safe
def choices(request: SignedInRequest, pk: int) -> HttpResponse:
    """Everything `/` offers on this ticket, for the menu."""
    ticket = _writable(request, pk)
    rows = [vars(choice) for choice in composer_choices(request.user, ticket)]
    return JsonResponse({"choices": rows})


@require_http_methods(["GET", "POST"])
def insert(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """The same as a page; a chosen text goes to the end of the draft."""
    ticket = _writable(request, pk)
    words = request.GET.get("q", "").strip().lower()[:100]
    found = [
        choice
        for choice in composer_choices(request.user, ticket)
        if words in f"{choice.label} {choice.group} {choice.text}".lower()
    ]
    if request.method == "POST":
        chosen = [choice for choice in found if choice.key == request.POST.get("choice")]
        if chosen:
            _append(request.user, ticket, chosen[0].text)
        return redirect(f"{ticket.get_absolute_url()}#composer")
    context = {"ticket": ticket, "choices": found, "words": request.GET.get("q", "")[:100]}
    return render(request, "incidents/insert.html", context)


def _append(person: Person, ticket: Ticket, text: str) -> None:
    draft = Draft.objects.visible_to(person).current(person, ticket)
    if draft is None:
        actions.save_draft(actor=person, ticket=ticket, words=DraftWords(body=text))
        return
    body = f"{draft.body.rstrip()}\n\n{text}" if draft.body.strip() else text
    words = DraftWords(draft.kind, body, draft.copy_to, draft.fields)
    actions.save_draft(actor=person, ticket=ticket, words=words, version=draft.version)


@require_safe
def offered_people(request: SignedInRequest, pk: int) -> HttpResponse:
    """People by the beginning of their name: colleagues to mention, anybody known to copy."""
    ticket = _writable(request, pk)
    text = request.GET.get("q", "").strip()[:100]
    if len(text) < 1:
        return JsonResponse({"people": []})
    found = beginning_with(request.user, text).select_related("organisation")
    if request.GET.get("for") == "mention":
        found = found.filter(roles__overlap=sorted(STAFF_ROLES))
    rows = [
        {
            "name": one.name,
            "email": one.email,
            "hint": one.organisation.name if one.organisation else "",
            "outside": actions.is_outside(ticket, one),
        }
        for one in found[:MOST_OFFERED]
    ]
    return JsonResponse({"people": rows})
