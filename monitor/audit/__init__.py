"""The labelling pages: blind, frozen evidence in, appended labels out."""

from monitor.audit.app import create_app, serve
from monitor.audit.invitations import AuditError, invite, revoke
from monitor.audit.sheet import ImportReport, RefusedRow, export_sheet, import_sheet
