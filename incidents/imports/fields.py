"""What a column of a file can be, and the names by which other desks call it."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Field:
    """A field of a ticket. `aliases` are known column names, the likeliest first."""

    name: str
    label: str
    aliases: tuple[str, ...] = ()
    is_time: bool = False


def _field(name: str, label: str, aliases: str = "", *, is_time: bool = False) -> Field:
    return Field(name, label, (name, *aliases.split()), is_time)


FIELDS = (
    _field(
        "number",
        "Number",
        "ticket_id incident_id case_id issue_key key ticket ref reference id",
    ),
    _field(
        "created_at",
        "Opened",
        "opened_at opened sys_created_at sys_created_on created_on created created_time "
        "created_date creation_date date_created create_date create_time open_time opened_on "
        "opened_date open_date submit_date submitted_at reported_at reported_date date timestamp "
        "start",
        is_time=True,
    ),
    _field(
        "title",
        "Title",
        "short_description subject summary headline brief_description",
    ),
    _field(
        "description",
        "Description",
        "long_description details detailed_description body text message notes content comment",
    ),
    _field(
        "requester",
        "Requester",
        "caller caller_id caller_name requested_by requested_for requester_name opened_for "
        "customer_name reporter contact contact_name customer submitter from user user_name "
        "affected_user employee",
    ),
    _field(
        "requester_email",
        "Requester's e-mail",
        "caller_email contact_email customer_email reporter_email user_email from_email email "
        "email_address e_mail",
    ),
    _field(
        "organisation",
        "Organisation",
        "organization company company_name account account_name customer_organisation client",
    ),
    _field(
        "team",
        "Team",
        "assignment_group assigned_group support_group assigned_team group group_name queue "
        "queue_name",
    ),
    _field(
        "assignee",
        "Assignee",
        "assigned_to assigned_agent agent agent_name owner owner_name technician responder "
        "assigned_user",
    ),
    _field("assignee_email", "Assignee's e-mail", "assigned_to_email agent_email owner_email"),
    _field("state", "State", "status current_status stage"),
    _field("pending_reason", "Reason for waiting", "on_hold_reason hold_reason"),
    _field("kind", "Type", "type record_type issue_type issuetype sys_class_name"),
    _field("priority", "Priority", "prio"),
    _field("impact", "Impact"),
    _field("urgency", "Urgency"),
    _field("severity", "Severity"),
    _field("channel", "Channel", "contact_type contact_method contact_channel origin via"),
    _field(
        "service",
        "Service",
        "business_service service_name service_offering product product_name application",
    ),
    _field("component", "Component", "cmdb_ci configuration_item ci component_name"),
    _field("category", "Category", "topic topic_group"),
    _field(
        "resolved_at",
        "Resolved",
        "resolved resolved_on resolved_time resolved_date resolution_date "
        "resolutiondate date_resolved solved_at solve_date",
        is_time=True,
    ),
    _field(
        "closed_at",
        "Closed",
        "closed closed_on closed_time closed_date close_date close_time date_closed end",
        is_time=True,
    ),
    _field(
        "first_response_at",
        "First response",
        "first_responded_at first_reply_at first_response",
        is_time=True,
    ),
    _field(
        "updated_at",
        "Last change",
        "sys_updated_at sys_updated_on updated_on updated last_updated last_modified modified "
        "modified_at",
        is_time=True,
    ),
    _field("reassignment_count", "Reassignments", "reassignments reassign_count"),
    _field("reopen_count", "Reopenings", "reopens reopened reopened_count reopenings"),
    _field(
        "resolution_code",
        "Resolution code",
        "closed_code close_code closure_code resolution_category resolution",
    ),
    _field(
        "resolution_text",
        "Resolution",
        "close_notes resolution_notes closure_notes solution resolution_description",
    ),
    _field("version_seen", "Version seen", "version product_version affects_version"),
    _field("csat_score", "Satisfaction", "csat satisfaction satisfaction_score rating"),
)
BY_NAME = {field.name: field for field in FIELDS}
_PREFIX = re.compile(r"^(?:ticket|incident|case|request|issue|u)_(?=.)")
TIME_FIELDS = tuple(field.name for field in FIELDS if field.is_time)


def plain(column: str) -> str:
    """A column's name as aliases are written: `Short Description` is `short_description`."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", column.strip())
    return re.sub(r"[\W_]+", "_", apart.casefold()).strip("_")


def propose(columns: list[str]) -> dict[str, str]:
    """Field → column for every field with a known name among `columns`; no column serves twice."""
    by_plain_name: dict[str, str] = {}
    for column in columns:
        by_plain_name.setdefault(plain(column), column)
    for column in columns:
        # `Ticket Subject`, `incident_state`, `u_category`: the record's name says nothing more.
        by_plain_name.setdefault(_PREFIX.sub("", plain(column)), column)
    proposed: dict[str, str] = {}
    for depth in range(max(len(field.aliases) for field in FIELDS)):
        for field in FIELDS:
            alias = field.aliases[depth] if depth < len(field.aliases) else ""
            column = by_plain_name.get(alias, "")
            if column and field.name not in proposed and column not in proposed.values():
                proposed[field.name] = column
    return {name: proposed[name] for name in BY_NAME if name in proposed}
