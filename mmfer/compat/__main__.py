"""``python -m mmfer.compat``: which repairs of the host are in place here."""

from . import REPAIRS
from .repair import Repair
from .versions import HOST, distributions_of, version_of


def state(repair: Repair) -> str:
    """What has become of a repair on this machine."""
    if repair.active:
        return 'made'
    if not repair.concerned:
        return 'no: other versions'
    if not repair.needed:
        return 'no: fault not seen'
    return 'made by tools/host.py' if repair.tools else 'needed, not made'


def main() -> None:
    """Print the table."""
    from rich.console import Console
    from rich.table import Table

    from .tools import TOOL_REPAIRS

    versions = (
        f'{d} {version_of(d)}' for module in HOST for d in distributions_of(module) if version_of(d)
    )
    table = Table(title=', '.join(versions), show_lines=True)
    table.add_column('repair', no_wrap=True)
    for name in ('fault without it', 'for', 'here'):
        table.add_column(name)
    for one in REPAIRS + TOOL_REPAIRS:
        table.add_row(one.name, one.fault, '\nor '.join(one.versions), state(one))
    console = Console()
    if not console.is_terminal:  # a file or a pipe has no width of its own
        console = Console(width=140)
    console.print(table, markup=False)


if __name__ == '__main__':
    main()
