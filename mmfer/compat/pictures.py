"""Pictures that the host's transforms and networks end at in an error that tells nothing: of one
channel, and of another size than a network is made for.

Made by ``mmfer.datasets`` and ``mmfer.models``, which import the host's classes anyway.
"""

from .repair import repair, wrap

HOST = ('mmpretrain<1.3', 'onedl-mmpretrain<1.4')


@repair(fault='RandomErasing on a grey picture: could not broadcast', versions=HOST)
def erase_grey_pictures() -> None:
    """Let ``RandomErasing`` take pictures of one channel, (H, W) or (H, W, 1).

    The host makes a patch of three channels. A grey picture gets what a colour picture gets, in
    grey as the loading step makes it; the random numbers are the same.
    """
    import cv2
    import numpy as np
    from mmpretrain.datasets.transforms import RandomErasing

    def fill(original, self, img, top, left, h, w):
        if img.ndim == 3 and img.shape[2] != 1:
            return original(self, img, top, left, h, w)
        patch = original(self, np.empty((h, w, 3), img.dtype), 0, 0, h, w)
        if patch.size:
            grey = cv2.cvtColor(patch, cv2.COLOR_BGR2GRAY)
            img[top : top + h, left : left + w] = grey.reshape(h, w, *img.shape[2:])
        return img

    wrap(RandomErasing, '_fill_pixels', fill)


@repair(fault='RandAugment on a grey picture: Invalid number of channels', versions=HOST)
def augment_grey_pictures() -> None:
    """Let the steps of ``RandAugment`` and ``AutoAugment`` take pictures of one channel, (H, W) or
    (H, W, 1).

    Some of the host's need three, and colours to fill with. A grey picture gets what a colour
    picture gets, in grey as the loading step makes it; the random numbers are the same.
    """
    import cv2
    from mmpretrain.datasets.transforms.auto_augment import BaseAugTransform

    def call(original, self, results):
        shape = results['img'].shape
        if len(shape) == 3 and shape[2] != 1:
            return original(self, results)
        results['img'] = cv2.cvtColor(results['img'], cv2.COLOR_GRAY2BGR)
        results = original(self, results)
        grey = cv2.cvtColor(results['img'], cv2.COLOR_BGR2GRAY)
        results['img'] = grey.reshape(*grey.shape, *shape[2:])
        return results

    wrap(BaseAugTransform, '__call__', call)


@repair(fault='masked pictures of another size than img_size: size of tensor a', versions=HOST)
def name_both_sizes() -> None:
    """Let the encoders and the decoder of masked pictures name the settings that do not fit."""
    from mmpretrain.models.necks import MAEPretrainDecoder
    from mmpretrain.models.selfsup import MAEViT, MaskFeatViT

    def encode(original, self, x, *args, **kwargs):
        mask = kwargs.get('mask', args[0] if args else True)
        if mask is not None:  # without one, positions are resized
            _check_picture(self, x)
        if getattr(mask, 'ndim', 0) > 1:
            _check_mask(self, mask)
        return original(self, x, *args, **kwargs)

    def decode(original, self, x, ids_restore):
        made, given = self.decoder_pos_embed.shape[1] - 1, ids_restore.shape[1]
        if made != given:
            raise ValueError(
                f'model.neck.num_patches={made}, but the encoder has {given} patches; set '
                f'model.neck.num_patches={given} ((img_size / patch_size)^2), or '
                'model.backbone.img_size'
            )
        return original(self, x, ids_restore)

    wrap(MAEViT, 'forward', encode)
    wrap(MaskFeatViT, 'forward', encode)
    wrap(MAEPretrainDecoder, 'forward', decode)


def _check_picture(encoder, x) -> None:
    made, given = tuple(encoder.img_size), tuple(x.shape[-2:])
    # both may be padded to the same patches
    if made != given and tuple(encoder.patch_embed(x)[1]) != tuple(encoder.patch_resolution):
        rows, columns = given
        raise ValueError(
            f'model.backbone.img_size={made[0]} x {made[1]}, but the pipeline makes pictures of '
            f'{rows} x {columns} (scale of Resize, RandomResizedCrop or the like); its positions '
            'are made for one size: set both alike, in our configs by image_size'
        )


def _check_mask(encoder, mask) -> None:
    rows, columns = encoder.patch_resolution
    if mask[0].numel() != rows * columns:
        raise ValueError(
            f'masks of {mask[0].numel()} patches, but the encoder has {rows * columns}, {rows} x '
            f'{columns} (model.backbone.img_size / patch_size); set input_size and '
            'model_patch_size of the mask generator (SimMIMMaskGenerator) to img_size and '
            'patch_size'
        )
