"""Files of weights: what they are, of which network, and whether they fit."""
