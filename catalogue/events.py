"""What happens to forms."""

from core.events import define

FORM_CREATED = define("catalogue.form_created", "created the form")
FORM_PUBLISHED = define("catalogue.form_published", "published version {number}", "number")
