// Compiled code on disk: damage, collisions, races, bounds.
#include "compiler/Driver/Cache.h"
#include "Programs.h"
#include "compiler/Driver/Archive.h"
#include "compiler/Driver/Host.h"
#include "compiler/Driver/Libraries.h"
#include "fluxion/runtime.h"
#include <chrono>
#include <fcntl.h>
#include <fstream>
#include <functional>
#include <sys/file.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

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

// Whatever stands in an entry's place is a miss, at once: folders, pipes, devices, links to them, files without end.
TEST(Cache, WhatIsNoPlainFileIsAMiss) {
  namespace fs = std::filesystem;
  TemporaryFolder folder;
  CodeCache cache(folder.path);
  ASSERT_TRUE(cache.store("key", sample()));
  const std::string path = cache.fileFor("key"), elsewhere = folder / "elsewhere";
  fs::copy_file(path, elsewhere);
  const std::pair<const char *, std::function<void()>> places[] = {
      {"a folder", [&] { fs::create_directory(path); }},
      {"a pipe", [&] { mkfifo(path.c_str(), 0600); }},
      {"a link to a device", [&] { fs::create_symlink("/dev/zero", path); }},
      {"a link to a terminal", [&] { fs::create_symlink("/dev/tty", path); }},
      {"a link to an entry", [&] { fs::create_symlink(elsewhere, path); }},
      {"a link to itself", [&] { fs::create_symlink(path, path); }},
      {"a huge file", [&] {
         std::ofstream(path) << "FLXCODE1";
         fs::resize_file(path, uint64_t(1) << 40);
       }}};
  for (const auto &[what, make] : places) {
    fs::remove_all(path);
    make();
    EXPECT_FALSE(cache.load("key")) << what;
    EXPECT_EQ(cache.usage().entries, what == std::string("a huge file")) << what;
    const bool isFolder = fs::is_directory(fs::symlink_status(path));
    EXPECT_EQ(cache.store("key", sample()), !isFolder) << what; // in place of what stood there
    EXPECT_EQ(bool(cache.load("key")), !isFolder) << what;
  }
  EXPECT_EQ(contents(elsewhere).size(), contents(path).size());
}

TEST(Cache, IsItsOwnersAlone) {
  TemporaryFolder folder;
  CodeCache cache(folder / "a/b");
  umask(0);
  ASSERT_TRUE(cache.store("key", sample()));
  umask(022);
  auto mode = [](const std::string &path) {
    struct stat status = {};
    lstat(path.c_str(), &status);
    return status.st_mode & 07777;
  };
  EXPECT_EQ(mode(folder / "a"), 0700u);
  EXPECT_EQ(mode(folder / "a/b"), 0700u);
  EXPECT_EQ(mode(cache.path()), 0700u);
  EXPECT_EQ(mode(cache.fileFor("key")), 0600u);
  // What others may have written is not run.
  ASSERT_EQ(chmod(cache.fileFor("key").c_str(), 0666), 0);
  EXPECT_FALSE(cache.load("key"));
  ASSERT_TRUE(cache.store("key", sample()));
  EXPECT_TRUE(cache.load("key"));
  ASSERT_EQ(chmod(cache.path().c_str(), 0777), 0);
  EXPECT_FALSE(cache.load("key"));
  EXPECT_FALSE(cache.store("key", sample()));
  ASSERT_EQ(chmod(cache.path().c_str(), 0755), 0); // as earlier versions made it
  EXPECT_TRUE(cache.load("key"));
  ASSERT_TRUE(cache.store("key", sample()));
  EXPECT_EQ(mode(cache.path()), 0700u);
}

TEST(Cache, OfAnotherUserIsNotUsed) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can make such files";
  TemporaryFolder folder;
  CodeCache cache(folder.path);
  ASSERT_TRUE(cache.store("key", sample()));
  ASSERT_EQ(chown(cache.fileFor("key").c_str(), 12345, 12345), 0);
  EXPECT_FALSE(cache.load("key"));
  ASSERT_TRUE(cache.store("key", sample()));
  ASSERT_EQ(chown(cache.path().c_str(), 12345, 12345), 0);
  EXPECT_FALSE(cache.load("key"));
  EXPECT_FALSE(cache.store("key", sample()));
}

TEST(Cache, ALinkIsNotItsFolder) {
  TemporaryFolder folder;
  std::filesystem::create_directory(folder / "other");
  std::filesystem::create_symlink(folder / "other", folder / "code");
  CodeCache cache(folder.path);
  EXPECT_FALSE(cache.store("key", sample()));
  EXPECT_TRUE(std::filesystem::is_empty(folder / "other"));
}

// What a killed writer left goes; what is being written stays.
TEST(Cache, SweepsWhatWasAbandoned) {
  TemporaryFolder folder;
  CodeCache cache(folder.path);
  ASSERT_TRUE(cache.store("key", sample()));
  const std::string left = cache.path() + "/.0123.flxc.0123456789abcdef.partial", held = cache.path() + "/.4567.flxc.0123456789abcdef.partial";
  std::ofstream(left) << "half";
  std::ofstream(held) << "half";
  int file = open(held.c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_EQ(flock(file, LOCK_EX), 0);
  ASSERT_TRUE(cache.store("other", sample()));
  EXPECT_FALSE(std::filesystem::exists(left));
  EXPECT_TRUE(std::filesystem::exists(held));
  close(file);
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

TEST(CacheKey, NamesTheBuilds) {
  Module module = samples::programs();
  std::string key = cacheKey(requestFor(module, *module.find("axpy"), {{"N", 3}}, {}));
  EXPECT_NE(key.find("abi " + std::to_string(FLX_ABI_VERSION) + " driver " + buildOf(driverLibraryPath())), key.npos);
  EXPECT_NE(key.find(" compiler " + buildOf(compilerLibraryPath())), key.npos);
  EXPECT_NE(key.find(hostCpuIdentity()), key.npos);
}

// The real compiler's libraries are found without loading it, and have builds.
TEST(Libraries, AreFoundAsTheLinkerFindsThem) {
  auto needs = needsOf(REAL_COMPILER);
  ASSERT_TRUE(needs);
  int found = 0;
  for (const std::string &name : needs->libraries) {
    std::string path = findLibrary(name, *needs);
    EXPECT_FALSE(path.empty()) << name;
    if (!name.starts_with("libMLIR") && !name.starts_with("libLLVM")) continue;
    ++found;
    EXPECT_GE(buildOf(path).size(), 16u) << path;
  }
  EXPECT_EQ(found, 2);
  EXPECT_FALSE(needsOf("/nowhere"));
  EXPECT_FALSE(needsOf("/dev/zero"));
  EXPECT_EQ(findLibrary("libnowhere.so.1", *needs), "");
}

TEST(Libraries, DamagedFilesAreRefused) {
  TemporaryFolder folder;
  std::string whole = contents(FAKE_COMPILER), path = folder / "x.so";
  for (size_t at = 0; at < 4096 && at < whole.size(); at += 3) {
    std::string damaged = whole;
    damaged[at] = char(0xff);
    overwrite(path, damaged);
    (void)needsOf(path); // whatever the answer
    overwrite(path, whole.substr(0, at * 7 % whole.size()));
    (void)needsOf(path);
  }
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
