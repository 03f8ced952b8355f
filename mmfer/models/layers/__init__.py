from .label_query import ClassLinear, LabelQueryBlock
from .position import sine_position

__all__ = ['ClassLinear', 'LabelQueryBlock', 'sine_position']
