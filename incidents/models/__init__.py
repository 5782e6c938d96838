"""Tables of the incidents app, one subject a file."""

from incidents.models.analysis import TicketSearch, TicketVector
from incidents.models.clocks import ClockRun, TicketClock
from incidents.models.conversation import Attachment, Message
from incidents.models.draft import TicketDraft
from incidents.models.imports import ImportReject, ImportRun
from incidents.models.intervals import StatusInterval, TouchInterval
from incidents.models.jobs import TicketJob, TicketJobItem
from incidents.models.merges import TicketMerge
from incidents.models.relations import RelationKind, TicketRelation
from incidents.models.saved_views import SavedView, ViewCount, ViewTicket
from incidents.models.searching import SearchWord, StopWord, SynonymGroup, UnreadWords
from incidents.models.ticket import Channel, Kind, Ticket, TicketArticle, TicketShare

__all__ = [
    "Attachment",
    "Channel",
    "ClockRun",
    "ImportReject",
    "ImportRun",
    "Kind",
    "Message",
    "RelationKind",
    "SavedView",
    "SearchWord",
    "StatusInterval",
    "StopWord",
    "SynonymGroup",
    "Ticket",
    "TicketArticle",
    "TicketClock",
    "TicketDraft",
    "TicketJob",
    "TicketJobItem",
    "TicketMerge",
    "TicketRelation",
    "TicketSearch",
    "TicketShare",
    "TicketVector",
    "TouchInterval",
    "UnreadWords",
    "ViewCount",
    "ViewTicket",
]
