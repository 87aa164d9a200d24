// npy and npz: round trips over all types and shapes, foreign headers, archives with packed entries, and files that
// lie.
#include "TestFiles.h"
#include "runtime/Data/Readers.h"
#include "runtime/Data/Writers.h"
#include "runtime/Data/Zip.h"

using namespace fluxion::runtime;

static std::string npy(const std::string &dictionary, const std::string &data, int version = 1) {
  std::string text = "\x93NUMPY";
  text += {char(version), 0, char(dictionary.size() & 0xFF), char(dictionary.size() >> 8)};
  if (version > 1) text += {0, 0};
  return text + dictionary + data;
}

TEST(Npy, RoundTripsEveryTypeAndShape) {
  TestFolder folder;
  PhiloxStream random(2, 0);
  for (ElementType type : allTypes)
    for (std::vector<int64_t> shape : {std::vector<int64_t>{}, {0}, {1}, {13}, {3, 0, 2}, {4, 5}, {2, 1, 3, 2}}) {
      HostArray array = randomArray(type, shape, random);
      if (type == ElementType::BF16) {
        EXPECT_ERROR(writeNpy(folder.file("x.npy"), view(array)), "E0606");
        continue;
      }
      EXPECT_OK(writeNpy(folder.file("x.npy"), view(array)));
      expectSameArray(array, valueOf(readNpy(folder.file("x.npy"))));
      EXPECT_EQ((folder.read("x.npy").size() - size_t(array.bytes())) % 64, 0u);
      folder.write("x.npy.gz", gzipped(folder.read("x.npy")));
      expectSameArray(array, valueOf(readNpy(folder.file("x.npy.gz"))));
    }
}

TEST(Npy, ReadsForeignHeaders) {
  TestFolder folder;
  std::string three("\x00\x01\x00\x02\x00\x03", 6);
  for (auto &text : {npy("{'descr': '>i2', 'fortran_order': False, 'shape': (3,), }\n", three),
                     npy("{\"shape\":(3L,),'fortran_order':True,'descr':'>i2'}", three, 2),
                     npy("  { 'fortran_order' : False , 'shape' : ( 3 ) , 'descr' : '>i2' }  ", three, 3)}) {
    HostArray array = valueOf(readNpy(folder.write("x.npy", text)));
    EXPECT_EQ(array.shape, std::vector<int64_t>{3});
    EXPECT_EQ(array.as<int16_t>()[2], 3);
  }
  HostArray scalar =
      valueOf(readNpy(folder.write("x.npy", npy("{'descr': '|u1', 'fortran_order': False, 'shape': ()}", "a"))));
  EXPECT_EQ(scalar.rank(), 0);
  HostArray flags = valueOf(
      readNpy(folder.write("x.npy", npy("{'descr': '|b1', 'fortran_order': False, 'shape': (2,)}", "\x07\x01"))));
  EXPECT_EQ(flags.as<uint8_t>()[0], 1); // any nonzero byte is true
}

// Fortran order is the row-major order of the reversed axes.
TEST(Npy, TransposesFortranOrder) {
  TestFolder folder;
  for (std::vector<int64_t> shape : {std::vector<int64_t>{2, 3}, {3, 4, 5}, {5, 1, 2, 3}, {1, 7}}) {
    int64_t count = *elementCount(shape);
    std::string data, extents;
    for (int64_t i = 0; i < count; ++i) data += char(i);
    for (int64_t extent : shape) extents += std::to_string(extent) + ",";
    HostArray array = valueOf(readNpy(
        folder.write("x.npy", npy("{'descr': '|u1', 'fortran_order': True, 'shape': (" + extents + ")}", data))));
    std::vector<int64_t> index(shape.size(), 0);
    for (int64_t flat = 0; flat < count; ++flat) {
      int64_t rest = flat, stride = 1, column = 0;
      for (size_t axis = shape.size(); axis-- > 0; rest /= shape[axis]) index[axis] = rest % shape[axis];
      for (size_t axis = 0; axis < shape.size(); stride *= shape[axis++]) column += index[axis] * stride;
      ASSERT_EQ(array.as<uint8_t>()[flat], column);
    }
  }
}

TEST(Npy, RefusesWhatIsWrong) {
  TestFolder folder;
  auto read = [&](const std::string &descr, const std::string &shape, const std::string &data) {
    return readNpy(
        folder.write("x.npy", npy("{'descr': " + descr + ", 'fortran_order': False, 'shape': " + shape + "}", data)));
  };
  EXPECT_OK(read("'<f4'", "(2,)", "12345678"));
  EXPECT_ERROR(read("'<f4'", "(2,)", "1234567"), "E0603");
  EXPECT_ERROR(read("'<f4'", "(2,)", "123456789"), "E0607");
  EXPECT_ERROR(read("'<f4'", "(1000000000000,)", "1234"), "E0603");
  EXPECT_ERROR(read("'<f4'", "(9223372036854775807,9223372036854775807)", "1234"), "E0605");
  EXPECT_ERROR(read("'<f4'", "(4611686018427387904,4)", ""), "E0605");
  EXPECT_ERROR(read("'<f4'", "(99999999999999999999,)", "1234"), "E0605");
  EXPECT_ERROR(read("'<f4'", "(-1,)", ""), "E0605");
  EXPECT_ERROR(read("'<c8'", "(1,)", "12345678"), "E0606");
  EXPECT_ERROR(read("'|O'", "(1,)", "12345678"), "E0606");
  EXPECT_ERROR(read("[('a', '<f4')]", "(1,)", "1234"), "E0606");
  EXPECT_ERROR(read("'<f4'", "(1", "1234"), "E0604");
  EXPECT_ERROR(read("'<f4'", "(1 2)", "12345678"), "E0604");
  EXPECT_ERROR(read("\"<f4'", "(1,)", "1234"), "E0604");
  EXPECT_ERROR(read("'<f4', 'descr': '<f4'", "(1,)", "1234"), "E0604");
  EXPECT_ERROR(readNpy(folder.write("x", "\x93NUMPY")), "E0603");
  EXPECT_ERROR(readNpy(folder.write("x", "something else")), "E0602");
  EXPECT_ERROR(readNpy(folder.write("x", npy("{}", "", 9))), "E0606");
  EXPECT_ERROR(readNpy(folder.write("x", npy("{}", ""))), "E0604");
  EXPECT_ERROR(readNpy(folder.write("x", std::string("\x93NUMPY\x02\x00\xFF\xFF\xFF\xFF{", 13))), "E0604");
}

TEST(Npz, RoundTrips) {
  TestFolder folder;
  PhiloxStream random(3, 0);
  std::vector<HostArray> arrays;
  std::vector<NamedView> views;
  for (int i = 0; i < 9; ++i) {
    ElementType type = allTypes[i];
    arrays.push_back(randomArray(type, {i, 3}, random));
    views.push_back({"params.W" + std::to_string(i), view(arrays.back())});
  }
  EXPECT_OK(writeNpz(folder.file("x.npz"), views));
  auto back = valueOf(readNpz(folder.file("x.npz")));
  ASSERT_EQ(back.size(), arrays.size());
  for (size_t i = 0; i < back.size(); ++i) {
    EXPECT_EQ(back[i].name, views[i].name);
    expectSameArray(back[i].array, arrays[i]);
    expectSameArray(valueOf(readNpz(folder.file("x.npz"), views[i].name)), arrays[i]);
  }
  EXPECT_EQ(valueOf(listNpz(folder.file("x.npz"))).size(), arrays.size());
  EXPECT_ERROR(readNpz(folder.file("x.npz"), "nothing"), "E0609");
  EXPECT_ERROR(readNpz(folder.file("x.npz"), ""), "E0609");
  EXPECT_OK(writeNpz(folder.file("one.npz"), std::span(views).subspan(2, 1)));
  expectSameArray(valueOf(readNpz(folder.file("one.npz"), "")), arrays[2]);
  NamedView twice[] = {views[0], views[0]};
  EXPECT_ERROR(writeNpz(folder.file("y.npz"), twice), "E0615");
}

/// An archive of one entry with these bytes, declared as the entry says.
static std::string archive(ZipEntry entry, const std::string &bytes) {
  std::string text = zipLocalHeader(entry) + bytes;
  return text + zipDirectory({entry}, int64_t(text.size()));
}

TEST(Npz, ReadsPackedEntriesAndRefusesLies) {
  TestFolder folder;
  std::string plain = npy("{'descr': '|u1', 'fortran_order': False, 'shape': (1000,)}", std::string(1000, 'q'));
  std::string packed = gzipped(plain, -15);
  ZipEntry entry;
  entry.name = "a.npy", entry.method = 8, entry.packed = int64_t(packed.size()), entry.unpacked = int64_t(plain.size());
  entry.crc = uint32_t(crc32_z(0, reinterpret_cast<const Bytef *>(plain.data()), plain.size()));
  auto read = [&](const ZipEntry &entry, const std::string &bytes) {
    return readNpz(folder.write("x.npz", archive(entry, bytes)), "a");
  };
  EXPECT_EQ(valueOf(read(entry, packed)).as<uint8_t>()[999], 'q');

  ZipEntry lie = entry;
  lie.crc ^= 1;
  EXPECT_ERROR(read(lie, packed), "E0608");
  lie = entry, lie.unpacked += 1;
  EXPECT_ERROR(read(lie, packed), "E0605");
  lie = entry, lie.unpacked -= 1;
  EXPECT_ERROR(read(lie, packed), "E0603");
  lie = entry, lie.packed -= 5;
  EXPECT_ERROR(read(lie, packed), "E0603");
  lie = entry, lie.packed = int64_t(1) << 40; // zip64, and far beyond the file
  EXPECT_ERROR(read(lie, packed), "E0605");
  lie = entry, lie.method = 14;
  EXPECT_ERROR(read(lie, packed), "E0606");
  EXPECT_ERROR(read(entry, std::string(packed.size(), '\xFF')), "E0608");
  lie = entry, lie.method = 0, lie.packed = lie.unpacked;
  EXPECT_OK(read(lie, plain)); // stored

  std::string whole = archive(entry, packed);
  EXPECT_ERROR(readNpz(folder.write("x.npz", whole.substr(0, whole.size() - 1)), "a"), "E0603");
  EXPECT_ERROR(readNpz(folder.write("x.npz", whole.substr(0, 50)), "a"), "E0603");
  EXPECT_ERROR(readNpz(folder.write("x.npz", "no archive at all, but long enough for one"), "a"), "E0602");
  EXPECT_ERROR(readNpz(folder.write("x.npz", ""), "a"), "E0602");
}
