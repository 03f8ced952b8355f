"""Using what is trained, on pictures from anywhere: finding and aligning faces, models by name,
inference.

Importing it makes our configs known to ``mmpretrain.get_model`` and ``list_models``.
"""

from ..datasets.files.landmarks import LandmarkFile
from .alignment import AlignedFaces, align_face, align_faces, choose_faces
from .detection import DetectedFace, Detector, YuNetDetector
from .inference import FERInferencer, inference
from .landmarks import MobileFaceNetLandmarks
from .model_index import register_model_index
from .warp import warp

register_model_index()
