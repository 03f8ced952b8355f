"""Variables of a config that are bound late: ``'$image_size'``.

A string ``'$name'`` anywhere in a config stands for its top-level variable
``name``, looked up when all bases are merged. So a leaf that says
``image_size = 112`` changes the size in every pipeline of its bases, on every
data set, and ``--cfg-options image_size=112`` does the same.
"""
import copy
import re
from typing import Any, Optional

from .repair import repair, wrap

NAME = re.compile(r'\$([A-Za-z_]\w*)')
# Of our bases. In a config that was dumped they are numbers already.
KNOBS = ('image_size', 'train_pipeline', 'num_classes', 'in_channels')
MEMORY = '_knobs'  # of a Config: what it was before its variables were bound


def knobs_in(value: Any) -> set[str]:
    """Names of the variables that a part of a config asks for."""
    if isinstance(value, str):
        match = NAME.fullmatch(value)
        return {match[1]} if match else set()
    if isinstance(value, dict):
        return set().union(*(knobs_in(v) for v in dict.values(value)))
    if isinstance(value, (list, tuple)):
        return set().union(*(knobs_in(v) for v in value))
    return set()


def bind(value: Any, variables: dict, asked: tuple[str, ...] = ()) -> Any:
    """A copy of a part of a config with all ``'$name'`` replaced.

    Args:
        value: A part of a config, or all of it.
        variables (dict): The config's top level.
        asked (tuple): The variables that led here.

    Raises:
        KeyError: On a variable that is not there.
        ValueError: On variables that ask for each other in a circle.
    """
    if isinstance(value, str):
        match = NAME.fullmatch(value)
        if match is None:
            return value
        name = match[1]
        if name in asked:
            raise ValueError(f'the config variables {" -> ".join((*asked, name))} ask for each '
                             'other in a circle')
        if name not in variables:
            names = sorted(k for k in variables if not k.startswith('_'))
            raise KeyError(f'the config says {value!r}, but no base or leaf defines {name}; its '
                           f'variables are {names}')
        return bind(copy.deepcopy(variables[name]), variables, (*asked, name))
    if isinstance(value, dict):
        made = copy.copy(value)
        for key, item in list(dict.items(value)):
            dict.__setitem__(made, key, bind(item, variables, asked))
        return made
    if isinstance(value, (list, tuple)):
        return type(value)(bind(item, variables, asked) for item in value)
    return value


def carry_over(old: Any, new: Any, current: Any) -> Any:
    """``current`` with the changes from ``old`` to ``new``; what was changed
    since ``old`` in other places stays.

    Raises:
        ValueError: Where the same place was changed both ways.
    """
    if old == new:
        return current
    if isinstance(new, dict) and isinstance(old, dict) and isinstance(current, dict):
        for key in dict.keys(new):
            if key in old and key in current:
                dict.__setitem__(current, key, carry_over(old[key], new[key], current[key]))
        return current
    if isinstance(new, list) and isinstance(old, list) and isinstance(current, list) \
            and len(new) == len(old) == len(current):
        return [carry_over(*parts) for parts in zip(old, new, current)]
    if current != old:
        raise ValueError(f'the config has {current!r} in a place that a variable sets, which would '
                         f'now be {new!r}; set one of the two')
    return new


def _bind_new(original, self, *args, **kwargs) -> None:
    original(self, *args, **kwargs)
    template = self._cfg_dict
    if knobs_in(template):
        object.__setattr__(self, MEMORY, template)
        object.__setattr__(self, '_cfg_dict', bind(template, template))


def _merge(original, self, options: dict, *args, **kwargs) -> None:
    """``merge_from_dict`` that binds anew what a changed variable sets."""
    template = getattr(self, MEMORY, None)
    known = knobs_in(template) if template is not None else set()
    # of a config of ours: others may have variables of these names
    imports = (self._cfg_dict.get('custom_imports') or {}).get('imports', ())
    ours = any(str(name).startswith('mmfer') for name in imports)
    for name in options:
        if ours and name in KNOBS and name not in known:
            raise ValueError(
                f'{name}={options[name]!r} would change nothing: {self.filename} has no {name!r} '
                'left to be set (a config that was written into a work dir holds the values). '
                'Change it in the config that it was made from')
    changed = {name: value for name, value in options.items() if name in known}
    rest = {name: value for name, value in options.items() if name not in known}
    if changed:
        new = copy.deepcopy(template)
        for name, value in changed.items():
            new[name] = value
        found = carry_over(bind(template, template), bind(new, new), self._cfg_dict)
        object.__setattr__(self, MEMORY, new)
        object.__setattr__(self, '_cfg_dict', found)
    original(self, rest, *args, **kwargs)


def _not_bound() -> Optional[bool]:
    from mmengine.config import Config
    return not hasattr(Config.__init__, 'repaired_by_mmfer')


@repair(
    fault="image_size = 112 in a config does not reach the pipelines of its bases ('$image_size')",
    versions=('mmengine<0.11', 'onedl-mmengine<0.11'),
    seen=_not_bound)
def bind_config_variables() -> None:
    """Bind the variables of each config that asks for some, and again where
    options change them. Others are not touched."""
    from mmengine.config import Config
    wrap(Config, '__init__', _bind_new)
    wrap(Config, 'merge_from_dict', _merge)
