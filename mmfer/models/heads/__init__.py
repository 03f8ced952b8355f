from .clex_head import CLEXHead
from .coteaching_head import CoTeachingHead
from .eac_head import EACHead
from .elr_head import ELRHead
from .label_query_head import LabelQueryHead
from .multi_view_head import MultiViewHead, ViewHead
from .partial_label_head import PartialLabelHead
