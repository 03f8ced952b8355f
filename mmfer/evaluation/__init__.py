"""Metrics that MMPretrain lacks."""

from .mean_class_accuracy import MeanClassAccuracy
