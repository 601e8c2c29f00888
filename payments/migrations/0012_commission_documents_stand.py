"""A commission document that was issued is never changed or removed."""

from django.db import migrations

GUARD = """
CREATE FUNCTION commission_document_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a commission document stands as it was issued' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER commission_document_stands BEFORE UPDATE OR DELETE ON payments_commissiondocument
    FOR EACH ROW EXECUTE FUNCTION commission_document_stands();
"""

UNDO = """
DROP TRIGGER commission_document_stands ON payments_commissiondocument;
DROP FUNCTION commission_document_stands();
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0011_screening_times")]
    operations = [migrations.RunSQL(GUARD, UNDO)]
