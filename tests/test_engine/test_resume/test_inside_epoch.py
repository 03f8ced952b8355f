"""What a checkpoint from inside an epoch holds, and whether it can be gone on with."""

from mmengine.runner import EpochBasedTrainLoop

from mmfer.engine.resume.inside_epoch import state_inside_epoch, why_not
from mmfer.engine.resume.sample_draws import draw_by_sample


def built(toy, work_dir, **settings):
    runner = toy(work_dir, **settings)
    runner._train_loop = runner.build_train_loop(runner._train_loop)
    draw_by_sample(runner.train_dataloader, 0)
    return runner


def test_why_not(toy, tmp_path):
    saved = state_inside_epoch(built(toy, tmp_path), 3)
    assert saved['steps'] == 3 and saved['of'] == 4 and len(saved['processes']) == 1
    assert why_not(built(toy, tmp_path), saved) is None
    assert why_not(built(toy, tmp_path, batch_size=1), saved) == (
        'steps an epoch 4 -> 8, batch size 2 -> 1'
    )
    assert why_not(built(toy, tmp_path), {**saved, 'processes': [{}] * 2}) == 'processes 2 -> 1'
    other = {**saved, 'sampler': 'ClassBalancedSampler'}  # as many images, in another order
    assert why_not(built(toy, tmp_path), other) == 'sampler ClassBalancedSampler -> DefaultSampler'

    class Own(EpochBasedTrainLoop):
        def run_epoch(self):
            """Otherwise."""

    runner = built(toy, tmp_path)
    runner._train_loop = Own(runner, runner.train_dataloader, 2)
    assert why_not(runner, saved) == 'Own has epochs of its own'


def test_an_epoch_whose_samples_draw_from_what_was_before_begins_again(toy, tmp_path):
    runner = built(toy, tmp_path)
    saved = state_inside_epoch(runner, 3)
    runner.train_dataloader.batch_sampler.sampler = range(8)
    assert 'follows from all that was drawn before' in why_not(runner, saved)
