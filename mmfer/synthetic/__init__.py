"""Synthetic faces for demo and tests: parametric, seeded, in the layouts of real data sets.

Needs numpy, OpenCV and rich only.
"""

from .action_units import EXPRESSIONS
from .affectnet_faces import AFFECTNET_CLASSES
from .annotators import simulate_votes, vote_distribution
from .draw import draw_face
from .landmarks import landmarks_68
from .layout_affectnet import write_affectnet
from .layout_ferplus import write_ferplus
from .layout_rafdb import RAFDB_CLASSES, write_rafdb
from .levels import LEVELS, levels_of
from .params import Face
from .preview import preview_sheet
from .sample import CLASSES_7, CLASSES_8, sample_face
