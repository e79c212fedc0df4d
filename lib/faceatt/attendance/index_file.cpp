#include "faceatt/attendance/index_file.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "faceatt/core/error.hpp"

namespace faceatt {
namespace {

constexpr std::uint64_t kFirstEntry = 4096;   // where they begin in the file
constexpr std::uint64_t kSmallest = 1 << 14;  // entries
constexpr std::uint64_t kBlock = 32;          // entries read at once

struct Header {
  std::array<char, 16> magic{};
  std::array<char, 48> boot{};
  std::uint64_t capacity = 0, used = 0;
  LogCoverage coverage;
  std::uint64_t checksum = 0;  // of all before it
};
using HeaderBytes = std::array<char, sizeof(Header)>;

constexpr std::array<char, 16> kMagic = {'f', 'a', 'c', 'e', 'a', 't', 't', ' ', 'i', 'n', 'd', 'e', 'x', ' ', '1'};

// The kernel's name of this boot; empty when it does not tell.
const std::string& boot_id() {
  static const std::string id = [] {
    const Descriptor file(::open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC));
    std::array<char, 36> text{};
    const bool is_whole = file && ::read(file.get(), text.data(), text.size()) == std::ssize(text);
    return is_whole ? std::string(text.begin(), text.end()) : std::string();
  }();
  return id;
}

std::uint64_t checksum_of(const Header& header) {
  const auto bytes = std::bit_cast<HeaderBytes>(header);
  return fnv1a({bytes.data(), offsetof(Header, checksum)});
}

Header make_header(std::uint64_t capacity, std::uint64_t used, const LogCoverage& coverage) {
  Header header{kMagic, {}, capacity, used, coverage, 0};
  std::copy(boot_id().begin(), boot_id().end(), header.boot.begin());
  header.checksum = checksum_of(header);
  return header;
}

void read_at(int fd, void* bytes, std::size_t size, std::uint64_t at) {
  const ssize_t n = ::pread(fd, bytes, size, static_cast<off_t>(at));
  if (std::cmp_not_equal(n, size)) throw IndexFile::Failure(n < 0 ? errno : EIO, std::generic_category());
}

void write_at(int fd, const void* bytes, std::size_t size, std::uint64_t at) {
  const ssize_t n = ::pwrite(fd, bytes, size, static_cast<off_t>(at));
  if (std::cmp_not_equal(n, size)) throw IndexFile::Failure(n < 0 ? errno : EIO, std::generic_category());
}

bool is_crowded(std::uint64_t used, std::uint64_t capacity) { return used > capacity / 10 * 7; }

bool is_on_network(int fd) {
  struct statfs info {};
  if (::fstatfs(fd, &info) != 0) return true;
  constexpr std::array<std::uint32_t, 8> kNetworks = {NFS_SUPER_MAGIC,  SMB_SUPER_MAGIC, CIFS_SUPER_MAGIC,
                                                      SMB2_SUPER_MAGIC, V9FS_MAGIC,      FUSE_SUPER_MAGIC,
                                                      CEPH_SUPER_MAGIC, AFS_SUPER_MAGIC};
  return std::find(kNetworks.begin(), kNetworks.end(), static_cast<std::uint32_t>(info.f_type)) != kNetworks.end();
}

}  // namespace

std::uint64_t fnv1a(std::string_view bytes) {  // http://www.isthe.com/chongo/tech/comp/fnv/
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

std::optional<IndexFile> IndexFile::open(const std::filesystem::path& path, bool writable) {
  IndexFile index;
  index.path_ = path;
  index.writable_ = writable;
  index.file_ = Descriptor(::open(path.c_str(), (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat info {};
  HeaderBytes bytes{};
  if (!index.file_ || ::fstat(index.file_.get(), &info) != 0 || !S_ISREG(info.st_mode)) return std::nullopt;
  if (::pread(index.file_.get(), bytes.data(), bytes.size(), 0) != std::ssize(bytes)) return std::nullopt;
  const auto header = std::bit_cast<Header>(bytes);
  const auto wanted = make_header(header.capacity, header.used, header.coverage);
  const auto size = static_cast<std::uint64_t>(info.st_size);
  const bool is_whole = std::has_single_bit(header.capacity) && header.used < header.capacity &&
                        header.capacity < size && size == kFirstEntry + header.capacity * sizeof(Entry);
  if (boot_id().empty() || !is_whole || bytes != std::bit_cast<HeaderBytes>(wanted)) return std::nullopt;
  index.capacity_ = header.capacity;
  index.used_ = header.used;
  index.coverage_ = header.coverage;
  return index;
}

std::optional<IndexFile> IndexFile::create(const std::filesystem::path& path, const std::vector<Entry>& entries,
                                           const LogCoverage& coverage, const struct stat& log) {
  const bool may_replace = ::faccessat(AT_FDCWD, path.c_str(), R_OK | W_OK, AT_EACCESS) == 0 || errno == ENOENT;
  if (boot_id().empty() || !may_replace) return std::nullopt;
  std::uint64_t capacity = kSmallest;
  while (is_crowded(entries.size() * 9 / 8, capacity)) capacity *= 2;
  std::vector<Entry> table(capacity);
  for (const Entry& entry : entries) {
    auto at = entry.hash & (capacity - 1);
    while (table[at].offset != 0) at = (at + 1) & (capacity - 1);
    table[at] = entry;
  }
  const std::filesystem::path temporary = path.string() + ".new";  // always the same: what a crash leaves goes
  ::unlink(temporary.c_str());
  IndexFile index;
  index.file_ = Descriptor(::open(temporary.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!index.file_ || is_on_network(index.file_.get())) {
    ::unlink(temporary.c_str());
    return std::nullopt;
  }
  index.path_ = path;
  index.writable_ = true;
  index.capacity_ = capacity;
  index.used_ = entries.size();
  index.coverage_ = coverage;
  try {
    const int fd = index.file_.get();
    const bool same_owner = ::fchown(fd, log.st_uid, log.st_gid) == 0;
    if (::fchmod(fd, log.st_mode & (same_owner ? 0666U : 0606U)) != 0) throw Failure(errno, std::generic_category());
    std::string first(kFirstEntry, '\0');
    const auto header = std::bit_cast<HeaderBytes>(make_header(capacity, entries.size(), coverage));
    std::copy(header.begin(), header.end(), first.begin());
    write_all(fd, first);
    write_all(fd, {reinterpret_cast<const char*>(table.data()), table.size() * sizeof(Entry)});
    if (::rename(temporary.c_str(), path.c_str()) != 0) throw Failure(errno, std::generic_category());
  } catch (const std::system_error&) {
    ::unlink(temporary.c_str());
    return std::nullopt;
  }
  return index;
}

void IndexFile::write_header() {
  const auto bytes = std::bit_cast<HeaderBytes>(make_header(capacity_, used_, coverage_));
  write_at(file_.get(), bytes.data(), bytes.size(), 0);
}

void IndexFile::cover(const LogCoverage& coverage) {
  coverage_ = coverage;
  write_header();
}

void IndexFile::probe(std::uint64_t hash, const auto& visit) const {
  std::array<Entry, kBlock> block;
  std::uint64_t at = hash & (capacity_ - 1);
  for (std::uint64_t seen = 0; seen < capacity_;) {
    const std::uint64_t n = std::min(kBlock, capacity_ - at);
    read_at(file_.get(), block.data(), n * sizeof(Entry), kFirstEntry + at * sizeof(Entry));
    for (std::uint64_t i = 0; i < n; ++i) {
      if (!visit(block[i], at + i) || block[i].offset == 0) return;
    }
    seen += n;
    at = (at + n) & (capacity_ - 1);
  }
  throw Failure(EIO, std::generic_category());  // full: not one of ours
}

std::vector<std::uint64_t> IndexFile::find(std::uint64_t hash) const {
  std::vector<std::uint64_t> offsets;
  probe(hash, [&](const Entry& entry, std::uint64_t) {
    if (entry.hash == hash && entry.offset != 0) offsets.push_back(entry.offset);
    return true;
  });
  return offsets;
}

void IndexFile::add(std::uint64_t hash, std::uint64_t offset) {
  if (is_crowded(used_ + 1, capacity_)) grow();
  probe(hash, [&](const Entry& there, std::uint64_t at) {
    if (there.offset != 0) return true;
    const Entry entry{hash, offset};
    write_at(file_.get(), &entry, sizeof entry, kFirstEntry + at * sizeof(Entry));
    return false;
  });
  ++used_;  // written with what is covered, later: what dies meanwhile leaves a count that is a little low
}

void IndexFile::replace(std::uint64_t hash, std::uint64_t from, std::uint64_t to) {
  probe(hash, [&](const Entry& there, std::uint64_t at) {
    if (there.hash != hash || there.offset != from) return true;
    const Entry entry{hash, to};
    write_at(file_.get(), &entry, sizeof entry, kFirstEntry + at * sizeof(Entry));
    return false;
  });
}

void IndexFile::grow() {
  std::vector<Entry> entries(capacity_);
  const std::size_t size = entries.size() * sizeof(Entry);
  for (std::size_t done = 0; done < size;) {  // one call reads at most 2 GB
    const std::size_t n = std::min<std::size_t>(size - done, 1 << 24);
    read_at(file_.get(), reinterpret_cast<char*>(entries.data()) + done, n, kFirstEntry + done);
    done += n;
  }
  std::erase_if(entries, [](const Entry& entry) { return entry.offset == 0; });
  struct stat info {};
  if (::fstat(file_.get(), &info) != 0) throw Failure(errno, std::generic_category());
  auto larger = create(path_, entries, coverage_, info);
  if (!larger) throw Failure(ENOSPC, std::generic_category());
  *this = std::move(*larger);
}

}  // namespace faceatt
