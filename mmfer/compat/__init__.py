"""Repairs of the host on current libraries.

``import mmfer``, and so ``custom_imports`` of each config, makes those that are needed here. What
single tools of the host need stands in :mod:`mmfer.compat.tools`, and ``tools/host.py`` makes it.
``python -m mmfer.compat`` tells what is in place.
"""

from .checkpoints import allow_checkpoints, refuse_unsafe_checkpoints
from .cross_test import match_classes
from .distributed import start_gloo_on_cpu, wrap_model_on_cpu
from .environment import take_variables_as_they_are
from .knobs import bind_config_variables
from .loading import name_files_without_weights, refuse_misfits
from .mmengine_faults import copy_subsets_apart, quiet_harmless_warnings
from .numpy2 import keep_in1d, turn_hue_backwards
from .options import keep_blanks_in_options
from .packages import (
    find_own_configs,
    find_packages_without_pkg_resources,
    get_installed_path,
    is_installed,
)
from .pickles import read_pickles_as_data
from .renamed import new_name, tell_new_names
from .tta import label_merged_scores
from .versions import check_host

REPAIRS = (
    quiet_harmless_warnings,  # first: others import the host's models
    allow_checkpoints,
    refuse_unsafe_checkpoints,
    read_pickles_as_data,
    name_files_without_weights,
    refuse_misfits,
    match_classes,
    find_packages_without_pkg_resources,
    find_own_configs,
    bind_config_variables,
    take_variables_as_they_are,
    tell_new_names,
    keep_blanks_in_options,
    start_gloo_on_cpu,
    wrap_model_on_cpu,
    turn_hue_backwards,
    keep_in1d,
    copy_subsets_apart,
    label_merged_scores,
)


def apply() -> None:
    """Make all repairs that are needed. Doing it twice does no harm."""
    for one in REPAIRS:
        one()
