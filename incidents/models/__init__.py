"""Tables of the incidents app, one subject a file."""

from incidents.models.analysis import TicketSearch, TicketVector
from incidents.models.answers import TicketAnswers
from incidents.models.conversation import Attachment, Message
from incidents.models.draft import TicketDraft
from incidents.models.imports import ImportReject, ImportRun
from incidents.models.intent import PortalSession
from incidents.models.intervals import StatusInterval, TouchInterval
from incidents.models.ticket import Channel, Kind, Ticket, TicketArticle, TicketShare

__all__ = [
    "Attachment",
    "Channel",
    "ImportReject",
    "ImportRun",
    "Kind",
    "Message",
    "PortalSession",
    "StatusInterval",
    "Ticket",
    "TicketAnswers",
    "TicketArticle",
    "TicketDraft",
    "TicketSearch",
    "TicketShare",
    "TicketVector",
    "TouchInterval",
]
