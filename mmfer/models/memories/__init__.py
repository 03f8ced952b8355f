"""What a method remembers: buffers, the same on every process."""

from .feature_queue import FeatureQueue
from .gathering import gather
from .label_memory import LabelMemory
from .prototypes import Prototypes
