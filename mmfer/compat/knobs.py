"""Variables of a config that are bound late.

A string ``'$image_size'`` anywhere in a config stands for its top-level variable ``image_size``,
looked up when all bases are merged. So a leaf's ``image_size = 112``, or ``--cfg-options
image_size=112``, changes the size in every pipeline of its bases.
"""

import ast
import copy
import re
from pathlib import Path
from typing import Any

from .repair import repair, wrap

NAME = re.compile(r'\$([A-Za-z_]\w*)')
# Of our bases. In a config that was dumped they are numbers already.
KNOBS = {'image_size', 'train_pipeline', 'num_classes', 'in_channels', 'method'}
KNOBS |= {'random_erasing', 'mirror', 'affine', 'resize'}
MEMORY = '_knobs'  # of a Config: what it was before its variables were bound


def _asked(value: Any) -> str | None:
    """``name`` where a value is ``'$name'``."""
    match = NAME.fullmatch(value) if isinstance(value, str) else None
    return match and match[1]


def knobs_in(value: Any) -> set[str]:
    """Names of the variables that a part of a config asks for."""
    if name := _asked(value):
        return {name}
    parts = dict.values(value) if isinstance(value, dict) else value
    return set().union(*map(knobs_in, parts)) if isinstance(value, (dict, list, tuple)) else set()


def bind(value: Any, variables: dict, asked: tuple[str, ...] = ()) -> Any:
    """A copy of a part of a config with all ``'$name'`` replaced by the config's ``variables``;
    ``asked`` are those that led here.

    Raises:
        KeyError: On a variable that is not there.
        ValueError: On variables that ask for each other in a circle.
    """
    if name := _asked(value):
        if name in asked:
            raise ValueError(
                f'the config variables {" -> ".join((*asked, name))} ask for each other in a circle'
            )
        if name not in variables:
            names = sorted(k for k in variables if not k.startswith('_'))
            raise KeyError(
                f'the config says {value!r}, but no base or leaf defines {name}; its variables are '
                f'{names}'
            )
        return bind(copy.deepcopy(variables[name]), variables, (*asked, name))
    if isinstance(value, dict):
        made = copy.copy(value)
        for key, item in list(dict.items(value)):
            dict.__setitem__(made, key, bind(item, variables, asked))
        return made
    if isinstance(value, (list, tuple)):
        return type(value)(bind(item, variables, asked) for item in value)
    return value


def carry_over(old: Any, new: Any, current: Any, place: str = '') -> Any:
    """``current`` with the changes from ``old`` to ``new``; what was changed since ``old`` in other
    places stays. None of the three is changed.

    Raises:
        ValueError: Where the same place was changed both ways; names it.
    """
    if old == new:
        return current
    if current == old:
        return copy.deepcopy(new)
    parts = (old, new, current)
    # other keys are another thing, for instance another step of a pipeline: a mixture of the two
    # would be neither
    if all(isinstance(part, dict) for part in parts) and set(old) == set(new):
        made = copy.copy(current)
        for key in set(old) & set(current):
            value = carry_over(old[key], new[key], current[key], f'{place}.{key}')
            dict.__setitem__(made, key, value)
        return made
    if all(isinstance(part, list) for part in parts) and len({*map(len, parts)}) == 1:
        return [carry_over(*items, f'{place}.{number}') for number, items in enumerate(zip(*parts))]
    raise ValueError(
        f'{place.strip(".")} of the config was changed to {current!r}, and the variable that set '
        f'it would now be {new!r} there; set one of the two'
    )


def _open(variables: dict, path: list[str]) -> None:
    """Put what they stand for in the place of the variables that lead to a part: of
    ``train_pipeline.2.scale`` the step may be ``'$resize'``."""
    place = variables
    for part in path:
        key = int(part) if isinstance(place, list) and part.isdigit() else part
        known = range(len(place)) if isinstance(place, list) else place
        if not isinstance(place, (list, dict)) or key not in known:
            return  # told where it is merged
        if (name := _asked(place[key])) in variables:
            place[key] = copy.deepcopy(variables[name])
        place = place[key]


def set_variables(template: dict, options: dict, **how) -> tuple[dict, dict]:
    """The template, a config before it was bound, with those of the options (as of
    ``merge_from_dict``) that set its variables or parts of them (``train_pipeline.2.scale``); and
    the other options. ``how`` is of MMEngine's merging."""
    from mmengine.config import Config, ConfigDict

    new, rest = copy.deepcopy(template), dict(options)
    while True:
        # what is set may ask for further ones
        asked = knobs_in(new) | knobs_in(list(rest.values()))
        found = [key for key in rest if key.split('.')[0] in asked]
        if not found:
            return new, rest
        for key in sorted(found, key=lambda key: key.count('.')):
            name, *path = key.split('.')
            value = rest.pop(key)
            if path or isinstance(value, dict):  # a part of what it stands for
                followed = set()
                # what is missing, or a circle, is told where the config is bound
                while (other := _asked(new.get(name))) in new and other not in followed:
                    followed.add(other)
                    new[name] = copy.deepcopy(new[other])
                _open(new, [name, *(path if isinstance(value, dict) else path[:-1])])
            for part in reversed(path):
                value = ConfigDict({part: value})
            new = Config._merge_a_into_b({name: value}, new, **how)


def _bind_new(original, self, *args, **kwargs) -> None:
    original(self, *args, **kwargs)
    template = self._cfg_dict
    if knobs_in(template):
        vars(self).update({MEMORY: template, '_cfg_dict': bind(template, template)})
    if 'env_variables' in kwargs:  # read from a file
        _refuse_lost_method(self)


def _is_ours(cfg) -> bool:
    imports = (cfg._cfg_dict.get('custom_imports') or {}).get('imports', ())
    return any(str(name).startswith('mmfer') for name in imports)


def _refuse_lost_method(cfg) -> None:
    """``method = dict(...)`` above a base has no effect on the ``model`` that the base, or the file
    itself by ``_base_.method``, took it into."""
    method, model = cfg._cfg_dict.get('method'), cfg._cfg_dict.get('model')
    both = isinstance(method, dict) and isinstance(model, dict)
    if not (both and _is_ours(cfg) and str(cfg.filename).endswith('.py')):
        return
    tree = ast.parse(Path(cfg.filename).read_text(encoding='utf-8'))
    targets = [one for line in tree.body if isinstance(line, ast.Assign) for one in line.targets]
    assigned = {one.id for one in targets if isinstance(one, ast.Name)}
    # a config that was written into a work dir has no bases
    if not {'_base_', 'method'} <= assigned:
        return
    for key, wanted, found in _differences(method, model):
        raise ValueError(
            f'{cfg.filename} sets method.{key}={wanted!r}, but its model was made from the method '
            f'of its bases and has {found!r}; set model.{key} instead: model = dict(head=dict(...))'
        )


def _differences(wanted: dict, found: Any, place: str = ''):
    for key, value in wanted.items():
        other = found.get(key) if isinstance(found, dict) else None
        if isinstance(value, dict) and isinstance(other, dict):
            yield from _differences(value, other, f'{place}{key}.')
        elif value != other and not key.startswith('_'):  # _scope_
            yield f'{place}{key}', value, other


def _refuse_lost(cfg, options: dict, known: set[str]) -> None:
    """A knob that is none in this config would be taken without effect, the name of a pipeline
    without its $ for the pipeline."""
    # others may have variables of these names
    if not _is_ours(cfg):
        return
    for key, value in options.items():
        name = key.split('.')[0]
        if key == 'train_pipeline' and isinstance(value, str) and not _asked(value):
            raise ValueError(
                f'{key}={value!r} is no pipeline; give its name after a $, in single quotes, or '
                f"the shell takes it for a variable of its own: '{key}=$two_view_pipeline'"
            )
        if name in KNOBS and name not in known:
            why = (
                f'{cfg.filename} has no {name!r} left to be set (a config that was written into a '
                'work dir holds the values). Change it in the config that it was made from'
            )
            if name == 'method':
                instead = key.replace('method', 'model', 1)
                why = f'a leaf took method into its model; set {instead}'
            raise ValueError(f'{key}={value!r} would change nothing: {why}')


def _merge(original, self, options: dict, allow_list_keys: bool = True) -> None:
    """``merge_from_dict`` that binds anew what a changed variable sets."""
    template = vars(self).get(MEMORY)
    known = knobs_in(template) | knobs_in(list(options.values())) if template else set()
    _refuse_lost(self, options, known)
    if template is None:
        original(self, options, allow_list_keys)
        return
    new, rest = set_variables(template, options, allow_list_keys=allow_list_keys)
    found = carry_over(bind(template, template), bind(new, new), self._cfg_dict)
    vars(self).update({MEMORY: new, '_cfg_dict': found})
    original(self, rest, allow_list_keys)
    if knobs_in(list(rest.values())):
        vars(self)['_cfg_dict'] = bind(self._cfg_dict, new)


@repair(
    fault="image_size = 112 in a config does not reach the pipelines of its bases ('$image_size')",
    versions=('mmengine<0.11', 'onedl-mmengine<0.11'),
)
def bind_config_variables() -> None:
    """Bind the variables of each config that asks for some, again where options change them."""
    from mmengine.config import Config

    wrap(Config, '__init__', _bind_new)
    wrap(Config, 'merge_from_dict', _merge)
