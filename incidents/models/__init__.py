"""Tables of the incidents app, one subject a file."""

from incidents.models.analysis import SecondTicketVector, TicketSearch, TicketVector, VectorSpace
from incidents.models.answers import TicketAnswers
from incidents.models.checklists import Checklist, ChecklistItem, ListedTask, TicketTask
from incidents.models.clocks import ClockRun, TicketClock
from incidents.models.conversation import Attachment, Message
from incidents.models.draft import TicketDraft
from incidents.models.effort import TimeEntry
from incidents.models.imports import ImportReject, ImportRun
from incidents.models.intent import PortalSession
from incidents.models.intervals import StatusInterval, TouchInterval
from incidents.models.jobs import TicketJob, TicketJobItem
from incidents.models.likeness import Likeness
from incidents.models.merges import TicketMerge
from incidents.models.policy import FollowUp, TeamPolicy
from incidents.models.readers import Mention, TicketCopy
from incidents.models.relations import RelationKind, TicketRelation
from incidents.models.satisfaction import CsatReason, CsatSurvey
from incidents.models.saved_views import SavedView, ViewCount, ViewTicket
from incidents.models.searching import (
    SearchIndex,
    SearchWord,
    StopWord,
    SynonymGroup,
    UnreadWords,
)
from incidents.models.tags import Tag, TicketTag
from incidents.models.ticket import Channel, Kind, Ticket, TicketArticle, TicketShare
from incidents.models.versions import FieldVersion
from incidents.models.watching import Watcher
from incidents.models.writing import CannedReply, Draft, DraftFile

__all__ = [
    "Attachment",
    "CannedReply",
    "Channel",
    "Checklist",
    "ChecklistItem",
    "ClockRun",
    "CsatReason",
    "CsatSurvey",
    "Draft",
    "DraftFile",
    "FieldVersion",
    "FollowUp",
    "ImportReject",
    "ImportRun",
    "Kind",
    "Likeness",
    "ListedTask",
    "Mention",
    "Message",
    "PortalSession",
    "RelationKind",
    "SavedView",
    "SearchIndex",
    "SearchWord",
    "SecondTicketVector",
    "StatusInterval",
    "StopWord",
    "SynonymGroup",
    "Tag",
    "TeamPolicy",
    "Ticket",
    "TicketAnswers",
    "TicketArticle",
    "TicketClock",
    "TicketCopy",
    "TicketDraft",
    "TicketJob",
    "TicketJobItem",
    "TicketMerge",
    "TicketRelation",
    "TicketSearch",
    "TicketShare",
    "TicketTag",
    "TicketTask",
    "TicketVector",
    "TimeEntry",
    "TouchInterval",
    "UnreadWords",
    "VectorSpace",
    "ViewCount",
    "ViewTicket",
    "Watcher",
]
