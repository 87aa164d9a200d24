// Compiled code on disk: damage, collisions, races, bounds.
#include "compiler/Driver/Cache.h"
#include "Programs.h"
#include "compiler/Driver/Archive.h"
#include <chrono>
#include <fstream>
#include <thread>

using namespace fluxion;
using fluxion::samples::TemporaryFolder;

namespace {

CompiledObject sample(size_t bytes = 100) {
  CompiledObject object;
  object.object = std::string(bytes, 'x');
  object.entry = "main";
  object.arenaBytes = 4096;
  object.arguments = {{"w", ElementType::F32, {3, 4}}, {"lam", ElementType::F64, {}}};
  object.results = {{"0", ElementType::I64, {7}, 1}};
  object.faultSites = {{"m.flx:1:2", "gather"}};
  return object;
}

std::string contents(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}
void overwrite(const std::string &path, const std::string &bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

TEST(Archive, KeepsEverything) {
  auto back = unarchive(archive(sample()));
  ASSERT_TRUE(back);
  EXPECT_EQ(archive(*back), archive(sample()));
  EXPECT_EQ(back->results[0].donated, 1);
  EXPECT_EQ(back->arguments[0].shape, (std::vector<int64_t>{3, 4}));
}

TEST(Archive, EveryTruncationIsRefused) {
  std::string bytes = archive(sample());
  for (size_t length = 0; length < bytes.size(); ++length) EXPECT_FALSE(unarchive(bytes.substr(0, length)));
  EXPECT_FALSE(unarchive(bytes + "x"));
}

TEST(Archive, HostileLengthsAreRefused) {
  std::string bytes = archive(sample());
  for (size_t at = 0; at + 8 <= bytes.size(); at += 8)
    for (uint64_t value : {~uint64_t(0), uint64_t(1) << 62, uint64_t(1) << 32}) {
      std::string damaged = bytes;
      memcpy(damaged.data() + at, &value, 8);
      (void)unarchive(damaged); // must neither crash nor allocate the universe
    }
}

TEST(Cache, ReturnsWhatWasStored) {
  TemporaryFolder folder;
  CodeCache cache(folder.path);
  EXPECT_FALSE(cache.load("key"));
  ASSERT_TRUE(cache.store("key", sample()));
  auto found = cache.load("key");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->object, sample().object);
  EXPECT_FALSE(cache.load("other key"));
}

TEST(Cache, DamageIsAMissAndIsRepaired) {
  TemporaryFolder folder;
  CodeCache cache(folder.path);
  cache.store("key", sample());
  std::string path = cache.fileFor("key"), whole = contents(path);
  for (size_t at = 0; at < whole.size(); at += 7) {
    std::string damaged = whole;
    damaged[at] ^= 1;
    overwrite(path, damaged);
    EXPECT_FALSE(cache.load("key")) << "byte " << at;
    overwrite(path, whole.substr(0, at));
    EXPECT_FALSE(cache.load("key")) << "cut at " << at;
  }
  ASSERT_TRUE(cache.store("key", sample()));
  EXPECT_TRUE(cache.load("key"));
}

TEST(Cache, AFileOfAnotherKeyIsAMiss) {
  TemporaryFolder folder;
  CodeCache cache(folder.path);
  cache.store("key", sample());
  std::filesystem::copy_file(cache.fileFor("key"), cache.fileFor("other")); // as if the names collided
  EXPECT_FALSE(cache.load("other"));
}

TEST(Cache, ForgetsTheLeastRecentlyUsed) {
  TemporaryFolder folder;
  CodeCache cache(folder.path, 50000);
  for (int i = 0; i < 4; ++i) {
    cache.store("key" + std::to_string(i), sample(10000));
    std::filesystem::last_write_time(cache.fileFor("key" + std::to_string(i)),
                                     std::filesystem::file_time_type::clock::now() - std::chrono::minutes(10 - i));
  }
  ASSERT_TRUE(cache.load("key0")); // used just now
  cache.store("key4", sample(10000));
  cache.store("key5", sample(10000));
  EXPECT_TRUE(cache.load("key0"));
  EXPECT_FALSE(cache.load("key1"));
  EXPECT_TRUE(cache.load("key5"));
  EXPECT_LE(cache.usage().bytes, 50000u);
}

TEST(Cache, UnwritableDirectoryIsNoError) {
  CodeCache cache("/proc/nowhere");
  EXPECT_FALSE(cache.store("key", sample()));
  EXPECT_FALSE(cache.load("key"));
  EXPECT_EQ(cache.usage().entries, 0u);
}

TEST(Cache, ManyWritersAndReaders) {
  TemporaryFolder folder;
  CodeCache cache(folder.path);
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) {
        std::string key = "key" + std::to_string((t + i) % 3);
        cache.store(key, sample(size_t(5000 + (t + i) % 3)));
        if (auto found = cache.load(key); found && found->object.size() != size_t(5000 + (t + i) % 3)) ++wrong;
      }
    });
  for (std::thread &thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(cache.usage().entries, 3u);
}

TEST(CacheKey, DependsOnWhatDecidesCode) {
  Module module = samples::programs();
  CompileRequest request = requestFor(module, *module.find("axpy"), {{"N", 3}}, {});
  std::string key = cacheKey(request);
  EXPECT_EQ(key, cacheKey(request));
  CompileRequest other = request;
  other.dimensions["N"] = 4;
  EXPECT_NE(key, cacheKey(other));
  other = request;
  other.options.fastMath = true;
  EXPECT_NE(key, cacheKey(other));
  other = request;
  other.options.strict = true;
  EXPECT_NE(key, cacheKey(other));
  other = request;
  other.options.simplify = false;
  EXPECT_NE(key, cacheKey(other));
  other = request;
  other.options.cpu = "x86-64";
  EXPECT_NE(key, cacheKey(other));
  other = request;
  other.function = "pick";
  EXPECT_NE(key, cacheKey(other));
}

} // namespace
