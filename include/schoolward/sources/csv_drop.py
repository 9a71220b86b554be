"""A folder of files, local or behind a web server: HR extracts, the contact log, the registers."""

from schoolward.sources.csv_options import check_options
from schoolward.sources.csv_records import STREAMS

__all__ = ["STREAMS", "check_options"]
