// Conversion between element types in two steps: any type to double, float, i32 or i64 by blocks, and from there to the
// target. Widening conversions of the common targets are the first step alone, straight into the target.
#include "runtime/Data/Convert.h"
#include "runtime/Support/Errors.h"
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

namespace fluxion::runtime {

float floatFromF16(uint16_t half) {
  uint32_t sign = uint32_t(half & 0x8000) << 16, exponent = (half >> 10) & 31, mantissa = half & 0x3FF;
  if (exponent == 0) return std::bit_cast<float>(sign | std::bit_cast<uint32_t>(float(mantissa) * 0x1p-24f));
  if (exponent == 31) return std::bit_cast<float>(sign | 0x7F800000 | mantissa << 13);
  return std::bit_cast<float>(sign | (exponent + 112) << 23 | mantissa << 13);
}

uint16_t f16FromFloat(float value) {
  uint32_t bits = std::bit_cast<uint32_t>(value), sign = bits >> 16 & 0x8000, magnitude = bits & 0x7FFFFFFF;
  if (magnitude > 0x7F800000) return uint16_t(sign | 0x7E00);  // not a number
  if (magnitude >= 0x477FF000) return uint16_t(sign | 0x7C00); // 65520 and up round to infinity
  if (magnitude < 0x38800000) { // below 2⁻¹⁴: adding ½ leaves the value in units of 2⁻²⁴ in the low bits, rounded
    float shifted = std::bit_cast<float>(magnitude) + 0.5f;
    return uint16_t(sign | (std::bit_cast<uint32_t>(shifted) - std::bit_cast<uint32_t>(0.5f)));
  }
  uint32_t rounded = magnitude + 0xFFF + (magnitude >> 13 & 1);
  return uint16_t(sign | (rounded - (112u << 23)) >> 13);
}

float floatFromBF16(uint16_t half) { return std::bit_cast<float>(uint32_t(half) << 16); }

uint16_t bf16FromFloat(float value) {
  uint32_t bits = std::bit_cast<uint32_t>(value);
  if ((bits & 0x7FFFFFFF) > 0x7F800000) return uint16_t(bits >> 16 | 0x40);
  return uint16_t((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
}

/// Integers: bits of the magnitude and whether there is a sign. Floats: bits of the significand, and of the exponent.
struct Range {
  int bits;
  bool sign;
  int exponent;
};
static Range rangeOf(ElementType type) {
  switch (type) {
  case ElementType::Bool:
    return {1, false, 0};
  case ElementType::I8:
    return {7, true, 0};
  case ElementType::U8:
    return {8, false, 0};
  case ElementType::I16:
    return {15, true, 0};
  case ElementType::U16:
    return {16, false, 0};
  case ElementType::I32:
    return {31, true, 0};
  case ElementType::U32:
    return {32, false, 0};
  case ElementType::I64:
    return {63, true, 0};
  case ElementType::U64:
    return {64, false, 0};
  case ElementType::F16:
    return {11, true, 5};
  case ElementType::BF16:
    return {8, true, 8};
  case ElementType::F32:
    return {24, true, 8};
  case ElementType::F64:
    return {53, true, 11};
  }
  __builtin_unreachable();
}

bool isWidening(ElementType from, ElementType to) {
  if (from == to) return true;
  Range source = rangeOf(from), target = rangeOf(to);
  return source.bits <= target.bits && source.exponent <= target.exponent && (target.sign || !source.sign);
}

// --- the first step: `count` elements of any type, as Wide ---

template <class Wide, class T> static void loadAs(const void *source, Wide *target, int64_t count) {
  auto *elements = static_cast<const T *>(source);
  for (int64_t i = 0; i < count; ++i) target[i] = Wide(elements[i]);
}

template <class Wide>
static void loadHalves(float (*decode)(uint16_t), const void *source, Wide *target, int64_t count) {
  auto *elements = static_cast<const uint16_t *>(source);
  for (int64_t i = 0; i < count; ++i) target[i] = Wide(decode(elements[i]));
}

template <class Wide> static void load(ElementType from, const void *source, Wide *target, int64_t count) {
  switch (from) {
  case ElementType::Bool:
    return loadAs<Wide, uint8_t>(source, target, count);
  case ElementType::I8:
    return loadAs<Wide, int8_t>(source, target, count);
  case ElementType::U8:
    return loadAs<Wide, uint8_t>(source, target, count);
  case ElementType::I16:
    return loadAs<Wide, int16_t>(source, target, count);
  case ElementType::U16:
    return loadAs<Wide, uint16_t>(source, target, count);
  case ElementType::I32:
    return loadAs<Wide, int32_t>(source, target, count);
  case ElementType::U32:
    return loadAs<Wide, uint32_t>(source, target, count);
  case ElementType::I64:
    return loadAs<Wide, int64_t>(source, target, count);
  case ElementType::U64:
    return loadAs<Wide, uint64_t>(source, target, count);
  default:
    break;
  }
  if constexpr (std::is_floating_point_v<Wide>) {
    switch (from) {
    case ElementType::F16:
      return loadHalves(floatFromF16, source, target, count);
    case ElementType::BF16:
      return loadHalves(floatFromBF16, source, target, count);
    case ElementType::F32:
      return loadAs<Wide, float>(source, target, count);
    case ElementType::F64:
      return loadAs<Wide, double>(source, target, count);
    default:
      break;
    }
  }
}

// --- the second step: one wide value into the target, if it fits ---

template <class T, class Wide> static bool storeInteger(Wide value, void *target, int64_t i) {
  if constexpr (std::is_floating_point_v<Wide>) {
    // 2^bits is a double, so the comparison is exact; a NaN fails it.
    constexpr double limit = double(uint64_t(1) << (std::numeric_limits<T>::digits - 1)) * 2;
    if (!(value < limit && value >= (std::is_signed_v<T> ? -limit : 0.0)) || value != std::trunc(value)) return false;
  } else if (!std::in_range<T>(value)) {
    return false;
  }
  static_cast<T *>(target)[i] = T(value);
  return true;
}

template <class Wide> static bool storeFloat(ElementType to, Wide value, void *target, int64_t i) {
  double wide = double(value);
  float narrow = float(wide);
  float back = 0;
  switch (to) {
  case ElementType::F64:
    static_cast<double *>(target)[i] = wide;
    return true;
  case ElementType::F32:
    static_cast<float *>(target)[i] = back = narrow;
    break;
  case ElementType::F16:
    back = floatFromF16(static_cast<uint16_t *>(target)[i] = f16FromFloat(narrow));
    break;
  default:
    back = floatFromBF16(static_cast<uint16_t *>(target)[i] = bf16FromFloat(narrow));
    break;
  }
  return std::isfinite(back) || !std::isfinite(wide);
}

template <class Wide> static bool store(ElementType to, Wide value, void *target, int64_t i) {
  switch (to) {
  case ElementType::Bool:
    if (value != Wide(0) && value != Wide(1)) return false;
    static_cast<uint8_t *>(target)[i] = value == Wide(1);
    return true;
  case ElementType::I8:
    return storeInteger<int8_t>(value, target, i);
  case ElementType::U8:
    return storeInteger<uint8_t>(value, target, i);
  case ElementType::I16:
    return storeInteger<int16_t>(value, target, i);
  case ElementType::U16:
    return storeInteger<uint16_t>(value, target, i);
  case ElementType::I32:
    return storeInteger<int32_t>(value, target, i);
  case ElementType::U32:
    return storeInteger<uint32_t>(value, target, i);
  case ElementType::I64:
    return storeInteger<int64_t>(value, target, i);
  case ElementType::U64:
    return storeInteger<uint64_t>(value, target, i);
  default:
    return storeFloat(to, value, target, i);
  }
}

/// Through blocks of wide values; the index of the first element that does not fit, or −1.
template <class Wide>
static int64_t convertBlocks(ElementType from, const void *source, ElementType to, void *target, int64_t count) {
  Wide block[256];
  for (int64_t begin = 0; begin < count; begin += 256) {
    int64_t size = std::min<int64_t>(256, count - begin);
    load(from, static_cast<const std::byte *>(source) + begin * byteWidth(from), block, size);
    for (int64_t i = 0; i < size; ++i)
      if (!store(to, block[i], target, begin + i)) return begin + i;
  }
  return -1;
}

static int64_t convertChecked(ElementType from, const void *source, ElementType to, void *target, int64_t count) {
  if (isFloat(from)) return convertBlocks<double>(from, source, to, target, count);
  if (from == ElementType::U64) return convertBlocks<uint64_t>(from, source, to, target, count);
  return convertBlocks<int64_t>(from, source, to, target, count);
}

void convertWidening(ElementType from, const void *source, ElementType to, void *target, int64_t count) {
  if (count == 0) return;
  if (from == to) {
    std::memcpy(target, source, size_t(count * byteWidth(to)));
    return;
  }
  switch (to) {
  case ElementType::F32:
    return load(from, source, static_cast<float *>(target), count);
  case ElementType::F64:
    return load(from, source, static_cast<double *>(target), count);
  case ElementType::I32:
    return load(from, source, static_cast<int32_t *>(target), count);
  case ElementType::I64:
    return load(from, source, static_cast<int64_t *>(target), count);
  default:
    convertChecked(from, source, to, target, count);
  }
}

static std::string elementText(const HostArray &array, int64_t i) {
  char text[40];
  const std::byte *element = array.data() + i * byteWidth(array.type);
  if (isFloat(array.type)) {
    double value;
    load(array.type, element, &value, 1);
    snprintf(text, sizeof text, "%.17g", value);
  } else if (array.type == ElementType::U64) {
    uint64_t value;
    load(array.type, element, &value, 1);
    snprintf(text, sizeof text, "%llu", static_cast<unsigned long long>(value));
  } else {
    int64_t value;
    load(array.type, element, &value, 1);
    snprintf(text, sizeof text, "%lld", static_cast<long long>(value));
  }
  return text;
}

static std::string indexText(const HostArray &array, int64_t flat) {
  std::string text;
  for (size_t axis = array.shape.size(); axis-- > 0; flat /= array.shape[axis])
    text = std::to_string(flat % array.shape[axis]) + (text.empty() ? "" : ",") + text;
  return "[" + text + "]";
}

Result<HostArray> convert(const HostArray &array, ElementType to) {
  auto result = HostArray::allocate(to, array.shape);
  if (!result) return result;
  if (isWidening(array.type, to)) {
    convertWidening(array.type, array.data(), to, result->data(), array.elements());
    return result;
  }
  int64_t bad = convertChecked(array.type, array.data(), to, result->data(), array.elements());
  if (bad >= 0)
    return Error{errors::valueOutOfRange, "element " + indexText(array, bad) + " is " + elementText(array, bad) +
                                              ", which is no " + std::string(name(to))};
  return result;
}

Result<HostArray> convert(HostArray &&array, ElementType to, const std::string &path) {
  if (array.type == to) return std::move(array);
  auto result = convert(static_cast<const HostArray &>(array), to);
  if (!result) result.error().path = path;
  return result;
}

} // namespace fluxion::runtime
