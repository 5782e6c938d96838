"""Tickets of three causes and a few of none, as different people would write them."""

from incidents.models import Ticket
from incidents.similar import embed_tickets
from tests.conftest import Cast
from tests.make.tickets import make_ticket

PRINTER = (
    "Printer on the second floor jams with every page",
    "The second floor printer is jamming again, paper stuck in tray",
    "Paper jam in the printer near the kitchen on floor two",
    "Cannot print: floor two printer says paper jam in tray 2",
    "Second floor printer jammed, tray two does not feed paper",
    "Every print job jams on the printer on floor 2",
)
VPN = (
    "VPN disconnects after a few minutes when working from home",
    "Home office: the VPN connection drops every few minutes",
    "VPN tunnel keeps disconnecting, I must sign in again each time",
    "I lose the VPN connection every ten minutes at home",
    "The VPN client drops the tunnel and asks me to sign in again",
    "Working from home is impossible, VPN disconnects all the time",
)
INVOICE = (
    "Invoice PDF is blank when a customer downloads it",
    "Customers download the invoice and every page is white",
    "Blank invoice PDF: downloaded file has empty pages",
    "The invoice download gives an empty white PDF",
    "PDF of the invoice has only blank pages in the browser",
    "Downloaded invoices are blank white pages",
)
OTHER = (
    "Please tell me where the parking permits are kept",
    "The coffee machine in the lobby shows error lights",
    "Birthday calendar shows the wrong time zone",
)


def tickets_of(cast: Cast, titles: tuple[str, ...], **fields: object) -> list[Ticket]:
    """One ticket for each title, by people of two organisations in turn, embedded."""
    people = (cast.rob, cast.stan)
    tickets = [
        make_ticket(people[at % 2], title=title, description="", **fields)
        for at, title in enumerate(titles)
    ]
    embed_tickets([ticket.pk for ticket in tickets])
    return tickets
