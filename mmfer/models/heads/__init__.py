from .clex_head import CLEXHead
from .multi_view_head import MultiViewHead

__all__ = ['CLEXHead', 'MultiViewHead']
