from collections.abc import Sequence

from mmengine.model import BaseModule, Sequential
from mmpretrain.registry import MODELS
from torch import Tensor, nn

from ..batch_norm import OneValueBatchNorm2d
from ..settings import check_number

# (expansion, channels, blocks, stride of the first), of the paper's table 1.
STAGES = ((2, 64, 5, 2), (4, 128, 1, 2), (2, 128, 6, 1), (4, 128, 1, 2), (2, 128, 2, 1))


class ConvBlock(nn.Sequential):
    """Convolution, batch norm, and PReLU unless linear."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int = 1,
        stride: int = 1,
        groups: int = 1,
        linear: bool = False,
    ):
        super().__init__()
        self.conv = nn.Conv2d(
            inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False
        )
        self.bn = OneValueBatchNorm2d(outputs)
        if not linear:
            self.act = nn.PReLU(outputs)


class Bottleneck(nn.Module):
    """Inverted residual: expand, depth-wise, project; added where it fits."""

    def __init__(self, inputs: int, outputs: int, expansion: int, stride: int):
        super().__init__()
        hidden = inputs * expansion
        self.expand = ConvBlock(inputs, hidden)
        self.depthwise = ConvBlock(hidden, hidden, 3, stride, groups=hidden)
        self.project = ConvBlock(hidden, outputs, linear=True)
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        out = self.project(self.depthwise(self.expand(x)))
        return x + out if self.residual else out


@MODELS.register_module()
class MobileFaceNet(BaseModule):
    """MobileFaceNets (CCBR 2018), the field's small face network.

    0.99 million parameters; 112 px give a 7 x 7 map of 512 channels. The embedding that face
    recognition puts on top (a global depth-wise convolution and a linear layer) is left out:
    expression heads pool the map, and class activation maps need it.

    Args:
        out_indices: which outputs to return: 0 to 4 are the bottleneck stages (64, 128, 128, 128,
            128 channels), 5 the last 1 x 1 convolution (512 channels).
        frozen_stages: how many stages to freeze, the stem counting as the first; 0 freezes nothing,
            6 all but the last convolution.
        init_cfg: of ``BaseModule``; ``FaceWeights`` loads published checkpoints.
    """

    def __init__(
        self,
        out_indices: Sequence[int] = (5,),
        frozen_stages: int = 0,
        init_cfg: dict | None = None,
    ):
        super().__init__(init_cfg)
        allowed = range(len(STAGES) + 1)
        if not out_indices or any(isinstance(i, bool) or i not in allowed for i in out_indices):
            raise ValueError(
                f'out_indices={tuple(out_indices)}; allowed: one or more of {tuple(allowed)}'
            )
        most = len(STAGES) + 1
        frozen_stages = check_number('frozen_stages', frozen_stages, 0, most=most, whole=True)
        self.out_indices = tuple(out_indices)
        self.frozen_stages = frozen_stages
        self.stem = nn.Sequential(ConvBlock(3, 64, 3, 2), ConvBlock(64, 64, 3, groups=64))
        self.stages = nn.ModuleList()
        channels = 64
        for expansion, outputs, blocks, stride in STAGES:
            stage = Sequential()
            for i in range(blocks):
                stage.append(Bottleneck(channels, outputs, expansion, stride if i == 0 else 1))
                channels = outputs
            self.stages.append(stage)
        self.last = ConvBlock(channels, 512)
        self._freeze()

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """(N, 3, H, W) to a tuple of maps; the last is (N, 512, H/16, W/16) for sides divisible by
        16."""
        x = self.stem(x)
        outs = []
        for i, layer in enumerate([*self.stages, self.last]):
            x = layer(x)
            if i in self.out_indices:
                outs.append(x)
        return tuple(outs)

    def _freeze(self) -> None:
        for module in [self.stem, *self.stages][: self.frozen_stages]:
            module.eval()
            module.requires_grad_(False)

    def train(self, mode: bool = True):
        super().train(mode)
        self._freeze()
        return self
