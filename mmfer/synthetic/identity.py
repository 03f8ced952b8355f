"""Draw a person at random: the traits that an expression does not change."""

import numpy as np

from .colours import HAIRS, IRISES, SKINS, mix, shade
from .params import BEARDS, HAIR_STYLES, Identity


def sample_identity(rng: np.random.Generator) -> Identity:
    """A person; traits are independent but for hair, brows and beard sharing a colour."""
    tone = rng.uniform(0, len(SKINS) - 1.01)
    skin = mix(SKINS[int(tone)], SKINS[int(tone) + 1], tone % 1)
    skin = mix(skin, (120, 120, 200), rng.uniform(0, 0.12))
    hair = HAIRS[int(rng.integers(3 if tone > 4.5 else len(HAIRS)))]
    beard = rng.random()
    return Identity(
        skin=skin,
        hair=shade(hair, rng.uniform(0.85, 1.15)),
        iris=IRISES[int(rng.integers(2 if tone > 4 else len(IRISES)))],
        lip_tint=float(max(rng.uniform(-1.2, 1), 0)),
        width=rng.uniform(0.82, 0.94),
        jaw=rng.uniform(0.74, 0.9),
        chin=rng.uniform(1.08, 1.2),
        eye_x=rng.uniform(0.365, 0.41),
        eye_size=rng.uniform(0.98, 1.2),
        eye_tilt=rng.uniform(-0.015, 0.035),
        brow_y=rng.uniform(-0.47, -0.42),
        brow_thick=rng.uniform(0.055, 0.105),
        brow_arch=rng.uniform(0, 0.05),
        nose_width=rng.uniform(0.14, 0.2),
        nose_y=rng.uniform(0.26, 0.33),
        mouth_y=rng.uniform(0.62, 0.68),
        mouth_width=rng.uniform(0.27, 0.34),
        lip=rng.uniform(0.05, 0.095),
        age=rng.uniform(0, 1) ** 1.5,
        style=HAIR_STYLES[int(rng.choice(6, p=(0.26, 0.18, 0.14, 0.24, 0.1, 0.08)))],
        beard=BEARDS[0 if beard < 0.78 else 1 if beard < 0.88 else 2 if beard < 0.93 else 3],
        glasses=bool(rng.random() < 0.1),
    )
