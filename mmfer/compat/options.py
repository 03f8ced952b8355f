"""``--cfg-options``: values with blanks, in all tools that take it."""

from .repair import repair, wrap

BLANK = '\0'  # stands for one that the host must not drop; no command line can hold it


def _drops_blanks() -> bool:
    from mmengine.config import DictAction

    return DictAction._parse_iterable('a b') != 'a b'


def _is_list(text: str) -> bool:
    return text[:1] + text[-1:] in ('()', '[]') or ',' in text


@repair(
    fault="--cfg-options data_root='/my data': the blank is dropped, /mydata",
    versions=('mmengine<0.11', 'onedl-mmengine<0.11'),
    seen=_drops_blanks,
)
def keep_blanks_in_options() -> None:
    """Take a value as it was typed; the host drops all blanks of it.

    A number, True, False and None may still have blanks around them, and so may the members of a
    list or tuple; inside a member they stay. What has no blank is read as before.
    """
    from mmengine.config import DictAction

    def parse(original, *arguments):
        text = arguments[-1]  # after self, where an instance is asked
        member = BLANK in text
        if member:
            text = text.replace(BLANK, ' ').strip()
        text = text.strip('\'"')
        if ' ' not in text:
            return original(text)
        bare = text.strip()
        if _is_list(bare):
            return original(bare.replace(' ', BLANK))
        value = DictAction._parse_int_float_bool(bare)
        return text if isinstance(value, str) and not member else value

    wrap(DictAction, '_parse_iterable', parse)
