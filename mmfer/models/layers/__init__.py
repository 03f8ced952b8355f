from .label_query import ClassLinear, LabelQueryBlock
from .position import sine_position
