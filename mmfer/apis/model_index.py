"""The configs by name: ``mmpretrain.get_model('clex_r18_rafdb_noise30')``."""

import functools
from pathlib import Path

from mmpretrain.apis.model import ModelHub

import mmfer
from mmfer.compat import new_name

MIM = Path(mmfer.__file__).parent / '.mim'


@functools.cache
def register_model_index() -> None:
    """Add the configs of this package to the models that mmpretrain knows by name (``get_model``,
    ``list_models``, the inferencers); once.

    Raises:
        FileNotFoundError: where the index is not part of the installation.
        ValueError: where another package has taken one of the names.
    """
    index = MIM / 'model-index.yml'
    if not index.is_file() or not (MIM / 'configs').is_dir():
        raise FileNotFoundError(
            f'{MIM} lacks model-index.yml or configs, by which models are named. Install mmfer '
            'from a wheel, or, in a checkout made without symbolic links: git config core.symlinks '
            'true, then git checkout -- mmfer/.mim'
        )
    ModelHub.register_model_index(index, config_prefix=MIM)
    find = ModelHub.get

    def get(model_name: str):
        """As before, but of a name of ours that is no more tell the new one."""
        try:
            return find(model_name)
        except ValueError as error:
            told = new_name(str(model_name))
            raise ValueError(f'{error}\n{told}' if told else str(error)) from None

    ModelHub.get = staticmethod(get)
