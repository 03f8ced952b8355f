"""Synthetic faces for demo and tests: parametric, seeded, in the layouts of real data sets.

Needs numpy, OpenCV and rich only.
"""
from .action_units import EXPRESSIONS
from .annotators import simulate_votes, vote_distribution
from .draw import draw_face
from .layout_ferplus import write_ferplus
from .layout_rafdb import RAFDB_CLASSES, write_rafdb
from .params import Face
from .preview import preview_sheet
from .sample import CLASSES_7, CLASSES_8, sample_face

__all__ = ['CLASSES_7', 'CLASSES_8', 'EXPRESSIONS', 'Face', 'RAFDB_CLASSES', 'draw_face',
           'preview_sheet', 'sample_face', 'simulate_votes', 'vote_distribution', 'write_ferplus',
           'write_rafdb']
