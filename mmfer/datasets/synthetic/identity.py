"""Draw a person at random: the traits that an expression does not change."""
import numpy as np

from .colours import HAIRS, IRISES, SKINS, mix, shade
from .params import BEARDS, HAIR_STYLES, Identity


def sample_identity(rng: np.random.Generator) -> Identity:
    """A person; traits are independent but for hair, brows and beard sharing a colour."""
    tone = rng.uniform(0, len(SKINS) - 1.01)
    skin = mix(SKINS[int(tone)], SKINS[int(tone) + 1], tone % 1)
    skin = mix(skin, (120, 120, 200), rng.uniform(0, .12))
    hair = HAIRS[int(rng.integers(3 if tone > 4.5 else len(HAIRS)))]
    beard = rng.random()
    return Identity(
        skin=skin, hair=shade(hair, rng.uniform(.85, 1.15)),
        iris=IRISES[int(rng.integers(2 if tone > 4 else len(IRISES)))],
        lip_tint=float(max(rng.uniform(-1.2, 1), 0)),
        width=rng.uniform(.82, .94), jaw=rng.uniform(.74, .9), chin=rng.uniform(1.08, 1.2),
        eye_x=rng.uniform(.365, .41), eye_size=rng.uniform(.98, 1.2),
        eye_tilt=rng.uniform(-.015, .035),
        brow_y=rng.uniform(-.47, -.42), brow_thick=rng.uniform(.055, .105),
        brow_arch=rng.uniform(0, .05),
        nose_width=rng.uniform(.14, .2), nose_y=rng.uniform(.26, .33),
        mouth_y=rng.uniform(.62, .68), mouth_width=rng.uniform(.27, .34),
        lip=rng.uniform(.05, .095), age=rng.uniform(0, 1) ** 1.5,
        style=HAIR_STYLES[int(rng.choice(6, p=(.26, .18, .14, .24, .1, .08)))],
        beard=BEARDS[0 if beard < .78 else 1 if beard < .88 else 2 if beard < .93 else 3],
        glasses=bool(rng.random() < .1))
