"""Tables of the incidents app, one subject a file."""

from incidents.models.analysis import TicketSearch, TicketVector
from incidents.models.conversation import Attachment, Message
from incidents.models.draft import TicketDraft
from incidents.models.imports import ImportReject, ImportRun
from incidents.models.intervals import StatusInterval, TouchInterval
from incidents.models.readers import Mention, TicketCopy
from incidents.models.ticket import Channel, Kind, Ticket, TicketArticle, TicketShare
from incidents.models.versions import FieldVersion
from incidents.models.writing import CannedReply, Draft, DraftFile

__all__ = [
    "Attachment",
    "CannedReply",
    "Channel",
    "Draft",
    "DraftFile",
    "FieldVersion",
    "ImportReject",
    "ImportRun",
    "Kind",
    "Mention",
    "Message",
    "StatusInterval",
    "Ticket",
    "TicketArticle",
    "TicketCopy",
    "TicketDraft",
    "TicketSearch",
    "TicketShare",
    "TicketVector",
    "TouchInterval",
]
