"""The gamma distribution by inversion: ln Gamma and the quantile, as scalars that compile and still equal their originals.

Only + - * /, comparisons, sqrt, exp, log and log1p are used, so that each compiled function returns
the same bits as its Python original (`py_func`); that rules out lgamma, which is why `ln_gamma` is here.
"""

import math

import numpy as np
from numba import njit

from sim.quantiles import normal_quantile

# Taylor coefficients of ln Gamma(2 + e) from e**2 on: (-1)**k * (zeta(k) - 1) / k.
_AROUND_TWO = np.array(
    [
        0.3224670334241133,
        -0.0673523010531981,
        0.020580808427784553,
        -0.007385551028673988,
        0.002890510330741523,
        -0.0011927539117032612,
        0.0005096695247430426,
        -0.00022315475845357936,
        9.945751278180857e-05,
        -4.4926236738133156e-05,
        2.0507212775670688e-05,
        -9.439488275268398e-06,
        4.3748667899074865e-06,
        -2.039215753801366e-06,
        9.551412130407415e-07,
        -4.492469198764565e-07,
        2.1207184805554667e-07,
        -1.0043224823968102e-07,
        4.76981016936398e-08,
        -2.2711094608943164e-08,
        1.0838659214896953e-08,
        -5.183475041970047e-09,
        2.4836745438024785e-09,
        -1.1921401405860912e-09,
        5.731367241678861e-10,
        -2.7595228851242334e-10,
        1.3304764374244491e-10,
        -6.422964563838102e-11,
        3.104424774732227e-11,
        -1.5021384080754142e-11,
        7.275974480239079e-12,
    ]
)
_ONE_LESS_EULER = 0.42278433509846713  # 1 - Euler's constant, the coefficient of e
_HALF_LOG_TWO_PI = 0.9189385332046728
_LEAST_LOG = -700.0  # exp of it is still a normal number
_ROUNDS = 500  # a bound on iterations, never met within the ranges promised


@njit(cache=True, error_model="numpy")
def _ln_gamma_around_two(e: float) -> float:
    """ln Gamma(2 + e) for e in [-0.5, 0.5], accurate relative to its size also at e = 0."""
    total = 0.0
    for k in range(len(_AROUND_TWO) - 1, -1, -1):
        total = total * e + float(_AROUND_TWO[k])
    return (total * e + _ONE_LESS_EULER) * e


@njit(cache=True, error_model="numpy")
def ln_gamma(x: float) -> float:
    """ln Gamma(x), relative error below 1e-13, also next to its zeros at 1 and 2.

    Args:
        x: In [1e-300, 1e300].
    Source:
        Abramowitz & Stegun (1964), 6.1.33 (from 0.5 to 2.5), 6.1.41 (above), 6.1.15 (to get there).
    """
    shift = 0.0
    if x < 0.5:
        shift = -math.log(x)
        x += 1.0
    if x < 1.5:
        return shift + _ln_gamma_around_two(x - 1.0) - math.log1p(x - 1.0)
    if x < 2.5:
        return _ln_gamma_around_two(x - 2.0)
    product = 1.0
    while x < 12.0:
        product *= x
        x += 1.0
    v = 1.0 / x
    s = v * v
    tail = v * (1.0 / 12.0 - s * (1.0 / 360.0 - s * (1.0 / 1260.0 - s * (1.0 / 1680.0 - s * (1.0 / 1188.0)))))
    return (x - 0.5) * math.log(x) - x + _HALF_LOG_TWO_PI + tail - math.log(product)


@njit(cache=True, error_model="numpy")
def _upper_ratio(x: float, shape: float) -> float:
    """Gamma(shape, x) / (x**shape * exp(-x)), by Legendre's continued fraction; x > 1."""
    # Modified Lentz; Numerical Recipes (2007), section 6.2.
    b = x + 1.0 - shape
    c = 1e300
    d = 1.0 / b
    ratio = d
    for i in range(1, _ROUNDS):
        an = -i * (i - shape)
        b += 2.0
        d = 1.0 / (an * d + b)
        c = b + an / c
        change = d * c
        ratio *= change
        if abs(change - 1.0) < 2e-16:
            break
    return ratio


@njit(cache=True, error_model="numpy")
def _upper_gamma_quantile(q: float, shape: float, ln_gamma_shape: float) -> float:
    """Where the gamma distribution leaves the small probability `q` above."""
    log_q = math.log(q)
    if shape < 1.0:
        x = max(1.0, -log_q - ln_gamma_shape)
        x = max(1.0, -log_q - ln_gamma_shape + (shape - 1.0) * math.log(x))
    else:
        ninth = 1.0 / (9.0 * shape)
        root = 1.0 - ninth - normal_quantile(q) * math.sqrt(ninth)
        x = shape * root * root * root
    for _ in range(_ROUNDS):  # Halley's method on ln Q
        ratio = _upper_ratio(x, shape)
        excess = math.log(ratio) + shape * math.log(x) - x - ln_gamma_shape - log_q
        hazard = 1.0 / (x * ratio)
        step = excess / hazard
        step /= 1.0 + 0.5 * step * (hazard + (shape - 1.0) / x - 1.0)
        x += step
        if abs(step) < 1e-6 * x:
            break
    return x


# The start of `gamma_quantile`: (x / shape)**(1/3) as a polynomial in z (rows) and shape**-0.5 (columns).
# Fitted by least squares (`tests/test_quantiles.py` repeats the fit), relative error of x below 3e-4.
_CUBE_ROOT = np.array(
    [
        [1.0000933, -0.0018469, -0.1018659, -0.0170272, 0.0056634],
        [2.9e-06, 0.333134, 0.0006402, 0.011233, -0.0054235],
        [-3.6e-05, 0.0007048, -0.00366, 0.0059512, 0.0014393],
        [-5.9e-06, 7.69e-05, 7.05e-05, -0.0041613, 5.48e-05],
        [-8e-07, 1.9e-05, -0.0001531, 0.0006881, -5e-05],
    ]
)


@njit(cache=True, error_model="numpy")
def _gamma_start(u: float, shape: float) -> float:
    """First guess of the gamma quantile after Wilson & Hilferty: the cube root is nearly normal."""
    z = normal_quantile(u)
    s = 1.0 / math.sqrt(shape)
    root = 0.0
    for i in range(4, -1, -1):
        row = 0.0
        for j in range(4, -1, -1):
            row = row * s + float(_CUBE_ROOT[i, j])
        root = root * z + row
    return shape * max(1e-3, root * root * root)


@njit(cache=True, error_model="numpy")
def _lower_sum(x: float, shape: float) -> float:
    """1 + x/(shape+1) + x**2/((shape+1)(shape+2)) + ..., to the last bit; four terms to a division."""
    total = 1.0
    term = 1.0
    n = shape
    x2 = x * x
    while term > 1e-17 * total:
        b2 = n + 2.0
        b4 = n + 4.0
        b34 = (n + 3.0) * b4
        b234 = b2 * b34
        scale = term * x / ((n + 1.0) * b234)
        total += scale * ((b234 + x * b34) + x2 * (b4 + x))
        term = scale * (x2 * x)
        n = b4
    return total


@njit(cache=True, error_model="numpy")
def gamma_quantile(u: float, shape: float, ln_gamma_shape: float) -> float:
    """Quantile of the gamma distribution of scale 1.

    Args:
        u: Probability, in [1e-16, 1 - 2**-53].
        shape: In [0.05, 1000].
        ln_gamma_shape: `ln_gamma(shape)`, stored once per shopper.
    Returns:
        In the unit of the scale, relative error below 1e-9 (seen: 3e-13 for shapes from 0.05 to 20).
        Never falls over steps of u of 1e-12 or more; closer neighbours may differ by rounding alone.
    Source:
        A start good to 3e-4, then one step of the Taylor series of the quantile function in u, whose
        derivatives are elementary; DiDonato & Morris (1986), ACM TOMS 12(4), 377-393, for the lower tail.
    """
    if shape == 1.0:
        return -math.log1p(-u)
    if u > 0.995:
        return _upper_gamma_quantile(1.0 - u, shape, ln_gamma_shape)
    a1 = shape + 1.0
    # P(x) = (r**shape / (shape * Gamma(shape))) * (1 - ...): r is the quantile deep in the lower tail.
    r = math.exp(max(_LEAST_LOG, (math.log(u * shape) + ln_gamma_shape) / shape))
    if r < 0.2 * a1:
        t = r / a1
        a2 = shape + 2.0
        a3 = shape + 3.0
        a2_a3 = a2 * a3
        c3 = (1.5 * shape + 2.5) / a2
        c4 = ((8.0 * shape + 33.0) * shape + 31.0) / (3.0 * a2_a3)
        c5 = ((((125.0 * shape + 1179.0) * shape + 3971.0) * shape + 5661.0) * shape + 2888.0) / (
            24.0 * a2 * a2_a3 * (shape + 4.0)
        )
        x = r * (1.0 + t * (1.0 + t * (c3 + t * (c4 + t * c5))))
        if t < 5e-4:
            return x
    else:
        x = _gamma_start(u, shape)
    for _ in range(_ROUNDS):  # one round; two in the far lower tail and outside the fitted shapes
        g = math.exp(shape * math.log(x) - x - ln_gamma_shape)  # x times the density
        total = _lower_sum(x, shape)
        w = u / g - total / shape  # what is missing to u, relative to g
        h = x - shape
        size = abs(w) * (1.0 + abs(h))
        # q_k = (d/du)**k x * g**k / x, from q_{k+1} = x dq_k/dx + (1 + k h) q_k
        q2 = 1.0 + h
        q3 = x + q2 * (1.0 + 2.0 * h)
        d3 = 4.0 * x * q2
        q4 = d3 + q3 * (1.0 + 3.0 * h)
        d4 = 4.0 * x * (q2 + x) + d3 * (1.0 + 3.0 * h) + 3.0 * x * q3
        q5 = d4 + q4 * (1.0 + 4.0 * h)
        x += x * w * (1.0 + w * (q2 / 2.0 + w * (q3 / 6.0 + w * (q4 / 24.0 + w * (q5 / 120.0)))))
        if size < 5e-3:
            break
    return x
