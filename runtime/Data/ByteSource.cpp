// Files and zlib streams behind one reading interface. Deflate expands at most 1032 times (a match of 258 bytes takes
// two bits), which bounds what a compressed file can hold without unpacking it.
#include "runtime/Data/ByteSource.h"
#include "runtime/Support/Errors.h"
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>
#include <zlib.h>

namespace fluxion::runtime {

Status ByteSource::readExactly(void *target, size_t size, const char *what) {
  int64_t start = position;
  auto got = read(target, size);
  if (!got) return got.error();
  if (*got == size) return Done{};
  return Error{errors::truncated,
               std::string("the file ends within ") + what + ": " + std::to_string(size) + " bytes expected, " +
                   std::to_string(*got) + " there",
               path, start};
}

Status ByteSource::expectEnd() {
  char byte;
  int64_t start = position;
  auto got = read(&byte, 1);
  if (!got) return got.error();
  if (*got == 0) return Done{};
  return Error{errors::trailingBytes, "the data end here, but the file goes on", path, start};
}

Result<std::shared_ptr<InputFile>> InputFile::open(const std::string &path) {
  auto file = std::make_shared<InputFile>();
  file->path = path;
  // Not blocking: opening a pipe must not wait for its writer.
  file->descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  struct stat status;
  if (file->descriptor < 0 || fstat(file->descriptor, &status) != 0)
    return Error{errors::cannotRead, std::string("cannot open the file: ") + strerror(errno), path};
  if (!S_ISREG(status.st_mode)) return Error{errors::cannotRead, "this is not a regular file", path};
  file->size = status.st_size;
  return file;
}

InputFile::~InputFile() {
  if (descriptor >= 0) close(descriptor);
}

Result<size_t> InputFile::readAt(int64_t offset, void *target, size_t bytes) const {
  size_t done = 0;
  while (done < bytes) {
    ssize_t got =
        pread(descriptor, static_cast<char *>(target) + done, std::min<size_t>(bytes - done, 1 << 30), offset + done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0)
      return Error{errors::cannotRead, std::string("cannot read: ") + strerror(errno), path, offset + int64_t(done)};
    if (got == 0) break;
    done += size_t(got);
  }
  return done;
}

namespace {

class RangeSource : public ByteSource {
public:
  RangeSource(std::shared_ptr<InputFile> file, int64_t begin, int64_t end)
      : file(std::move(file)), at(begin), end(end) {
    path = this->file->path;
  }
  Result<size_t> read(void *target, size_t size) override {
    auto got =
        file->readAt(at, target, size_t(std::min<int64_t>(int64_t(std::min<size_t>(size, INT64_MAX)), end - at)));
    if (got) at += *got, position += *got;
    return got;
  }
  int64_t remainingAtMost() const override { return end - at; }

private:
  std::shared_ptr<InputFile> file;
  int64_t at, end;
};

class InflateSource : public ByteSource {
public:
  InflateSource(std::unique_ptr<ByteSource> packed, Compression compression)
      : packed(std::move(packed)), gzip(compression == Compression::Gzip) {
    path = this->packed->path;
  }
  ~InflateSource() override {
    if (ready) inflateEnd(&stream);
  }
  Result<size_t> read(void *target, size_t size) override;
  int64_t remainingAtMost() const override {
    int64_t left = packed->remainingAtMost() + stream.avail_in;
    return left > INT64_MAX / 2048 ? INT64_MAX : left * 1032 + (1 << 16); // and what zlib holds in its window
  }

private:
  Status refill();
  Status startStream();
  Status endOfMember();
  Error corrupt(const char *reason) const {
    return {errors::corruptStream,
            std::string("the compressed data are damaged: ") + (stream.msg ? stream.msg : reason), path,
            packed->position - int64_t(stream.avail_in)};
  }

  std::unique_ptr<ByteSource> packed;
  bool gzip, ready = false, ended = false;
  z_stream stream{};
  std::vector<unsigned char> input = std::vector<unsigned char>(1 << 16);
};

Status InflateSource::startStream() {
  if (inflateInit2(&stream, gzip ? 15 + 16 : -15) != Z_OK)
    return Error{errors::outOfMemory, "zlib finds no memory", path};
  ready = true;
  return Done{};
}

/// Input for zlib unless it has some; none is left at the end of the file.
Status InflateSource::refill() {
  if (stream.avail_in > 0) return Done{};
  auto got = packed->read(input.data(), input.size());
  if (!got) return got.error();
  stream.next_in = input.data(), stream.avail_in = unsigned(*got);
  return Done{};
}

/// A gzip file may be several members one after another; anything else behind one is refused.
Status InflateSource::endOfMember() {
  if (auto status = refill(); !status) return status;
  if (stream.avail_in == 0) {
    ended = true;
    return Done{};
  }
  if (gzip && stream.next_in[0] == 0x1F) {
    inflateReset(&stream);
    return Done{};
  }
  return Error{errors::trailingBytes, "bytes follow the end of the compressed data", path,
               packed->position - stream.avail_in};
}

Result<size_t> InflateSource::read(void *target, size_t size) {
  if (!ready)
    if (auto status = startStream(); !status) return status.error();
  size_t done = 0;
  while (done < size && !ended) {
    if (auto status = refill(); !status) return status.error();
    if (stream.avail_in == 0)
      return Error{errors::truncated, "the compressed data break off here", path, packed->position};
    stream.next_out = static_cast<unsigned char *>(target) + done;
    stream.avail_out = unsigned(std::min<size_t>(size - done, 1 << 30));
    unsigned before = stream.avail_out;
    int code = inflate(&stream, Z_NO_FLUSH);
    done += before - stream.avail_out;
    if (code == Z_STREAM_END) {
      if (auto status = endOfMember(); !status) return status.error();
    } else if (code != Z_OK && code != Z_BUF_ERROR) {
      return corrupt(code == Z_MEM_ERROR ? "zlib finds no memory" : "unknown code");
    }
  }
  position += int64_t(done);
  return done;
}

} // namespace

Result<std::unique_ptr<ByteSource>> openRange(std::shared_ptr<InputFile> file, int64_t begin, int64_t end,
                                              Compression compression) {
  std::unique_ptr<ByteSource> range = std::make_unique<RangeSource>(std::move(file), begin, end);
  if (compression == Compression::None) return range;
  return std::unique_ptr<ByteSource>(std::make_unique<InflateSource>(std::move(range), compression));
}

Result<std::unique_ptr<ByteSource>> openSource(const std::string &path) {
  auto file = InputFile::open(path);
  if (!file) return file.error();
  unsigned char magic[2] = {};
  auto got = (*file)->readAt(0, magic, 2);
  if (!got) return got.error();
  bool packed = *got == 2 && magic[0] == 0x1F && magic[1] == 0x8B;
  int64_t size = (*file)->size;
  return openRange(std::move(*file), 0, size, packed ? Compression::Gzip : Compression::None);
}

} // namespace fluxion::runtime
