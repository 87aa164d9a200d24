// IDX files, plain and packed: every type, and every way of lying about the size.
#include "TestFiles.h"
#include "runtime/Data/Readers.h"

using namespace fluxion::runtime;

static std::string header(int type, std::vector<uint32_t> shape) {
  std::string text = {0, 0, char(type), char(shape.size())};
  for (uint32_t extent : shape)
    for (int shift = 24; shift >= 0; shift -= 8) text += char(extent >> shift);
  return text;
}

TEST(Idx, ReadsEveryTypeInBigEndian) {
  TestFolder folder;
  auto expect = [&](int code, ElementType type, const std::string &bytes, double value) {
    HostArray array = valueOf(readIdx(folder.write("x", header(code, {1}) + bytes)));
    EXPECT_EQ(array.type, type);
    switch (type) {
    case ElementType::U8:
      EXPECT_EQ(array.as<uint8_t>()[0], value);
      break;
    case ElementType::I8:
      EXPECT_EQ(array.as<int8_t>()[0], value);
      break;
    case ElementType::I16:
      EXPECT_EQ(array.as<int16_t>()[0], value);
      break;
    case ElementType::I32:
      EXPECT_EQ(array.as<int32_t>()[0], value);
      break;
    case ElementType::F32:
      EXPECT_EQ(array.as<float>()[0], value);
      break;
    default:
      EXPECT_EQ(array.as<double>()[0], value);
    }
  };
  expect(0x08, ElementType::U8, "\xFE", 254);
  expect(0x09, ElementType::I8, "\xFE", -2);
  expect(0x0B, ElementType::I16, "\xFF\x02", -254);
  expect(0x0C, ElementType::I32, std::string("\x00\x01\x02\x03", 4), 66051);
  expect(0x0D, ElementType::F32, std::string("\x3F\xC0\x00\x00", 4), 1.5);
  expect(0x0E, ElementType::F64, std::string("\xC0\x04\x00\x00\x00\x00\x00\x00", 8), -2.5);
}

TEST(Idx, ReadsPackedFilesAlsoInMembers) {
  TestFolder folder;
  std::string elements;
  for (int i = 0; i < 60; ++i) elements += char(i);
  std::string plain = header(8, {3, 4, 5}) + elements;
  HostArray whole = valueOf(readIdx(folder.write("x", plain)));
  EXPECT_EQ(whole.shape, (std::vector<int64_t>{3, 4, 5}));
  EXPECT_EQ(whole.as<uint8_t>()[59], 59);
  expectSameArray(whole, valueOf(readIdx(folder.write("x.gz", gzipped(plain)))));
  expectSameArray(whole,
                  valueOf(readIdx(folder.write("y.gz", gzipped(plain.substr(0, 30)) + gzipped(plain.substr(30))))));
}

TEST(Idx, RefusesWhatIsWrong) {
  TestFolder folder;
  std::string good = header(8, {3, 4}) + std::string(12, 'x'), packed = gzipped(good);
  auto read = [&](const std::string &bytes) { return readIdx(folder.write("x", bytes)); };
  EXPECT_OK(read(good));
  EXPECT_ERROR(readIdx(folder.file("missing")), "E0601");
  EXPECT_ERROR(readIdx(folder.path), "E0601");
  EXPECT_ERROR(read(""), "E0603");
  EXPECT_ERROR(read("PK\3\4 not this"), "E0602");
  EXPECT_ERROR(read(header(0x0A, {1}) + "x"), "E0604");
  EXPECT_ERROR(read(good.substr(0, 6)), "E0603");
  EXPECT_ERROR(read(good.substr(0, 23)), "E0603");
  EXPECT_ERROR(read(good + "x"), "E0607");
  EXPECT_ERROR(read(header(8, {0xFFFFFFFF, 0xFFFFFFFF})), "E0605");
  EXPECT_ERROR(read(header(8, {0xFFFFFFFF, 0x0FFFFFFF})), "E0603"); // fits an integer, but not the file
  EXPECT_ERROR(read(gzipped(header(0x0E, {0x7FFFFFFF}))), "E0603"); // nor could it be packed into so few bytes
  EXPECT_ERROR(read(packed.substr(0, packed.size() - 12)), "E0603");
  EXPECT_ERROR(read(packed.substr(0, packed.size() - 4)), "E0603"); // its last checksum is missing
  EXPECT_ERROR(read(packed + "garbage"), "E0607");
  std::string damaged = packed;
  damaged[damaged.size() - 6] ^= 1; // in the checksum
  EXPECT_ERROR(read(damaged), "E0608");
  EXPECT_ERROR(read(gzipped(good + "more")), "E0607");
}

TEST(Idx, PreparesColumns) {
  TestFolder folder;
  auto images = [&] { return valueOf(readIdx(folder.write("x", header(8, {2, 2, 3}) + "abcdefghijkl"))); };
  HostArray kept = valueOf(prepareColumn(images(), ElementType::F32, std::vector<int64_t>{6}, "x"));
  EXPECT_EQ(kept.type, ElementType::U8); // widening is left to the batches
  EXPECT_EQ(kept.shape, (std::vector<int64_t>{2, 6}));
  EXPECT_ERROR(prepareColumn(images(), ElementType::F32, std::vector<int64_t>{5}, "x"), "E0611");
  HostArray narrow = valueOf(prepareColumn(images(), ElementType::I8, std::vector<int64_t>{6}, "x"));
  EXPECT_EQ(narrow.type, ElementType::I8); // not widening, so converted and checked at once
  auto large = valueOf(readIdx(folder.write("y", header(8, {1, 1}) + "\xFF")));
  EXPECT_ERROR(prepareColumn(std::move(large), ElementType::I8, std::vector<int64_t>{1}, "y"), "E0610");
}
