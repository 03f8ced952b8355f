"""Run a tool of MMPretrain on mmfer's configs, checkpoints and results.

::

    python tools/host.py                                 # the list
    python tools/host.py get_flops CONFIG --shape 224
    python tools/host.py vis_cam --help                  # the tool's own help

mmfer's data sets, models, hooks and metrics are registered first, also for tools that read no
config, and the repairs that the tool needs are made. Where mmfer has a tool of the same name
(train, test, browse_dataset), that one runs.
"""

import argparse
import ast
import difflib
import importlib.util
import os
import runpy
import sys
from pathlib import Path

OWN = Path(__file__).resolve().parent


def host_folder() -> Path:
    """Where the installed MMPretrain, of either family, keeps its tools."""
    spec = importlib.util.find_spec('mmpretrain')
    if spec is None:
        sys.exit('mmpretrain is not installed; install "mmfer[openmmlab]" or "mmfer[onedl]"')
    package = Path(spec.origin).parent
    # a wheel carries them; in a source tree they lie beside the package
    for folder in (package / '.mim' / 'tools', package.parent / 'tools'):
        if folder.is_dir():
            return folder
    sys.exit(f'{package} has no .mim/tools; install mmpretrain from its wheel')


def programs(folder: Path) -> dict[str, Path]:
    """Tools in a folder and below it, by the stem of the file."""
    found = {}
    for path in sorted(folder.rglob('*.py')):
        if '__main__' in path.read_text(encoding='utf-8'):  # no mere module
            found.setdefault(path.stem, path)
    return found


def all_tools(stock: bool = False) -> dict[str, Path]:
    """The host's tools; mmfer's own of the same names instead, unless ``stock``."""
    tools = programs(host_folder())
    if not stock:
        own = programs(OWN)
        tools.update((name, own[name]) for name in tools.keys() & own.keys())
    return tools


def describe(path: Path) -> str:
    """One line about a tool: the description of its parser, else its docstring, read without
    running it."""
    tree = ast.parse(path.read_text(encoding='utf-8'))
    named = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    text = ast.get_docstring(tree) or ''
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == 'description':
            value = named.get(getattr(node.value, 'id', None), node.value)
            parts = getattr(value, 'values', [value])  # of an f-string
            if isinstance(getattr(parts[0], 'value', None), str):
                text = parts[0].value
            break
    return next(iter(text.strip().splitlines()), '')


def list_tools(stock: bool = False) -> None:
    """Print the tools by folder."""
    tools = all_tools(stock)
    host = host_folder()
    by_folder: dict[str, list] = {}
    for name, path in tools.items():
        own = OWN in path.parents
        folder = path.parent.relative_to(OWN if own else host).as_posix()
        mark = " (mmfer's)" if own else ''
        by_folder.setdefault(folder, []).append((name, describe(path) + mark))
    width = max(map(len, tools))
    for folder, entries in sorted(by_folder.items()):
        print(f'{folder}/' if folder != '.' else 'tools/')
        for name, line in sorted(entries):
            print(f'    {name:{width}}  {line}'.rstrip())


def find_tool(name: str, stock: bool = False) -> Path:
    """The file of a tool; '-' and '_' are the same in its name."""
    tools = {stem.replace('-', '_'): path for stem, path in all_tools(stock).items()}
    name = Path(name).stem.lower().replace('-', '_')  # also as --list groups it
    if name in tools:
        return tools[name]
    near = [tools[n].stem for n in difflib.get_close_matches(name, tools)]
    near += [path.stem for n, path in tools.items() if name in n and path.stem not in near]
    sys.exit(
        f'no tool {name!r}. '
        + (f'Near: {", ".join(near)}. ' if near else '')
        + 'All: tools/host.py --list'
    )


def parse_args() -> tuple[argparse.Namespace, list[str]]:
    """host.py's own arguments, and those of the tool."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        usage='%(prog)s [-h] [--list] [--stock] NAME [arguments of the tool]',
    )
    parser.add_argument('--list', action='store_true', help='list the tools by folder')
    stock = "the host's own tool also where mmfer has one of the same name"
    parser.add_argument('--stock', action='store_true', help=stock)
    # torch.distributed.launch puts it before all else; tools read LOCAL_RANK
    launcher = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    launcher.add_argument('--local-rank', '--local_rank')
    rank, rest = launcher.parse_known_args()
    if rank.local_rank is not None:
        os.environ.setdefault('LOCAL_RANK', rank.local_rank)
    own = next((i for i, word in enumerate(rest) if not word.startswith('-')), len(rest))
    args = parser.parse_args(rest[:own])
    args.name = rest[own] if own < len(rest) else None
    return args, rest[own + 1 :]


def shape_of(arguments: list[str]) -> list[str]:
    """``--shape H W`` as the config's test pipeline makes it, which get_flops takes for 224 x 224
    otherwise; nothing where the user says it."""
    from mmengine.config import Config

    from mmfer.engine.config import input_shape

    configs = [word for word in arguments if word.endswith('.py')]
    if len(configs) != 1 or any(word.startswith('--shape') for word in arguments):
        return []
    cfg = Config.fromfile(configs[0])
    if not cfg.get('test_dataloader'):
        return []
    return ['--shape', *map(str, input_shape(cfg)[1:])]


def classes_of(arguments: list[str]) -> tuple[str, ...]:
    """Names of the classes of the config among a tool's arguments; none without one."""
    from mmfer.apis.analysis import class_names, read_config

    configs = [word for word in arguments if word.endswith('.py')]
    return tuple(class_names(read_config(configs[0]))) if len(configs) == 1 else ()


def run(path: Path, arguments: list[str]) -> None:
    """Run a tool as if it had been called itself; its exit code is ours."""
    import mmfer.datasets  # noqa: F401  what it registers, metrics above all
    import mmfer.engine
    import mmfer.evaluation
    import mmfer.models  # noqa: F401
    from mmfer.compat.tools import apply_for
    from mmfer.engine.kfold import adapt_kfold
    from mmfer.engine.processes import leave_processes
    from mmfer.engine.resume.signals import ending_as_signalled
    from mmfer.visualization import draw_in_all_figures

    draw_in_all_figures(lambda: classes_of(arguments))
    apply_for(path.stem)
    if path.stem == 'kfold-cross-valid':
        adapt_kfold()
    if path.stem == 'get_flops':
        arguments = arguments + shape_of(arguments)
    sys.argv = [str(path), *arguments]
    sys.path[0] = str(path.parent)
    with ending_as_signalled():
        runpy.run_path(str(path), run_name='__main__')
    leave_processes()


def main() -> None:
    args, arguments = parse_args()
    if not args.name or args.list:
        list_tools(args.stock)
    else:
        run(find_tool(args.name, args.stock), arguments)


if __name__ == '__main__':
    main()
