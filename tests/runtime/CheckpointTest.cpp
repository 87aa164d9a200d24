// safetensors: round trips, foreign headers, headers that lie, and SIGKILL while a checkpoint is being replaced.
#include "runtime/Train/Checkpoint.h"
#include "TestFiles.h"
#include <csignal>
#include <fstream>
#include <sys/wait.h>
#include <unistd.h>

using namespace fluxion::runtime;

TEST(Checkpoint, RoundTrips) {
  TestFolder folder;
  PhiloxStream random(6, 0);
  std::vector<HostArray> arrays;
  std::vector<TensorView> views;
  int64_t extent = 0;
  for (ElementType type : allTypes) {
    arrays.push_back(randomArray(type, {extent++ % 4, 5}, random));
    views.push_back({"layer \"" + std::string(name(type)) + "\"\\\n\u00e9", view(arrays.back())});
  }
  arrays.push_back(randomArray(ElementType::I64, {}, random));
  views.push_back({"t", view(arrays.back())});
  Metadata metadata = {{"epoch", "3"}, {"seed", "-7"}, {"note", "tab\t quote\" \u00fc \x01"}};
  EXPECT_OK(writeSafetensors(folder.file("w.safetensors"), views, metadata));
  auto back = valueOf(Safetensors::open(folder.file("w.safetensors")));
  EXPECT_TRUE(back.hasChecksum());
  Metadata own = back.metadata();
  own.erase("checksum");
  EXPECT_EQ(own, metadata);
  EXPECT_EQ(valueOf(back.integer("seed")), -7);
  EXPECT_ERROR(back.integer("note"), "E0614");
  EXPECT_ERROR(back.integer("batch"), "E0614");
  ASSERT_EQ(back.entries().size(), views.size());
  for (size_t i = 0; i < views.size(); ++i) {
    EXPECT_EQ(back.entries()[i].name, views[i].name);
    expectSameArray(valueOf(back.read(views[i].name)), arrays[i]);
    HostArray target = valueOf(HostArray::allocate(arrays[i].type, arrays[i].shape));
    EXPECT_OK(back.readInto(views[i].name, arrays[i].type, arrays[i].shape, target.data()));
    expectSameArray(target, arrays[i]);
  }
  EXPECT_ERROR(back.read("absent"), "E0609");
  EXPECT_ERROR(back.readInto("absent", ElementType::I64, {}, nullptr), "E0614");
  EXPECT_ERROR(back.readInto("t", ElementType::I32, {}, nullptr), "E0614");
  EXPECT_ERROR(back.readInto("t", ElementType::I64, std::vector<int64_t>{1}, nullptr), "E0614");
}

// Every single bit: either the file is refused, or (a bit of the checksum's own key) it is read as one that has none, and
// holds what was written.
TEST(Checkpoint, FlippedBitsAreSeen) {
  TestFolder folder;
  HostArray array = valueOf(HostArray::allocate(ElementType::F32, {7}));
  for (int i = 0; i < 7; ++i) array.as<float>()[i] = float(i) * 0.3f;
  TensorView views[] = {{"w", view(array)}};
  std::string path = folder.file("w.safetensors");
  EXPECT_OK(writeSafetensors(path, views, {{"epoch", "3"}, {"seed", "7"}}));
  std::ifstream in(path, std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(in)), {});
  int without = 0;
  for (size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    std::string flipped = bytes;
    flipped[bit / 8] = char(flipped[bit / 8] ^ (1 << (bit % 8)));
    std::ofstream(path, std::ios::binary) << flipped;
    auto file = Safetensors::open(path);
    if (!file) continue;
    EXPECT_FALSE(file->hasChecksum()) << bit;
    ++without;
    expectSameArray(valueOf(file->read("w")), array);
  }
  EXPECT_LE(without, 8 * int(checksumKey.size()));
}

TEST(Checkpoint, WritesNothingImpossible) {
  TestFolder folder;
  HostArray array = valueOf(HostArray::allocate(ElementType::F32, {2}));
  TensorView twice[] = {{"a", view(array)}, {"a", view(array)}}, reserved[] = {{"__metadata__", view(array)}};
  EXPECT_ERROR(writeSafetensors(folder.file("w"), twice), "E0613");
  EXPECT_ERROR(writeSafetensors(folder.file("w"), reserved), "E0613");
  EXPECT_ERROR(writeSafetensors(folder.file("w"), {}, {{"k", "\xFF"}}), "E0613");
  EXPECT_ERROR(writeSafetensors(folder.file("w"), {}, {{"checksum", "1"}}), "E0613");
  EXPECT_ERROR(writeSafetensors(folder.file("no/such/folder"), {}), "E0615");
  EXPECT_OK(writeSafetensors(folder.file("w"), {}));
  EXPECT_EQ(valueOf(Safetensors::open(folder.file("w"))).entries().size(), 0u);
}

static std::string tensors(const std::string &header, const std::string &data) {
  std::string length;
  for (int i = 0; i < 8; ++i) length += char(header.size() >> (8 * i));
  return length + header + data;
}

TEST(Checkpoint, RefusesWhatIsWrong) {
  TestFolder folder;
  auto open = [&](const std::string &header, const std::string &data) {
    return Safetensors::open(folder.write("w", tensors(header, data)));
  };
  std::string a = R"("a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]})",
              b = R"("b":{"dtype":"U8","shape":[3],"data_offsets":[8,11]})";
  EXPECT_OK(open("{" + a + "," + b + "}   ", "12345678abc"));
  EXPECT_OK(open("{" + b + "," + a + "}", "12345678abc")); // any order in the header
  EXPECT_OK(open(" {\"__metadata__\" : {\"k\":\"\\u00e9\\ud83d\\ude00\"} } ", ""));
  EXPECT_ERROR(open("{" + a + "," + b + "}", "12345678ab"), "E0603");
  EXPECT_ERROR(open("{" + a + "," + b + "}", "12345678abcd"), "E0607");
  EXPECT_ERROR(open("{" + a + "," + a + "}", "12345678"), "E0613");
  EXPECT_ERROR(
      open(
          R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}})",
          "123"),
      "E0613");
  EXPECT_ERROR(open(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}})", "123"), "E0613");
  EXPECT_ERROR(open(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,3]}})", "123"), "E0613");
  EXPECT_ERROR(open(R"({"a":{"dtype":"U8","shape":[-2],"data_offsets":[0,2]}})", "12"), "E0605");
  EXPECT_ERROR(open(R"({"a":{"dtype":"F64","shape":[4294967296,4294967296],"data_offsets":[0,0]}})", ""), "E0605");
  EXPECT_ERROR(open(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[3,1]}})", "123"), "E0613");
  EXPECT_ERROR(open(R"({"a":{"dtype":"F8_E4M3","shape":[2],"data_offsets":[0,2]}})", "12"), "E0606");
  for (auto bad : {"", "{", "[]", "{\"a\":1}", "{\"a\":{}}", "{} x",
                   "{\"a\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0,0]}}",
                   "{\"a\":{\"dtype\":\"U8\",\"shape\":[0],\"shape\":[0],\"data_offsets\":[0,0]}}",
                   "{\"a\":{\"dtype\":\"U8\",\"shape\":[0.5],\"data_offsets\":[0,0]}}",
                   "{\"a\":{\"dtype\":\"U8\",\"shape\":[99999999999999999999],\"data_offsets\":[0,0]}}",
                   "{\"__metadata__\":{\"k\":1}}", "{\"__metadata__\":{},\"__metadata__\":{}}",
                   "{\"__metadata__\":{\"k\":\"\xFF\"}}", "{\"\\ud800\":{}}", "{\"a\":{\"dtype\":\"U8\",}}"})
    EXPECT_ERROR(open(bad, ""), "E0604");
  EXPECT_ERROR(Safetensors::open(folder.write("w", "1234")), "E0603");
  EXPECT_ERROR(Safetensors::open(folder.write("w", std::string("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF{}", 10))), "E0604");
  EXPECT_ERROR(Safetensors::open(folder.write("w", std::string("\x40\x00\x00\x00\x00\x00\x00\x00{}", 10))), "E0603");
  EXPECT_ERROR(Safetensors::open(folder.file("absent")), "E0601");
}

// Property: a checkpoint cut at any byte is refused.
TEST(Checkpoint, CutShortAnywhereIsRefused) {
  TestFolder folder;
  PhiloxStream random(8, 0);
  HostArray a = randomArray(ElementType::F32, {5, 3}, random), b = randomArray(ElementType::U8, {7}, random);
  TensorView views[] = {{"a", view(a)}, {"b", view(b)}};
  EXPECT_OK(writeSafetensors(folder.file("w"), views, {{"epoch", "1"}}));
  std::string whole = folder.read("w");
  for (size_t length = 0; length < whole.size(); ++length)
    ASSERT_FALSE(Safetensors::open(folder.write("cut", whole.substr(0, length)))) << length;
  EXPECT_OK(Safetensors::open(folder.write("cut", whole)));
}

// A process is killed again and again while it replaces a checkpoint; what is found is always one of its versions,
// complete.
TEST(Checkpoint, SurvivesSigkill) {
  TestFolder folder;
  std::string path = folder.file("w.safetensors");
  constexpr int64_t size = 300'000;
  auto save = [&](float version) {
    HostArray array = valueOf(HostArray::allocate(ElementType::F32, {size}));
    for (float &element : array.as<float>()) element = version;
    TensorView views[] = {{"w", view(array)}};
    return bool(writeSafetensors(path, views, {{"version", std::to_string(int(version))}}));
  };
  ASSERT_TRUE(save(0));
  PhiloxStream random(10, 0);
  for (int round = 0; round < 25; ++round) {
    pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0)
      for (float version = 1;; ++version) save(version);
    usleep(2000 + random.below(15000));
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    auto file = valueOf(Safetensors::open(path));
    HostArray array = valueOf(file.read("w"));
    for (float element : array.as<float>()) ASSERT_EQ(element, float(valueOf(file.integer("version"))));
  }
  int strays = 0;
  for (auto &entry : std::filesystem::directory_iterator(folder.path)) strays += entry.path() != path;
  EXPECT_LE(strays, 25); // none where files can be made without a name; never one that could be taken for a checkpoint
}
