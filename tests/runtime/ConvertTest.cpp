// Conversions between element types: widening ones are exact, the others refuse what does not fit and name the element.
#include "runtime/Data/Convert.h"
#include "TestFiles.h"
#include "runtime/Support/Errors.h"
#include <cmath>
#include <limits>

using namespace fluxion::runtime;

TEST(HalfFloats, RoundTripEveryPattern) {
  for (uint32_t bits = 0; bits < 65536; ++bits) {
    float f16 = floatFromF16(uint16_t(bits)), bf16 = floatFromBF16(uint16_t(bits));
    if (std::isnan(f16))
      EXPECT_TRUE(std::isnan(floatFromF16(f16FromFloat(f16))));
    else
      EXPECT_EQ(f16FromFloat(f16), bits);
    if (std::isnan(bf16))
      EXPECT_TRUE(std::isnan(floatFromBF16(bf16FromFloat(bf16))));
    else
      EXPECT_EQ(bf16FromFloat(bf16), bits);
  }
}

TEST(HalfFloats, RoundToNearestEven) {
  // Between two neighbours of any pattern, the nearer wins; half way, the even one.
  for (uint32_t bits = 0; bits < 0x7BFF; ++bits) {
    float low = floatFromF16(uint16_t(bits)), high = floatFromF16(uint16_t(bits + 1)), middle = (low + high) / 2;
    EXPECT_EQ(f16FromFloat(middle), bits + (bits & 1));
    EXPECT_EQ(f16FromFloat(std::nextafter(middle, 0.0f)), bits);
    EXPECT_EQ(f16FromFloat(std::nextafter(middle, 1e9f)), bits + 1);
  }
  EXPECT_EQ(f16FromFloat(65519.99f), 0x7BFF);
  EXPECT_EQ(f16FromFloat(65520.0f), 0x7C00);
  EXPECT_EQ(f16FromFloat(-1e30f), 0xFC00);
  EXPECT_EQ(bf16FromFloat(1.00390625f), 0x3F80); // half way to 1.0078125, the even one
}

// Property: a widening conversion and back is the identity on every type and value.
TEST(Convert, WideningAndBackIsTheIdentity) {
  PhiloxStream random(1, 0);
  for (ElementType from : allTypes)
    for (ElementType to : allTypes) {
      if (!isWidening(from, to)) continue;
      HostArray array = randomArray(from, {7, 91}, random);
      HostArray wide = valueOf(convert(array, to));
      HostArray back = valueOf(convert(wide, from));
      if (!isFloat(from)) {
        expectSameArray(array, back);
        continue;
      }
      HostArray before = valueOf(convert(array, ElementType::F64)), after = valueOf(convert(back, ElementType::F64));
      for (int64_t i = 0; i < array.elements(); ++i) {
        double a = before.as<double>()[i], b = after.as<double>()[i];
        EXPECT_TRUE(a == b || (std::isnan(a) && std::isnan(b)));
      }
    }
}

TEST(Convert, KnowsWhatWidens) {
  EXPECT_TRUE(isWidening(ElementType::U8, ElementType::F32));
  EXPECT_TRUE(isWidening(ElementType::I32, ElementType::F64));
  EXPECT_TRUE(isWidening(ElementType::U8, ElementType::F16));
  EXPECT_FALSE(isWidening(ElementType::I32, ElementType::F32));
  EXPECT_FALSE(isWidening(ElementType::I64, ElementType::F64));
  EXPECT_FALSE(isWidening(ElementType::I8, ElementType::U64));
  EXPECT_FALSE(isWidening(ElementType::U32, ElementType::I32));
  EXPECT_FALSE(isWidening(ElementType::F16, ElementType::BF16));
  EXPECT_FALSE(isWidening(ElementType::BF16, ElementType::F16));
  EXPECT_FALSE(isWidening(ElementType::F32, ElementType::I64));
}

TEST(Convert, RefusesWhatDoesNotFit) {
  double bad[] = {0.5, -1, 256, NAN, INFINITY, 1e300};
  for (double value : bad) {
    HostArray array = arrayOf<double>(ElementType::F64, {2, 2}, {0, 255, 7, value});
    auto result = convert(array, ElementType::U8);
    ASSERT_FALSE(result) << value;
    EXPECT_EQ(result.error().number, errors::valueOutOfRange);
    EXPECT_NE(result.error().message.find("[1,1]"), std::string::npos) << result.error().message;
  }
  EXPECT_ERROR(convert(arrayOf<double>(ElementType::F64, {1}, {1e39}), ElementType::F32), "E0610");
  EXPECT_ERROR(convert(arrayOf<float>(ElementType::F32, {1}, {65520}), ElementType::F16), "E0610");
  EXPECT_ERROR(convert(arrayOf<double>(ElementType::F64, {1}, {0x1p63}), ElementType::I64), "E0610");
  EXPECT_ERROR(convert(arrayOf<double>(ElementType::F64, {1}, {0x1p64}), ElementType::U64), "E0610");
  EXPECT_ERROR(convert(arrayOf<int64_t>(ElementType::I64, {1}, {int64_t(1) << 31}), ElementType::I32), "E0610");
  EXPECT_ERROR(convert(arrayOf<uint64_t>(ElementType::U64, {1}, {~0ull}), ElementType::I64), "E0610");
  EXPECT_ERROR(convert(arrayOf<int32_t>(ElementType::I32, {1}, {2}), ElementType::Bool), "E0610");
}

TEST(Convert, KeepsWhatFits) {
  auto limits = arrayOf<double>(ElementType::F64, {4}, {-0x1p63, 0, 0x1p62, -1});
  EXPECT_EQ(valueOf(convert(limits, ElementType::I64)).as<int64_t>()[0], std::numeric_limits<int64_t>::min());
  auto rounded = valueOf(convert(arrayOf<double>(ElementType::F64, {3}, {0.1, INFINITY, 1e-60}), ElementType::F32));
  EXPECT_EQ(rounded.as<float>()[0], 0.1f);
  EXPECT_EQ(rounded.as<float>()[1], INFINITY);
  EXPECT_EQ(rounded.as<float>()[2], 0);
}

TEST(HostArray, ChecksProducts) {
  int64_t big = int64_t(1) << 40;
  EXPECT_FALSE(elementCount(std::vector<int64_t>{big, big}));
  EXPECT_FALSE(elementCount(std::vector<int64_t>{-1}));
  EXPECT_FALSE(elementCount(std::vector<int64_t>{0, big, big}));
  EXPECT_FALSE(byteCount(ElementType::F64, std::vector<int64_t>{int64_t(1) << 61}));
  EXPECT_EQ(elementCount(std::vector<int64_t>{}), 1);
  EXPECT_EQ(elementCount(std::vector<int64_t>{5, 0}), 0);
  EXPECT_ERROR(HostArray::allocate(ElementType::F32, {big, big}), "E0605");
}
