#!/usr/bin/env python3
"""Derives the minimax coefficients of VectorMath (needs mpmath, half a minute):

    python3 coefficients.py > ../VectorMathTables.h

Each table approximates p(t) ~ target(t) on [low, high] so that max |weight(t) (p(t) - target(t))| is least (Remez
exchange). Coefficients are rounded to the format; in f32 one after another, lowest first, with the rest fitted again,
where that is better. The weight turns the error of p into the relative error of the function that is computed from it,
printed beside each table in bits."""
from mpmath import mp, mpf, matrix, lu_solve, cos, sin, pi, exp, expm1, log, log1p, sqrt, erf, erfc, atanh

mp.dps = 40
GRID = 700


def grid(low, high):
    return [(low + high) / 2 - (high - low) / 2 * cos(pi * (i + mpf(1) / 2) / GRID) for i in range(GRID)]


def remez(target, weight, n, points):
    """Least-maximum fit of c_0 + … + c_(n-1) t^(n-1) on sampled points: target and weight are value lists."""
    basis = [[t ** k for k in range(n)] for t in points]
    reference = [round((GRID - 1) * i / n) for i in range(n + 1)]
    best, best_error = None, mpf("inf")
    for _ in range(20):
        system, right = matrix(n + 1, n + 1), matrix(n + 1, 1)
        for row, i in enumerate(reference):
            for k in range(n):
                system[row, k] = basis[i][k] * weight[i]
            system[row, n] = (-1) ** row
            right[row] = target[i] * weight[i]
        coefficients = list(lu_solve(system, right)[:n])
        error = [weight[i] * (sum(c * b for c, b in zip(coefficients, basis[i])) - target[i]) for i in range(GRID)]
        size = max(abs(e) for e in error)
        if size < best_error:
            best, best_error = coefficients, size
        # One extremum per run of equal sign.
        runs, start = [], 0
        for i in range(1, GRID + 1):
            if i == GRID or (error[i] > 0) != (error[start] > 0):
                runs.append(max(range(start, i), key=lambda j: abs(error[j])))
                start = i
        while len(runs) > n + 1:
            runs.pop(0 if abs(error[runs[0]]) < abs(error[runs[-1]]) else -1)
        if len(runs) < n + 1 or runs == reference:
            break
        reference = runs
    return best


def rounded(value, bits):
    with mp.workprec(bits):
        return +value


def table(name, bits, target, weight, count, low, high, doc):
    points = grid(mpf(low), mpf(high))
    values, weights = [target(t) for t in points], [abs(weight(t)) for t in points]
    direct = [rounded(c, bits) for c in remez(values, weights, count, points)]
    rest, left, stepwise = values, weights, []
    for n in range(count, 0, -1) if bits < 53 else []:
        stepwise.append(rounded(remez(rest, left, n, points)[0], bits))
        # What is left is t times a polynomial: dividing keeps the weights positive and the powers a Chebyshev system.
        rest = [(v - stepwise[-1]) / t for v, t in zip(rest, points)]
        left = [w * abs(t) for w, t in zip(left, points)]
    value = lambda c, t: sum(ck * t**k for k, ck in enumerate(c))
    size = lambda c: max(w * abs(v - value(c, t)) for w, v, t in zip(weights, values, points))
    fixed = min([direct, stepwise] if stepwise else [direct], key=size)
    error = size(fixed)
    print(f"// {doc}; error 2^{float(log(error, 2)):.1f}")
    print(f"inline constexpr double {name}[] = {{")
    texts = [f"{float(c)!r}" for c in fixed]
    for i in range(0, len(texts), 4):
        print("    " + ", ".join(texts[i:i + 4]) + ("," if i + 4 < len(texts) else ""))
    print("};\n")


half_ln2 = log(2) / 2 * mpf("1.0005")
tiny = mpf(10) ** -9
print("// Minimax coefficients, lowest power first. Derived by tables/coefficients.py; not edited by hand.")
print("#pragma once\n\nnamespace fluxion::cpu::tables {\n")

# e^r = 1 + r + r² q(r)
for name, bits, n, weight in (("exp32", 24, 5, exp), ("expm132", 24, 6, expm1),
                              ("exp64", 53, 10, exp), ("expm164", 53, 11, expm1)):
    table(name, bits, lambda r: (expm1(r) - r) / r**2, lambda r: r**2 / weight(r), n, -half_ln2, half_ln2,
          "(e^r - 1 - r) / r^2 on |r| <= ln2/2")
# log(1 + f) = f − f²/2 + f³ p(f)
table("log32", 24, lambda f: (log1p(f) - f + f**2 / 2) / f**3, lambda f: f**3 / log1p(f), 9,
      sqrt(mpf(1) / 2) - 1, sqrt(mpf(2)) - 1, "(log(1+f) - f + f^2/2) / f^3 on sqrt(1/2) <= 1+f <= sqrt(2)")
# log(1 + f) = 2s + s R(s²), s = f/(2+f): table of R(z)/z
atanh_tail = lambda z: (2 * atanh(sqrt(z)) - 2 * sqrt(z)) / (sqrt(z) * z)
atanh_weight = lambda z: z * sqrt(z) / (2 * atanh(sqrt(z)))
table("log64", 53, atanh_tail, atanh_weight, 7, tiny, ((sqrt(mpf(2)) - 1) / (sqrt(mpf(2)) + 1)) ** 2,
      "(2 atanh s - 2s) / s^3 in z = s^2, for sqrt(1/2) <= 1+f <= sqrt(2)")
table("log64Wide", 53, atanh_tail, atanh_weight, 10, tiny, mpf(1) / 9, "the same for 1 <= 1+f <= 2")
table("log32Wide", 24, lambda f: (log1p(f) - f) / f**2, lambda f: f**2 / log1p(f), 10, tiny, 1,
      "(log(1+f) - f) / f^2 on 0 <= f <= 1")
# erf x = x + x p(x²) below the edge; 1 − e^g(x − center) above it
edge = mpf("0.875")
for name, bits, n, m, center, top in (("erf32", 24, 7, 8, 2, "3.95"), ("erf64", 53, 12, 20, 1, "6")):
    table(name + "Small", bits, lambda z: erf(sqrt(z)) / sqrt(z) - 1, lambda z: sqrt(z) / erf(sqrt(z)), n, tiny,
          edge**2, "erf(x)/x - 1 in x^2 on |x| <= 0.875")
    table(name + "Large", bits, lambda t: log(erfc(t + center)), lambda t: erfc(t + center) / erf(t + center), m,
          edge - center, mpf(top) - center, f"log erfc({center}+t) on 0.875 <= {center}+t <= {top}")
# e^(x²) erfc x = p(t)/(1 + 2x) with t = (x − k)/(x + k), up to where erfc is 0
for name, bits, k, top, n in (("32", 24, 2, "10.1", 10), ("64", 53, 4, "27.4", 22)):
    at = lambda t: k * (1 + t) / (1 - t)
    smooth = lambda t: (1 + 2 * at(t)) * exp(at(t)**2) * erfc(at(t))
    table("erfcx" + name, bits, smooth, lambda t: 1 / smooth(t), n, -1, (mpf(top) - k) / (mpf(top) + k),
          f"(1 + 2x) e^(x^2) erfc(x) in (x - {k})/(x + {k}) on 0 <= x <= {top}")
# sin r = r + r³ p(r²), cos r = 1 − r²/2 + r⁴ p(r²)
quarter = pi / 4 * mpf("1.0005")
for name, bits, n in (("32", 24, 3), ("64", 53, 6)):
    table("sin" + name, bits, lambda z: (sin(sqrt(z)) - sqrt(z)) / (z * sqrt(z)), lambda z: z * sqrt(z) / sin(sqrt(z)),
          n, tiny, quarter**2, "(sin r - r) / r^3 in r^2 on |r| <= pi/4")
    table("cos" + name, bits, lambda z: (cos(sqrt(z)) - 1 + z / 2) / z**2, lambda z: z**2, n, tiny, quarter**2,
          "(cos r - 1 + r^2/2) / r^4 in r^2 on |r| <= pi/4")
print("} // namespace fluxion::cpu::tables")
