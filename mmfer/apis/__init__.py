"""Using what is trained, on pictures from anywhere: finding and aligning faces, models by name,
inference.

Importing it makes our configs known to ``mmpretrain.get_model`` and ``list_models``.
"""

from .alignment import AlignedFaces, align_face, align_faces, choose_faces
from .detection import DetectedFace, Detector, YuNetDetector
from .inference import FERInferencer, inference
from .landmarks import LandmarkFile, MobileFaceNetLandmarks
from .model_index import register_model_index

register_model_index()
