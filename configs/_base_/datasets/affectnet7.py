# AffectNet without contempt.
_base_ = 'affectnet8.py'

num_classes = 7
