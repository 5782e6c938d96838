"""Tables of the incidents app, one subject a file."""

from incidents.models.analysis import TicketSearch, TicketVector
from incidents.models.conversation import Attachment, Message
from incidents.models.draft import TicketDraft
from incidents.models.imports import ImportReject, ImportRun
from incidents.models.intervals import StatusInterval, TouchInterval
from incidents.models.jobs import TicketJob, TicketJobItem
from incidents.models.ticket import Channel, Kind, Ticket, TicketArticle, TicketShare

__all__ = [
    "Attachment",
    "Channel",
    "ImportReject",
    "ImportRun",
    "Kind",
    "Message",
    "StatusInterval",
    "Ticket",
    "TicketArticle",
    "TicketDraft",
    "TicketJob",
    "TicketJobItem",
    "TicketSearch",
    "TicketShare",
    "TicketVector",
    "TouchInterval",
]
