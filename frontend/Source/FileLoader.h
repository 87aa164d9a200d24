// Where the text of sources comes from. The default reads the disk; tests, fuzzers and hosts that hold their programs in
// memory give their own. A loader never throws and never reports: it answers, and the front end says what is wrong.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace fluxion {

class FileLoader {
public:
  static constexpr size_t mostBytes = size_t(64) << 20; // a source is written by hand; a device might never end

  enum class Outcome : uint8_t { Read, Missing, Unreadable, TooLarge };
  struct Answer {
    Outcome outcome = Outcome::Missing;
    std::string text; // Read: what the file holds
    std::string why;  // otherwise: "Permission denied"
  };

  virtual ~FileLoader();
  // The same name for the same file, however it is reached; empty: there is no such file.
  virtual std::string identify(const std::string &path) = 0;
  // mayBePipe: of a program that is named itself, as in `fluxion check /dev/stdin`; an import is a regular file.
  virtual Answer read(const std::string &path, bool mayBePipe) = 0;
  // Names of the files of a folder that are sources (`.flx`), for suggestions; at most some hundreds.
  virtual std::vector<std::string> list(const std::string &folder) = 0;
};

// Files of this machine.
FileLoader &diskLoader();

// Files held in memory under the paths they would have; `beyond` is asked for what is not among them (null: nothing is).
class MemoryLoader : public FileLoader {
public:
  explicit MemoryLoader(FileLoader *beyond = nullptr) : beyond(beyond) {}
  void add(const std::string &path, std::string text);
  std::string identify(const std::string &path) override;
  Answer read(const std::string &path, bool mayBePipe) override;
  std::vector<std::string> list(const std::string &folder) override;

private:
  std::map<std::string, std::string> files; // by normal path
  FileLoader *beyond;
};

// Where the imports of a program are looked for.
struct SourceOptions {
  std::vector<std::string> searchPath; // folders asked after the importing file's own
  FileLoader *loader = nullptr;        // null: the disk
};

// "a/./b/../c.flx" -> "a/c.flx", by the letters alone.
std::string normalPath(const std::string &path);
// The path of `name` as written in a file of `folder`; an absolute name stands for itself, a folder of "" for none.
std::string joinedPath(const std::string &folder, const std::string &name);
std::string folderOf(const std::string &path); // "" for a bare name

} // namespace fluxion
