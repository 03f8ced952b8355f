"""Rows of a paper's table, or of a sweep, as changes of a config."""

from dataclasses import dataclass, field
from pathlib import Path

import yaml
from mmengine.config import Config

from .overrides import set_init, set_noise

KEYS = {'name', 'what', 'config', 'noise', 'init', 'options'}


@dataclass(frozen=True)
class Row:
    """One row: a config and what changes in it; ``noise`` and ``init`` as tools/train.py takes
    them, None leaves the config's; ``options`` as of ``--cfg-options``."""

    name: str
    what: str
    config: Path
    noise: str | None = None
    init: str | None = None
    options: dict = field(default_factory=dict)

    def load(self) -> Config:
        """The config with the changes.

        Raises:
            KeyError: On an option whose place the config does not have.
        """
        cfg = Config.fromfile(self.config)
        for key in self.options:
            self._check(cfg, key)
        if self.noise is not None:
            set_noise(cfg, self.noise)
        cfg.merge_from_dict(self.options)
        if self.init is not None:
            set_init(cfg, self.init, self.options)
        return cfg

    def _check(self, cfg: Config, key: str) -> None:
        """An option has to name a place that is there, or an argument of something that is: a
        typing error must not pass."""
        *path, last = key.split('.')
        place, but = cfg, f'row {self.name}: option {key!r}, but {self.config} has'
        for part in path:
            found = place[int(part)] if isinstance(place, (list, tuple)) else place.get(part)
            if not isinstance(found, (dict, list, tuple)):
                raise KeyError(f'{but} no {part!r} there')
            place = found
        if place is cfg and last not in cfg:
            raise KeyError(f'{but} no such setting')
        if isinstance(place, dict) and not {last, 'type', 'kind'} & place.keys():
            raise KeyError(f'{but} only {sorted(place)} there')


def load_config(words: str) -> tuple[Config, str]:
    """A config by its file, or a row by ``FILE.yml:NAME``; and what its runs are called.

    Raises:
        ValueError: On a row that the file does not have, or a file without the name of a row.
    """
    endings = ('.yml', '.yaml')
    file, _, name = words.rpartition(':')
    if words.endswith(endings):
        content = _read(words)
        if isinstance(content, dict) and 'rows' in content:
            raise ValueError(
                f'{words} has several rows; name one: {words}:NAME, of '
                f'{[row.name for row in read_rows(words)]}'
            )
    if not file.endswith(endings):
        return Config.fromfile(words), Path(words).stem
    rows = {row.name: row for row in read_rows(file)}
    if name not in rows:
        raise ValueError(f'{file} has no row {name!r}; its rows are {list(rows)}')
    return rows[name].load(), f'{Path(file).stem}_{name}'


def _read(path: str | Path) -> object:
    try:
        return yaml.safe_load(Path(path).read_text(encoding='utf-8'))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        why = ' '.join(str(error).split())[:200]
        raise ValueError(f'{path}: is no YAML: {why}') from error


def read_rows(path: str | Path) -> list[Row]:
    """The rows of a file in configs/benchmarks.

    Args:
        path: YAML with ``title``, ``source``, ``config`` (from the folder above the file's, here
            configs, or absolute; a row may name another) and ``rows``.

    Raises:
        ValueError: On a file without rows, an unknown key, a name twice, or a config that is not
            there; names file and row.
    """
    path = Path(path)
    content = _read(path)
    rows = content.get('rows') if isinstance(content, dict) else None
    if not rows or not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ValueError(
            f'{path}: expected title, source, config and rows, a list with a name and settings in '
            'each'
        )
    rows: dict[str, Row] = {}
    for number, given in enumerate(content['rows'], 1):
        name = str(given.get('name', number))
        if unknown := sorted(set(given) - KEYS):
            raise ValueError(f'{path}, row {name}: unknown {unknown}; allowed: {sorted(KEYS)}')
        if name in rows:
            raise ValueError(f'{path}: two rows are called {name}')
        config = path.absolute().parents[1] / str(given.get('config', content.get('config', '')))
        if '\0' in str(config) or not config.is_file():
            raise ValueError(
                f'{path}, row {name}: no config {config}; give its path from the '
                "folder above the file's, or an absolute one"
            )
        noise, init, options = (given.get(key) for key in ('noise', 'init', 'options'))
        if not isinstance(options or {}, dict):
            raise ValueError(f'{path}, row {name}: options are {options!r}; give names and values')
        rows[name] = Row(name, given.get('what', ''), config, noise, init, options or {})
    return list(rows.values())
