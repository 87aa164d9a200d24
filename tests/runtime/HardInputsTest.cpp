// Valid files of every format, damaged at random: the readers answer with a value or an error, in little time and
// memory. Run under the sanitizers this is a small fuzzer; what it does not find may still be there.
#include "TestFiles.h"
#include "runtime/Data/Readers.h"
#include "runtime/Data/Writers.h"
#include "runtime/Train/Checkpoint.h"
#include <chrono>
#include <functional>
#include <sys/mman.h>
#include <unistd.h>

using namespace fluxion::runtime;

/// A copy with a few bytes changed, cut, doubled or replaced by what numbers like to be at their worst.
static std::string damaged(std::string text, PhiloxStream &random) {
  for (uint32_t change = 1 + random.below(4); change-- > 0 && !text.empty();) {
    size_t at = random.below(4) ? random.below(uint32_t(std::min<size_t>(text.size(), 160)))
                                : random.below(uint32_t(text.size()));
    switch (random.below(7)) {
    case 0:
      text[at] = char(random.below(256));
      break;
    case 1:
      text[at] ^= char(1 << random.below(8));
      break;
    case 2:
      text.resize(at);
      break;
    case 3:
      text.insert(at, text.substr(at, random.below(50)));
      break;
    case 4:
      text.erase(at, random.below(20));
      break;
    case 5:
      text.replace(at, std::min<size_t>(text.size() - at, 1 + random.below(8)),
                   std::string(1 + random.below(8), '\xFF'));
      break;
    default:
      text.insert(at, std::to_string(int64_t(1) << random.below(63)));
      break;
    }
  }
  return text;
}

static void damageAndRead(const std::string &good, const std::function<bool(const std::string &)> &read) {
  int file = memfd_create("damaged", MFD_CLOEXEC); // thousands of files on a disk would take their time
  auto readBytes = [&](const std::string &bytes) {
    EXPECT_EQ(ftruncate(file, 0), 0);
    EXPECT_EQ(pwrite(file, bytes.data(), bytes.size(), 0), ssize_t(bytes.size()));
    return read("/proc/self/fd/" + std::to_string(file));
  };
  PhiloxStream random(14, int64_t(good.size()));
  ASSERT_TRUE(readBytes(good));
  auto begin = std::chrono::steady_clock::now();
  const char *wanted = getenv("FLUXION_FUZZ_ROUNDS"); // more, by hand
  int rounds = wanted ? atoi(wanted) : 1500;
  for (int round = 0; round < rounds; ++round) readBytes(damaged(good, random));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(60000 + rounds));
  close(file);
}

TEST(HardInputs, Idx) {
  std::string good = std::string("\0\0\x0C\x02\0\0\0\x04\0\0\0\x05", 12) + std::string(80, 'x');
  auto read = [](const std::string &path) { return bool(readIdx(path)); };
  damageAndRead(good, read);
  damageAndRead(gzipped(good), read);
}

TEST(HardInputs, NpyAndNpz) {
  TestFolder folder;
  PhiloxStream random(15, 0);
  HostArray a = randomArray(ElementType::F32, {4, 5}, random), b = randomArray(ElementType::I64, {3}, random);
  EXPECT_OK(writeNpy(folder.file("x"), view(a)));
  auto readPlain = [](const std::string &path) { return bool(readNpy(path)); };
  damageAndRead(folder.read("x"), readPlain);
  std::string fortran = folder.read("x");
  fortran.replace(fortran.find("False"), 5, "True ");
  damageAndRead(fortran, readPlain);
  NamedView both[] = {{"a", view(a)}, {"b", view(b)}};
  EXPECT_OK(writeNpz(folder.file("y"), both));
  damageAndRead(folder.read("y"), [](const std::string &path) { return bool(readNpz(path)); });
}

TEST(HardInputs, Csv) {
  damageAndRead("a,\"b\",c\n1,2,3\n\"4\",5.5,-6e3\n7,8,9\n", [](const std::string &path) {
    return bool(readCsv(path, {{"", ElementType::F32}, {"-1", ElementType::I32}}));
  });
}

TEST(HardInputs, Safetensors) {
  TestFolder folder;
  PhiloxStream random(16, 0);
  HostArray a = randomArray(ElementType::F32, {4, 5}, random), b = randomArray(ElementType::U8, {3}, random);
  TensorView both[] = {{"a", view(a)}, {"b", view(b)}};
  EXPECT_OK(writeSafetensors(folder.file("x"), both, {{"epoch", "3"}}));
  damageAndRead(folder.read("x"), [](const std::string &path) {
    auto file = Safetensors::open(path);
    if (!file) return false;
    for (auto &entry : file->entries())
      if (!file->read(entry.name)) return false;
    return true;
  });
}
