default_scope = 'mmpretrain'

# registers mmfer's parts and, through `import mmfer`, repairs the host
custom_imports = dict(
    imports=['mmfer.datasets', 'mmfer.models', 'mmfer.engine', 'mmfer.evaluation'],
    allow_failed_imports=False,
)

default_hooks = dict(
    timer=dict(type='IterTimerHook'),
    logger=dict(type='LoggerHook', interval=50),
    param_scheduler=dict(type='ParamSchedulerHook'),
    checkpoint=dict(
        # written whole, and the old ones go after; else as CheckpointHook
        type='WholeCheckpointHook',
        interval=1,
        max_keep_ckpts=3,
        save_best='accuracy/top1',
        rule='greater',
    ),
    sampler_seed=dict(type='DistSamplerSeedHook'),
    visualization=dict(type='VisualizationHook', enable=False),
)

custom_hooks = [
    # a second training in the same work dir is refused
    dict(type='LockHook'),
    # NaN or Inf in a loss or in the weights: stop before anything is saved
    dict(type='InvalidLossHook'),
    # several GPUs: each has batch-norm statistics of its own, and the first's are saved; their mean
    # is validated and saved instead
    dict(type='SyncStatisticsHook'),
    # a resumed run equals a straight one
    dict(type='EpochSeedHook'),
    # with the learning rate as this config has it, e.g. for more epochs
    dict(type='ResumedScheduleHook'),
    # and the validation that a killed run missed
    dict(type='ResumeHook'),
    # SIGTERM or Ctrl-C: a checkpoint, and then the end
    dict(type='StopHook'),
    # last epoch, mean of the last five, best: papers report each of them
    dict(type='AccuracySummaryHook'),
    # what a model remembers of each image gets the training set's rows
    dict(type='MethodHook'),
    # which data, by sha256, into the checkpoint; which images were skipped
    dict(type='DataFingerprintHook'),
    dict(type='ProgressHook'),
]

env_cfg = dict(
    cudnn_benchmark=False,
    mp_cfg=dict(mp_start_method='fork', opencv_num_threads=0),
    dist_cfg=dict(backend='nccl'),
)

vis_backends = [dict(type='LocalVisBackend')]
visualizer = dict(type='UniversalVisualizer', vis_backends=vis_backends)

log_level = 'INFO'
load_from = None
resume = False
randomness = dict(seed=0, deterministic=False)
