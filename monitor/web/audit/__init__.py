"""The labelling pages: blind, frozen evidence in, appended labels out."""

from monitor.web.audit.pages import LabelPages
from monitor.web.audit.sheet import ImportReport, RefusedRow, export_sheet, import_sheet
