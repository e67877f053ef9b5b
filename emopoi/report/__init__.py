"""Results for people and programs: readings, timeline, page, text."""

from emopoi.report.headline import headline
from emopoi.report.html_report import write_report
from emopoi.report.output_folder import prepare_output_folder, write_bytes_atomically, write_text_atomically
from emopoi.report.profile_text import profile_as_text
from emopoi.report.readings_file import ReadingsWriter
from emopoi.report.timeline_picture import draw_timeline

__all__ = [
    "ReadingsWriter",
    "draw_timeline",
    "headline",
    "prepare_output_folder",
    "profile_as_text",
    "write_bytes_atomically",
    "write_report",
    "write_text_atomically",
]
