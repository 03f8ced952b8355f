from .mobilefacenet import MobileFaceNet

__all__ = ['MobileFaceNet']
