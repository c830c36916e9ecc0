// Compares the expanded functions with the C library's long double ones.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <limits>
#include <random>

extern "C" {
double v_exp(double), v_exp2(double), v_expm1(double), v_log(double), v_log2(double),
    v_log10(double), v_log1p(double), v_sin(double), v_cos(double), v_tan(double), v_tanh(double),
    v_sinh(double), v_cosh(double);
float v_expf(float), v_rsqrtf(float), v_powf(float, float);
}

static int failures = 0;

/// Distance in units of the last place of the result, 1e30 if only one is special.
template <typename T> static double ulps(T got, long double want) {
  T rounded = static_cast<T>(want);
  if (std::isnan(rounded) || std::isinf(rounded))
    return std::memcmp(&got, &rounded, sizeof(T)) == 0 || (std::isnan(got) && std::isnan(rounded)) ? 0 : 1e30;
  int exponent;
  std::frexp(rounded, &exponent);
  constexpr int digits = std::numeric_limits<T>::digits;
  int lowest = std::numeric_limits<T>::min_exponent;
  long double unit = std::ldexp(1.0L, (exponent < lowest ? lowest : exponent) - digits);
  return static_cast<double>(std::fabs(static_cast<long double>(got) - want) / unit);
}

using Function = double (*)(double);
using Reference = long double (*)(long double);

static void check(const char *name, Function function, Reference reference, double low, double high,
                  double limit) {
  std::mt19937_64 random(7);
  double worst = 0, at = 0;
  auto one = [&](double x) {
    double error = ulps(function(x), reference(x));
    if (!(error <= worst)) {
      worst = error;
      at = x;
    }
  };
  std::uniform_real_distribution<double> uniform(low, high);
  for (int i = 0; i < 200000; ++i)
    one(uniform(random));
  for (int i = 0; i < 200000; ++i) { // all magnitudes within the range
    uint64_t bits = random();
    double x;
    std::memcpy(&x, &bits, sizeof x);
    if (x >= low && x <= high)
      one(x);
  }
  std::uniform_real_distribution<double> nearOne(-0x1p-10, 0x1p-10);
  for (int i = 0; i < 20000; ++i) {
    double d = nearOne(random);
    if (d >= low)
      one(d);
    if (1 + d <= high)
      one(1 + d);
  }
  for (double x : {0.0, -0.0, 1.0, -1.0, double(INFINITY), double(-INFINITY), double(NAN)})
    if (!std::isinf(x) || limit < 1e9)
      if (ulps(function(x), reference(x)) > limit) {
        std::printf("%s(%g) = %a, not %La\n", name, x, function(x), reference(x));
        ++failures;
      }
  std::printf("%-6s %5.2f ulp at %a\n", name, worst, at);
  failures += !(worst <= limit);
}

int main() {
  check("exp", v_exp, expl, -760, 720, 1);
  check("exp2", v_exp2, exp2l, -1090, 1030, 1);
  check("expm1", v_expm1, expm1l, -50, 720, 3);
  check("log", v_log, logl, 0, 1e308, 1);
  check("log2", v_log2, log2l, 0, 1e308, 2);
  check("log10", v_log10, log10l, 0, 1e308, 2);
  check("log1p", v_log1p, log1pl, -1, 1e308, 3);
  check("sin", v_sin, sinl, -0x1p29, 0x1p29, 1);
  check("cos", v_cos, cosl, -0x1p29, 0x1p29, 1);
  check("tan", v_tan, tanl, -0x1p29, 0x1p29, 3);
  check("tanh", v_tanh, tanhl, -25, 25, 3);
  check("sinh", v_sinh, sinhl, -715, 715, 4);
  check("cosh", v_cosh, coshl, -715, 715, 3);

  // f32: the correctly rounded result.
  std::mt19937 random(9);
  double worstExp = 0, worstPow = 0;
  for (int i = 0; i < 400000; ++i) {
    uint32_t bits[2] = {static_cast<uint32_t>(random()), static_cast<uint32_t>(random())};
    float x, y;
    std::memcpy(&x, &bits[0], 4);
    std::memcpy(&y, &bits[1], 4);
    worstExp = std::fmax(worstExp, ulps(v_expf(x), expl(x)));
    double error = ulps(v_powf(x, y), powl(x, y));
    if (error > worstPow)
      worstPow = error;
    float nearX = 1 + x / (1 + std::fabs(x)) / 2, smallY = 64 * y / (1 + std::fabs(y));
    if (!std::isnan(nearX) && !std::isnan(smallY))
      worstPow = std::fmax(worstPow, ulps(v_powf(nearX, smallY), powl(nearX, smallY)));
  }
  float special[] = {0.f, -0.f, 1.f, -1.f, 2.f, -2.f, 3.f, -3.f, 0.5f, -0.5f, 0.3f, -0.3f, 1e30f, -1e30f,
                     16777217.f, INFINITY, -INFINITY, NAN};
  for (float x : special)
    for (float y : special)
      if (ulps(v_powf(x, y), powl(x, y)) > 1) {
        std::printf("pow(%g, %g) = %g, not %Lg\n", x, y, v_powf(x, y), powl(x, y));
        ++failures;
      }
  std::printf("expf %.3f powf %.3f rsqrtf %g\n", worstExp, worstPow, v_rsqrtf(4.f));
  failures += worstExp > 0.5001 || worstPow > 0.5001 || v_rsqrtf(4.f) != 0.5f;
  std::printf(failures ? "FAILED\n" : "all within their limits\n");
  return failures != 0;
}
