"""Synthetic faces for demo and tests: parametric, seeded, in the layouts of real data sets.

Needs numpy, OpenCV and rich only.
"""

from .affectnet import AFFECTNET_CLASSES, write_affectnet
from .annotators import simulate_votes, vote_distribution
from .dataset import BALANCES
from .draw import draw_face, write_image
from .expw import EXPW_CLASSES, write_expw
from .face import CLASSES_7, CLASSES_8, EXPRESSIONS, Face
from .fer2013 import FER2013_CLASSES, write_fer2013
from .layouts import RAFDB_CLASSES, write_ferplus, write_rafdb
from .meta import LEVELS, levels_of
from .preview import preview_sheet
from .sample import sample_face
from .shape import landmarks_68
