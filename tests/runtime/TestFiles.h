// What the runtime's tests share: a folder of their own, raw files, gzip, and random numbers for property tests.
#pragma once
#include "runtime/Data/HostArray.h"
#include "runtime/Math/Philox.h"
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <gtest/gtest.h>
#include <string>
#include <zlib.h>

namespace fluxion::runtime {

/// A folder that goes with the object.
class TestFolder {
public:
  TestFolder() {
    char name[] = "/tmp/fluxion-test-XXXXXX";
    path = mkdtemp(name);
  }
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  std::string file(const std::string &name) const { return path + "/" + name; }
  std::string write(const std::string &name, const std::string &contents) const {
    FILE *out = fopen(file(name).c_str(), "wb");
    fwrite(contents.data(), 1, contents.size(), out);
    fclose(out);
    return file(name);
  }
  std::string read(const std::string &name) const {
    std::string contents;
    FILE *in = fopen(file(name).c_str(), "rb");
    if (!in) return contents;
    char block[4096];
    while (size_t got = fread(block, 1, sizeof block, in)) contents.append(block, got);
    fclose(in);
    return contents;
  }
  std::string path;
};

inline std::string gzipped(const std::string &plain, int windowBits = 15 + 16) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, plain.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(plain.data())),
  stream.avail_in = unsigned(plain.size());
  stream.next_out = reinterpret_cast<Bytef *>(out.data()), stream.avail_out = unsigned(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

/// An array of random bits; bools are 0 or 1. Floats may be any pattern, NaN included.
inline HostArray randomArray(ElementType type, std::vector<int64_t> shape, PhiloxStream &random) {
  auto array = HostArray::allocate(type, std::move(shape));
  for (int64_t i = 0; i < array->bytes(); ++i)
    array->data()[i] = std::byte(type == ElementType::Bool ? random.below(2) : random.below(256));
  return std::move(*array);
}

template <class T> HostArray arrayOf(ElementType type, std::vector<int64_t> shape, const std::vector<T> &values) {
  auto array = HostArray::allocate(type, std::move(shape));
  EXPECT_EQ(array->elements(), int64_t(values.size()));
  std::copy(values.begin(), values.end(), array->template as<T>().begin());
  return std::move(*array);
}

inline void expectSameArray(const HostArray &a, const HostArray &b) {
  EXPECT_EQ(a.type, b.type);
  EXPECT_EQ(a.shape, b.shape);
  ASSERT_EQ(a.bytes(), b.bytes());
  EXPECT_TRUE(a.bytes() == 0 || std::memcmp(a.data(), b.data(), size_t(a.bytes())) == 0);
}

/// A value, or a test failure that prints the error.
template <class T> T valueOf(Result<T> result) {
  if (!result) {
    ADD_FAILURE() << result.error().render();
    abort();
  }
  return std::move(*result);
}
#define EXPECT_OK(expression)                                                                                          \
  do {                                                                                                                 \
    auto status = (expression);                                                                                        \
    EXPECT_TRUE(status) << status.error().render();                                                                    \
  } while (0)
#define EXPECT_ERROR(expression, expected)                                                                             \
  do {                                                                                                                 \
    auto outcome = (expression);                                                                                       \
    EXPECT_FALSE(outcome);                                                                                             \
    if (!outcome) {                                                                                                    \
      EXPECT_EQ(outcome.error().number, expected) << outcome.error().render();                                         \
    }                                                                                                                  \
  } while (0)

inline const ElementType allTypes[] = {ElementType::Bool, ElementType::I8,  ElementType::U8,   ElementType::I16,
                                       ElementType::U16,  ElementType::I32, ElementType::U32,  ElementType::I64,
                                       ElementType::U64,  ElementType::F16, ElementType::BF16, ElementType::F32,
                                       ElementType::F64};

} // namespace fluxion::runtime
