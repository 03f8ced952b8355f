import torch
import torch.nn.functional as F
from mmpretrain.registry import MODELS
from torch import Tensor, nn

from ...functional import optimal_embeddings, spread, uniformity
from ..layers import ClassLinear, LabelQueryBlock, sine_position
from ..settings import check_choice, check_number, check_weights, whole_numbers
from ..views import Targets, View
from .partial_label_head import CandidateHead


@MODELS.register_module()
class LabelQueryHead(CandidateHead):
    """A decoder whose label embeddings query the visual tokens (PLL-FER, arXiv 2209.15402; the
    decoder is Query2Label's, 2107.10834).

    One embedding a class goes through the blocks, which look at the tokens of a ViT
    (``out_type='raw'``) or the places of a feature map (``'featmap'``, a ResNet without its
    pooling). Each comes out with the logit of its class.

    Args:
        num_classes: K.
        in_channels: of tokens or map.
        width: D of the decoder; where it is another, a linear layer comes first. None takes
            ``in_channels``.
        blocks: of the decoder, 2 as published.
        heads: of each attention, 4 in Query2Label's script.
        feedforward: hidden width of a block, ``4 * width`` where None.
        dropout: in the blocks.
        self_attention: see :class:`~mmfer.models.layers.LabelQueryBlock`.
        class_token: a ViT's first token: ``'dropped'``, ``'kept'`` among what the queries look at,
            or ``'none'``: the backbone has none.
        position: ``'sine'`` adds the places of a feature map to the keys, as Query2Label does; the
            tokens of a ViT have theirs.
        embeddings: the first label embeddings: ``'optimal'`` positions on the sphere, in closed
            form where the width allows it (as published: computed before training);
            ``'optimised'``, the same by minimising eq. 2 at ``tau``; ``'normal'``, random. They are
            set with the first weights of the network (``init_weights``); until then they are
            normal.
        embedding_norm: length of the first embeddings. None is sqrt(D), that of standard normal
            ones, as Query2Label's are; the paper does not tell.
        freeze_embeddings: keep them where they are.
        lambda_uniformity: weight of eq. 2 in the loss. The paper names no weight; 0, the default,
            uses it before training alone.
        tau: temperature of eq. 2, .001 as published.
        **kwargs: of :class:`~mmfer.models.heads.partial_label_head.CandidateHead`.

    Differs from: Query2Label has an encoder block before the decoder, which a ViT does not need,
    and GELU is ReLU there.

    Raises:
        ValueError: on an unknown name, a number out of range, a width that the heads (or sine
            positions) do not divide, or a loss on frozen embeddings.
    """

    def __init__(
        self,
        num_classes: int,
        in_channels: int,
        width: int | None = None,
        blocks: int = 2,
        heads: int = 4,
        feedforward: int | None = None,
        dropout: float = 0.1,
        self_attention: bool = False,
        class_token: str = 'dropped',
        position: str = 'none',
        embeddings: str = 'optimal',
        embedding_norm: float | None = None,
        freeze_embeddings: bool = False,
        lambda_uniformity: float = 0.0,
        tau: float = 0.001,
        **kwargs,
    ):
        super().__init__(num_classes, **kwargs)
        sizes = dict(in_channels=in_channels, blocks=blocks, heads=heads)
        in_channels, blocks, heads = whole_numbers(**sizes)
        width = in_channels if width is None else whole_numbers(width=width)[0]
        if feedforward is None:
            feedforward = 4 * width
        (feedforward,) = whole_numbers(feedforward=feedforward)
        check_number('dropout', dropout, least=0, below=1, what='is a share', hint='e.g. .1')
        check_choice('class_token', class_token, ('dropped', 'kept', 'none'))
        check_choice('position', position, ('none', 'sine'))
        check_choice('embeddings', embeddings, ('optimal', 'optimised', 'normal'))
        if width % heads:
            raise ValueError(f'width={width} cannot be divided among heads={heads}')
        if embedding_norm is not None:
            check_number('embedding_norm', embedding_norm, above=0, hint='or None')
        check_weights(lambda_uniformity=lambda_uniformity)
        if position == 'sine':
            sine_position(1, 1, width)  # a wrong width fails here
        if freeze_embeddings and lambda_uniformity:
            raise ValueError(
                f'lambda_uniformity={lambda_uniformity} would move label embeddings that are '
                'frozen; set it to 0'
            )
        self.in_channels, self.class_token, self.position = in_channels, class_token, position
        self.embeddings, self.lambda_uniformity, self.tau = embeddings, lambda_uniformity, tau
        self.embedding_norm = width**0.5 if embedding_norm is None else embedding_norm
        self.reduce = nn.Identity() if width == in_channels else nn.Linear(in_channels, width)
        self.blocks = nn.ModuleList(
            LabelQueryBlock(width, heads, feedforward, dropout, self_attention)
            for _ in range(blocks)
        )
        self.fc = ClassLinear(num_classes, width)
        first = self._scaled(torch.randn(num_classes, width))
        self.label_embeddings = nn.Parameter(first, requires_grad=not freeze_embeddings)
        uniformity(self.label_embeddings.detach(), tau)  # a wrong tau fails here

    def init_weights(self) -> None:
        """Also sets the label embeddings, before training."""
        super().init_weights()
        noise = torch.randn_like(self.label_embeddings)
        if self.embeddings == 'optimal':
            noise = optimal_embeddings(noise, self.tau)
        elif self.embeddings == 'optimised':
            noise = spread(noise, self.tau)
        with torch.no_grad():
            self.label_embeddings.copy_(self._scaled(noise))

    def pre_logits(self, feats: tuple[Tensor]) -> Tensor:
        """Tokens (N, L, C) or a map (N, C, H, W), the last of ``feats``, to queries (N, K, D)."""
        return self._decode(feats)[0]

    def attention(self, feats: tuple[Tensor], block: int = -1) -> Tensor:
        """Where each label embedding looks in a block.

        (N, K, L), the mean over the heads; in eval mode (no dropout) each row sums to 1. L are the
        tokens that the queries look at: rows of patches, or of places of the map, one after the
        other; with ``class_token='kept'`` the class token first.
        """
        return self._decode(feats, with_weights=True)[1][block]

    def view_loss(self, views: list[View], targets: Targets) -> dict[str, Tensor]:
        """Returns the base's losses and, where it has a weight, ``loss_uniformity``."""
        losses = super().view_loss(views, targets)
        if self.lambda_uniformity:
            with torch.autocast(views[0].logits.device.type, enabled=False):
                term = uniformity(self.label_embeddings, self.tau).mean()
            losses['loss_uniformity'] = self.lambda_uniformity * term
        return losses

    def _load_from_state_dict(self, state_dict, prefix, *args, **kwargs):
        # names in checkpoints from before these were taken by the seam
        for old, new in (('project.', 'reduce.'), ('classify.', 'fc.')):
            for key in [key for key in state_dict if key.startswith(prefix + old)]:
                state_dict[prefix + new + key[len(prefix + old) :]] = state_dict.pop(key)
        super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)

    def _scaled(self, embeddings: Tensor) -> Tensor:
        return F.normalize(embeddings, dim=1) * self.embedding_norm

    def _decode(self, feats: tuple[Tensor], with_weights: bool = False) -> tuple[Tensor, list]:
        """The queries after the last block, and where each block looked."""
        tokens, position = self._read(feats[-1])
        queries = self.label_embeddings.expand(tokens.size(0), -1, -1)
        weights = []
        for block in self.blocks:
            queries, seen = block(queries, tokens, position, with_weights)
            weights.append(seen)
        return queries, weights

    def _read(self, feat: Tensor) -> tuple[Tensor, Tensor | None]:
        """Tokens (N, L, D) and what to add to the keys, (L, D) or None."""
        if feat.dim() == 4:
            if self.class_token == 'kept':
                raise ValueError(
                    f"class_token='kept', but a feature map of shape {tuple(feat.shape)} has none; "
                    "a ViT with out_type='raw' hands its class token on"
                )
            tokens = self.reduce(feat.flatten(2).transpose(1, 2))
            if self.position == 'none':
                return tokens, None
            return tokens, sine_position(*feat.shape[2:], tokens.size(2)).to(tokens)
        if feat.dim() != 3:
            raise ValueError(
                f'features of shape {tuple(feat.shape)} are pooled already; label queries look at '
                'tokens (N, L, C) or a map (N, C, H, W): leave the neck out, and give a ViT '
                "out_type='raw'"
            )
        if self.position != 'none':
            raise ValueError(
                f'position={self.position!r} is for feature maps; the tokens of a ViT have their '
                "positions in them. Set position='none', or out_type='featmap' of the backbone"
            )
        return self.reduce(feat[:, 1:] if self.class_token == 'dropped' else feat), None
