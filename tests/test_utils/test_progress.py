"""The bar on a terminal, and nothing elsewhere."""

import io
import sys

from mmfer.utils.progress import no_progress, progress_bar


class Terminal(io.StringIO):
    def isatty(self):
        return True


def shown(monkeypatch, stream):
    monkeypatch.setenv('TERM', 'xterm')
    monkeypatch.setattr(sys, 'stderr', stream)
    with progress_bar('counting') as advance:
        advance(3, 12)
    return stream.getvalue()


def test_a_terminal_sees_title_and_share(monkeypatch):
    text = shown(monkeypatch, Terminal())
    assert 'counting' in text and '25%' in text


def test_a_log_file_sees_nothing(monkeypatch):
    assert shown(monkeypatch, io.StringIO()).strip() == ''


def test_no_progress_takes_the_same_arguments(capsys):
    assert no_progress(3, 12) is None
    assert capsys.readouterr() == ('', '')
