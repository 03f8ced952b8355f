"""Using what is trained, on pictures from anywhere: finding and aligning faces."""

from .alignment import AlignedFaces, align_face, align_faces, choose_faces
from .detection import DetectedFace, Detector, YuNetDetector
from .landmark_file import LandmarkFile
from .landmarks import MobileFaceNetLandmarks
from .warp import warp

__all__ = [
    'AlignedFaces', 'DetectedFace', 'Detector', 'LandmarkFile',
    'MobileFaceNetLandmarks', 'YuNetDetector', 'align_face', 'align_faces',
    'choose_faces', 'warp'
]
