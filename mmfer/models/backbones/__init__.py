from .mobilefacenet import MobileFaceNet
