"""Votes are only ever added: the database refuses to change or remove one."""

from django.db import migrations

REFUSE = """
CREATE FUNCTION fulfilment_refuse_vote_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a vote is never changed or removed' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER fulfilment_votes_stay BEFORE UPDATE OR DELETE ON fulfilment_vote
    FOR EACH ROW EXECUTE FUNCTION fulfilment_refuse_vote_change();
"""
ALLOW = """
DROP TRIGGER fulfilment_votes_stay ON fulfilment_vote;
DROP FUNCTION fulfilment_refuse_vote_change();
"""


class Migration(migrations.Migration):
    """Adds the trigger."""

    dependencies = [("fulfilment", "0001_requests")]
    operations = [migrations.RunSQL(REFUSE, ALLOW)]
