from .clex_head import CLEXHead
from .label_query_head import LabelQueryHead
from .multi_view_head import MultiViewHead
from .partial_label_head import PartialLabelHead

__all__ = ['CLEXHead', 'LabelQueryHead', 'MultiViewHead', 'PartialLabelHead']
