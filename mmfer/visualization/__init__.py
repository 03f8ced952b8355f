"""Pictures of runs: numpy, OpenCV and matplotlib's object interface.

Every drawing function takes plain arrays and returns a ``Figure``; :func:`save_figure` writes it.
Nothing here needs a model, a data set or a display.
"""

from .breakdown import LevelAccuracy, breakdown_bars, level_accuracies, name_levels, wilson_interval
from .cams import ViewMaps, cam_sheet
from .candidates import candidate_panels
from .confusion import class_accuracies, confusion_counts, confusion_panels, transition_panel
from .contact_sheet import contact_sheet
from .curves import accuracy_curves, loss_curves
from .data_report import ambiguity_panels, class_bars
from .disambiguation import NUMBERS, Followed, candidate_courses, disambiguation_curves
from .figures import save_figure
from .hog import HOGRow, hog_sheet, hog_strokes
from .label_attention import QueryMaps, attention_sheet
from .lines import name_or_id
from .run_files import (
    Curve,
    Disambiguation,
    last_config,
    read_curve,
    read_disambiguation,
    read_losses,
)
from .scripts import draw_in_all_figures
