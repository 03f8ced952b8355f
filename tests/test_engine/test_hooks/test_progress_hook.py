"""The bar on a terminal, and nothing elsewhere."""

import io
import sys

from mmengine.runner import Runner


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self):
        return True


class TestProgressHook:
    def test_draws_on_a_terminal(self, tiny_config, tmp_path, monkeypatch):
        terminal = Terminal()
        monkeypatch.setenv('TERM', 'xterm')
        monkeypatch.setenv('COLUMNS', '200')
        monkeypatch.setattr(sys, 'stderr', terminal)
        monkeypatch.setattr(sys, 'stdout', terminal)
        runner = Runner.from_cfg(tiny_config(tmp_path))
        runner.train()
        text = terminal.getvalue()
        assert 'epoch 1/2' in text and 'epoch 2/2' in text and 'val' in text
        assert '3/3' in text
        # log lines are whole
        lines = [line for line in text.splitlines() if 'Epoch(val)' in line]
        assert len(lines) == 2
        assert all('accuracy/top1_best' in line for line in lines)
        # the cursor is shown again, the log has its stream back
        assert text.rindex('\x1b[?25h') > text.rindex('\x1b[?25l')
        assert all(
            getattr(h, 'stream', terminal) is terminal
            for h in runner.logger.handlers
            if h.__class__.__name__ == 'StreamHandler'
        )

    def test_silent_elsewhere(self, tiny_config, tmp_path, monkeypatch):
        stream = io.StringIO()
        monkeypatch.setattr(sys, 'stderr', stream)
        runner = Runner.from_cfg(tiny_config(tmp_path))
        runner.train()
        assert 'epoch 1/2' not in stream.getvalue()
