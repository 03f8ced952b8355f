"""Several processes on a machine without a GPU."""

from .repair import repair, wrap


@repair(
    fault='several processes on a CPU: Found no NVIDIA driver on your system',
    versions=('mmengine<0.11', 'onedl-mmengine<0.11'),
)
def start_gloo_on_cpu() -> None:
    """Let several processes train on a CPU.

    MMEngine calls ``torch.cuda.set_device`` whatever the backend. Without an accelerator we start
    gloo ourselves; whether there is one is looked up at the start, not here.
    """
    import torch
    from mmengine.device import get_device
    from mmengine.dist import utils

    def init(original, backend, init_backend='torch', **kwargs):
        if get_device() == 'cpu':
            torch.distributed.init_process_group(backend='gloo', **kwargs)
        else:
            original(backend, init_backend=init_backend, **kwargs)

    wrap(utils, '_init_dist_pytorch', init)


@repair(
    fault='a distributed model on a CPU: device_ids only work with GPU modules',
    versions=('mmengine<0.11', 'onedl-mmengine<0.11'),
)
def wrap_model_on_cpu() -> None:
    """Let MMDistributedDataParallel hold a model that lies on the CPU.

    MMEngine names ``device_ids`` whatever the device; torch takes them for a GPU only.
    """
    from mmengine.model import MMDistributedDataParallel

    def init(original, self, module, *args, **kwargs):
        if all(p.device.type == 'cpu' for p in module.parameters()):
            kwargs['device_ids'] = None
        original(self, module, *args, **kwargs)

    wrap(MMDistributedDataParallel, '__init__', init)
