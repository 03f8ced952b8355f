"""Unpacking data sets and checking them against what is published; needs no GPU and registers
nothing."""
from .fer2013_csv import copy_votes, write_ferplus_folders
from .inspect_images import Inspection, inspect_image, inspect_images
from .layouts import unpack_ferplus, unpack_rafdb
from .markdown import read_numbers, write_report
from .progress import progress_bar
from .published import Published, published_counts
from .report import Report, build_report, is_right
from .splits import Split, own_splits, read_split
from .state import finish, is_current, start, state_of
from .staging import is_filled, leftovers
from .unpack import ENDINGS, Limits, unpack

__all__ = [
    'ENDINGS', 'Inspection', 'Limits', 'Published', 'Report', 'Split', 'build_report',
    'copy_votes', 'finish', 'inspect_image', 'inspect_images', 'is_current', 'is_filled',
    'is_right', 'leftovers', 'own_splits', 'progress_bar', 'published_counts', 'read_numbers',
    'read_split', 'start', 'state_of', 'unpack', 'unpack_ferplus', 'unpack_rafdb',
    'write_ferplus_folders', 'write_report'
]
