// Encryption at rest: of files that hold faces, with a key that lies in another file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace faceatt {

// What a sealed file is, in the file and authenticated with it: none can take the place of one of another kind.
enum class SealedKind : unsigned char { kCache = 1, kPicture = 2, kSidecar = 3, kPeople = 4 };

// What comes before the sealed bytes: title, kind, id of the key, nonce. Behind them is a tag of 16 bytes.
constexpr std::string_view kSealTitle = "faceatt-sealed-1\n";

bool is_sealed(std::string_view bytes);

// Seals and opens with XChaCha20-Poly1305 of libsodium, 32-byte keys and random 24-byte nonces. Without a key it lets
// plain bytes through, so that callers need not tell the two apart. Copies share the key, which lies in memory that is
// neither swapped nor dumped. Any thread.
class Seal {
 public:
  Seal() = default;
  // Reads the key from `file`. From then on this process leaves no core dump, and no other process of this user may
  // look into its memory. Throws Error(kCannotRun) that names the fix: no key file, others may read it, a link of
  // others.
  explicit Seal(const std::filesystem::path& file);

  bool has_key() const { return key_ != nullptr; }
  std::string id() const;  // of the key: 16 hexadecimal digits, which tell nothing of it; empty without one

  // `plain` sealed; without a key as it is.
  std::string close(SealedKind kind, std::string plain) const;
  // What `bytes`, read from `file`, hold: themselves when they are plain. What is sealed is opened where it lies: the
  // view is of `bytes`. Throws Error(kCannotRun) when they are sealed and this has no key, or another one, and
  // Error(kInput) when they are damaged or of another kind.
  std::string_view open(SealedKind kind, std::string& bytes, const std::filesystem::path& file) const;
  // The same, of whatever kind it is.
  std::string_view open_any(std::string& bytes, const std::filesystem::path& file) const;

 private:
  std::string_view open(std::string& bytes, const std::filesystem::path& file, const SealedKind* kind) const;

  std::shared_ptr<const unsigned char> key_;
  std::uint64_t id_ = 0;
};

// Writes a new random key, mode 0600, durably, and returns its id. Throws UsageError when `file` exists: a key is never
// replaced, for what is sealed with it could never be read again. Throws Error(kCannotRun) when it cannot be written.
std::string make_key_file(const std::filesystem::path& file);

}  // namespace faceatt
