"""Landmarks from a network that the user gives the weights of."""

import os.path as osp
from collections.abc import Sequence
from dataclasses import replace
from os import PathLike

import cv2
import numpy as np
import torch
from torch import Tensor, nn

from mmfer.functional.align import reduce_landmarks
from mmfer.lists.landmarks import LandmarkTable

from .detection import DetectedFace, Detector, check_image
from .openvino_ir import load_openvino_ir

NUM_LANDMARKS = 68
_SIDE = 112  # of what the network sees, pixels
_ENLARGE = 1.2  # the crop's side over the box's shorter one
# Of a mirror image: jaw, brows, nose, eyes, lips.
_MIRRORED = np.r_[
    16:-1:-1, 26:16:-1, 27:31, 35:30:-1, 45:41:-1, 47, 46, 39:35:-1, 41, 40, 54:47:-1, 59:54:-1,
    64:59:-1, 67:64:-1,
]  # fmt: skip
_HEAD = {
    'output_layer.conv_6_dw.conv.': 'head.depthwise.',
    'output_layer.conv_6_dw.bn.': 'head.norm.',
    'output_layer.linear.': 'head.linear.',
    'output_layer.bn.': 'head.out_norm.',
}


class LandmarkFile(LandmarkTable):
    """Faces as a detector gives them, from a file of landmarks; see
    :class:`~mmfer.lists.landmarks.LandmarkTable`."""

    def find(
        self,
        image: str | PathLike,
        root: str | PathLike | None = None,
        size: Sequence[int] | None = None,
    ) -> list[DetectedFace]:
        """The faces listed for an image, as the table finds them."""
        found = super().find(image, root, size)
        return [DetectedFace(face.box, face.points, 1.0) for face in found]


class Landmarker(nn.Module):
    """(N, 3, 112, 112) to (N, 68, 2), shares of the crop's side: a backbone of 512 maps, global
    depth-wise convolution, linear layer, batch norm."""

    def __init__(self, backbone: nn.Module):
        super().__init__()
        self.backbone = backbone
        outputs = 2 * NUM_LANDMARKS
        self.head = nn.Sequential()
        self.head.depthwise = nn.Conv2d(512, 512, _SIDE // 16, groups=512, bias=False)
        self.head.norm = nn.BatchNorm2d(512)
        self.head.flatten = nn.Flatten()
        self.head.linear = nn.Linear(512, outputs, bias=False)
        self.head.out_norm = nn.BatchNorm1d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.backbone(x)[-1]).unflatten(1, (-1, 2))


class MobileFaceNetLandmarks:
    """68 landmarks by MobileFaceNet, as a detector with five points.

    For the weights of public landmark code (PyTorch Face Landmark, 2021): MobileFaceNet with 136
    outputs, as a checkpoint under the names of its InsightFace port (``conv1, conv2_dw, ...,
    conv_6_sep, output_layer.*``), loaded with ``weights_only=True``, or as OpenVINO's IR. Every
    tensor must find its place. As that code runs it: the face's box as a square of 1.2 times its
    shorter side, black outside the picture, resized to 112 px, BGR, in [0, 1]; the outputs are
    shares of that square's side.

    Differs from that code: the shares count from the square's edge, half a pixel before its first
    pixel's centre; and the landmarks are the means of those found in the square and in its mirror
    image. Alone, the published weights put them 1.7 % of the side, 5 % of the eyes' distance, too
    far to the right (mean of 1 193 FERPlus crops).

    Args:
        weights: a checkpoint, or an IR's .xml with its .bin beside it.
        detector: finds the boxes; without it, the whole picture is taken for one face's square.
        device: where to compute.

    Raises:
        FileNotFoundError: where there is no such file.
        ValueError: where a tensor is missing, has another shape or has no place.
    """

    def __init__(self, weights: str, detector: Detector | None = None, device: str = 'cpu'):
        self.detector = detector
        self.device = torch.device(device)
        self.model = _load(str(weights)).to(self.device).eval()

    def __call__(self, image: np.ndarray) -> list[DetectedFace]:
        """Faces in (H, W, 3) uint8 BGR with the landmarks' five points."""
        check_image(image)
        if self.detector is None:
            height, width = image.shape[:2]
            faces = [DetectedFace(np.array([-0.5, -0.5, width, height]), None, 1.0)]
            enlarge = 1.0
        else:
            faces, enlarge = self.detector(image), _ENLARGE
        return [
            replace(face, points=reduce_landmarks(self.landmarks(image, face.box, enlarge)))
            for face in faces
        ]

    @torch.no_grad()
    def landmarks(
        self, image: np.ndarray, box: np.ndarray, enlarge: float = _ENLARGE
    ) -> np.ndarray:
        """(68, 2) pixels, in the order of iBUG 300-W.

        Args:
            box: (4,) x, y, width, height of a face.
            enlarge: side of the square looked at over the shorter side.
        """
        check_image(image)
        box = np.asarray(box, dtype=np.float64)
        side = max(round(min(box[2:]) * enlarge), 2)
        start = np.rint(box[:2] + box[2:] / 2 + 0.5 - side / 2).astype(int)
        method = cv2.INTER_AREA if side > _SIDE else cv2.INTER_LINEAR
        crop = cv2.resize(_square(image, start, side), (_SIDE, _SIDE), interpolation=method)
        x = torch.from_numpy(crop).to(self.device).permute(2, 0, 1).float() / 255
        shares, mirrored = self.model(torch.stack([x, x.flip(-1)])).double().cpu().numpy()
        shares += (1, 0) + mirrored[_MIRRORED] * (-1, 1)
        return start + shares / 2 * side - 0.5


def _square(image: np.ndarray, start: np.ndarray, side: int) -> np.ndarray:
    """A square of whole pixels, black where it leaves the picture."""
    out = np.zeros((side, side, 3), np.uint8)
    height, width = image.shape[:2]
    (x0, y0), (x1, y1) = np.maximum(start, 0), np.minimum(start + side, (width, height))
    if x1 > x0 and y1 > y0:
        left, top = start
        out[y0 - top : y1 - top, x0 - left : x1 - left] = image[y0:y1, x0:x1]
    return out


def _load(path: str) -> Landmarker:
    # Here, not above: the host takes seconds to import, and who only detects does not need it.
    from mmfer.models.backbones import MobileFaceNet
    from mmfer.models.initial_weights.faces import read_state_dict
    from mmfer.models.initial_weights.names import mobilefacenet_key

    if not osp.isfile(path):
        fix = 'give a checkpoint of MobileFaceNet with 68 landmarks, as PyTorch Face Landmark has'
        raise FileNotFoundError(f'no landmark weights at {path!r}; {fix}')
    model = Landmarker(MobileFaceNet())
    if path.endswith('.xml'):
        model.load_state_dict(load_openvino_ir(path, model))
        return model
    given = {}
    for key, value in read_state_dict(path).items():
        head = next((old for old in _HEAD if key.startswith(old)), None)
        backbone = mobilefacenet_key(key)
        place = key.replace(head, _HEAD[head]) if head else backbone and f'backbone.{backbone}'
        given[place or key] = value
    try:
        model.load_state_dict(given)
    except RuntimeError as error:
        raise ValueError(
            f'{path!r} is not a checkpoint of MobileFaceNet with {NUM_LANDMARKS} landmarks and its '
            f'usual names (conv1, conv2_dw, ..., output_layer.linear): {str(error)[:800]}'
        ) from error
    return model
