"""Unpacking data sets and checking them against what is published; needs no GPU and registers
nothing."""

from .archives import Limits, unpack, unpack_ferplus, unpack_rafdb
from .fer2013_csv import copy_votes, write_ferplus_folders
from .fer2013_folders import write_fer2013_folders
from .found_archives import LEFT, unpack_found
from .inspect_images import Inspection, inspect_images
from .markdown import read_numbers, write_report
from .pictures import draw_pictures
from .report import build_report
from .splits import Split, affectnet_splits, own_classes, own_splits, read_split
from .state import finish, is_current, start, state_of
