#include "faceatt/core/seal.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sodium.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "faceatt/core/error.hpp"
#include "faceatt/core/file.hpp"
#include "faceatt/core/text.hpp"

namespace faceatt {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kKeyTitle = "faceatt key 1\n";
constexpr std::size_t kKeyBytes = crypto_aead_xchacha20poly1305_ietf_KEYBYTES;
constexpr std::size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr std::size_t kKindAt = kSealTitle.size();
constexpr std::size_t kIdAt = kKindAt + 1;
constexpr std::size_t kNonceAt = kIdAt + sizeof(std::uint64_t);
constexpr std::size_t kHeadBytes = kNonceAt + kNonceBytes;
constexpr std::string_view kOfId = "faceatt key id";

using Buffer = std::array<unsigned char, kKeyBytes>;

unsigned char* raw(char* bytes) { return reinterpret_cast<unsigned char*>(bytes); }

Error cannot(const fs::path& file, const std::string& why) {
  return {ErrorCode::kCannotRun, fmt::format("{}: {}", printable(file.string()), why)};
}

void start_sodium() {
  static const int result = ::sodium_init();
  if (result < 0) throw Error(ErrorCode::kCannotRun, "libsodium cannot be used on this machine");
}

std::uint64_t id_of(const unsigned char* key) {
  std::uint64_t id = 0;
  std::array<unsigned char, crypto_generichash_BYTES_MIN> hash{};
  ::crypto_generichash(hash.data(), hash.size(), reinterpret_cast<const unsigned char*>(kOfId.data()), kOfId.size(),
                       key, kKeyBytes);
  std::memcpy(&id, hash.data(), sizeof id);
  return id;
}

std::string id_text(std::uint64_t id) { return fmt::format("{:016x}", id); }

// What to do about a file whose key is not there.
const char* way_out(unsigned char kind) {
  switch (static_cast<SealedKind>(kind)) {
    case SealedKind::kCache:
      return "or delete it, and it is made anew from the photos";
    case SealedKind::kPeople:
      return "or delete it, and it is loaded anew from the store";
    case SealedKind::kPicture:
    case SealedKind::kSidecar:
      break;
  }
  return "or move it away";
}

// A file that only its owner may read, and that nobody else put there.
void check_key_file(const fs::path& file, const struct stat& info) {
  if (!S_ISREG(info.st_mode)) throw cannot(file, "is no key file");
  if ((info.st_mode & 077U) != 0) throw cannot(file, "others may read this key; chmod 600 it");
  struct stat link {};
  if (::lstat(file.c_str(), &link) != 0) throw cannot(file, errno_text(errno));
  const bool is_ours = link.st_uid == 0 || link.st_uid == ::geteuid() || link.st_uid == info.st_uid;
  if (S_ISLNK(link.st_mode) && !is_ours)
    throw cannot(file, "is a link that belongs to somebody else; name the key itself");
}

// Into locked memory; the copy on the stack is wiped.
void read_key(const fs::path& file, unsigned char* key) {
  const Descriptor in(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat info {};
  if (!in || ::fstat(in.get(), &info) != 0) {
    throw cannot(file, errno == ENOENT ? "no such key; faceatt-enroll --make-key makes one" : errno_text(errno));
  }
  check_key_file(file, info);
  std::array<char, kKeyTitle.size() + 2 * kKeyBytes + 3> text{};  // room for "\r\n" and to see that there is more
  std::size_t size = 0;
  for (ssize_t n = 1; n > 0 && size < text.size();) {
    n = ::read(in.get(), text.data() + size, text.size() - size);
    if (n > 0) size += static_cast<std::size_t>(n);
    if (n < 0 && errno == EINTR) n = 1;
  }
  while (size > 0 && (text[size - 1] == '\n' || text[size - 1] == '\r')) --size;
  const std::string_view whole(text.data(), size);
  std::size_t bytes = 0;
  const bool good =
      whole.starts_with(kKeyTitle) && size == kKeyTitle.size() + 2 * kKeyBytes &&
      ::sodium_hex2bin(key, kKeyBytes, text.data() + kKeyTitle.size(), 2 * kKeyBytes, nullptr, &bytes, nullptr) == 0 &&
      bytes == kKeyBytes;
  ::sodium_memzero(text.data(), text.size());
  if (!good) throw cannot(file, "is no key file; faceatt-enroll --make-key makes one");
}

}  // namespace

bool is_sealed(std::string_view bytes) { return bytes.starts_with(kSealTitle); }

Seal::Seal(const fs::path& file) {
  start_sodium();
  // Between guard pages, locked into memory where the limits allow that, and left out of dumps.
  auto* const key = static_cast<unsigned char*>(::sodium_malloc(kKeyBytes));
  if (key == nullptr) throw cannot(file, errno_text(errno));
  key_ = std::shared_ptr<const unsigned char>(
      key, [](const unsigned char* p) { ::sodium_free(const_cast<unsigned char*>(p)); });
  read_key(file, key);
  ::sodium_mprotect_readonly(key);
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  id_ = id_of(key);
}

std::string Seal::id() const { return has_key() ? id_text(id_) : ""; }

std::string Seal::close(SealedKind kind, std::string plain) const {
  if (!has_key()) return plain;
  std::string out(kHeadBytes + plain.size() + kTagBytes, '\0');
  kSealTitle.copy(out.data(), kSealTitle.size());
  out[kKindAt] = static_cast<char>(kind);
  std::memcpy(out.data() + kIdAt, &id_, sizeof id_);
  ::randombytes_buf(out.data() + kNonceAt, kNonceBytes);
  const unsigned char* const head = raw(out.data());
  ::crypto_aead_xchacha20poly1305_ietf_encrypt(raw(out.data()) + kHeadBytes, nullptr,
                                               reinterpret_cast<const unsigned char*>(plain.data()), plain.size(), head,
                                               kHeadBytes, nullptr, head + kNonceAt, key_.get());
  return out;
}

std::string_view Seal::open(SealedKind kind, std::string& bytes, const fs::path& file) const {
  return open(bytes, file, &kind);
}

std::string_view Seal::open_any(std::string& bytes, const fs::path& file) const { return open(bytes, file, nullptr); }

std::string_view Seal::open(std::string& bytes, const fs::path& file, const SealedKind* kind) const {
  if (!is_sealed(bytes)) return bytes;
  const auto damaged = [&](const char* what) {
    return Error(ErrorCode::kInput, fmt::format("{}: {}", printable(file.string()), what));
  };
  if (bytes.size() < kHeadBytes + kTagBytes) throw damaged("is encrypted, and cut short");
  const auto found = static_cast<unsigned char>(bytes[kKindAt]);
  std::uint64_t id = 0;
  std::memcpy(&id, bytes.data() + kIdAt, sizeof id);
  if (!has_key()) {
    throw cannot(file, fmt::format("is encrypted; name its key with --key-file, {}", way_out(found)));
  }
  if (id != id_) {
    throw cannot(file, fmt::format("is encrypted with another key ({}, not {}); name that one with --key-file, {}",
                                   id_text(id), this->id(), way_out(found)));
  }
  if (kind != nullptr && found != static_cast<unsigned char>(*kind))
    throw damaged("is an encrypted file of another kind");
  unsigned char* const head = raw(bytes.data());
  unsigned char* const text = head + kHeadBytes;
  unsigned long long size = 0;
  if (::crypto_aead_xchacha20poly1305_ietf_decrypt(text, &size, nullptr, text, bytes.size() - kHeadBytes, head,
                                                   kHeadBytes, head + kNonceAt, key_.get()) != 0) {
    throw damaged("is encrypted, and damaged");
  }
  return std::string_view(bytes).substr(kHeadBytes, size);
}

std::string make_key_file(const fs::path& file) {
  start_sodium();
  Buffer key{};
  ::randombytes_buf(key.data(), key.size());
  std::array<char, kKeyTitle.size() + 2 * kKeyBytes + 1> text{};
  kKeyTitle.copy(text.data(), kKeyTitle.size());
  ::sodium_bin2hex(text.data() + kKeyTitle.size(), 2 * kKeyBytes + 1, key.data(), key.size());
  text.back() = '\n';
  const std::string id = id_text(id_of(key.data()));
  ::sodium_memzero(key.data(), key.size());
  const Descriptor out(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!out && errno == EEXIST) {
    throw UsageError(fmt::format("{}: exists; a key is never replaced, name another file", printable(file.string())));
  }
  if (!out) throw cannot(file, errno_text(errno));
  try {
    write_all(out.get(), {text.data(), text.size()});
    if (::fsync(out.get()) != 0) throw std::system_error(errno, std::generic_category());
  } catch (const std::system_error& e) {
    ::unlink(file.c_str());
    throw cannot(file, e.code().message());
  }
  ::sodium_memzero(text.data(), text.size());
  sync_folder(file.parent_path());
  return id;
}

}  // namespace faceatt
