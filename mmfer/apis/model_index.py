"""The configs by name: ``mmpretrain.get_model('clex_r18_rafdb_noise30')``."""
import functools
from pathlib import Path

from mmpretrain.apis.model import ModelHub

import mmfer

MIM = Path(mmfer.__file__).parent / '.mim'


@functools.cache
def register_model_index() -> None:
    """Add the configs of this package to the models that mmpretrain knows by
    name (``get_model``, ``list_models``, the inferencers); once.

    Raises:
        FileNotFoundError: where the index is not part of the installation.
        ValueError: where another package has taken one of the names.
    """
    index = MIM / 'model-index.yml'
    if not index.is_file() or not (MIM / 'configs').is_dir():
        raise FileNotFoundError(
            f'{MIM} lacks model-index.yml or configs, by which models are named. Install mmfer '
            'from a wheel, or, in a checkout made without symbolic links: git config '
            'core.symlinks true, then git checkout -- mmfer/.mim')
    ModelHub.register_model_index(index, config_prefix=MIM)
