// In place of seal.cpp in builds without libsodium: what is plain stays plain.
#include <fmt/format.h>

#include "faceatt/core/error.hpp"
#include "faceatt/core/seal.hpp"
#include "faceatt/core/text.hpp"

namespace faceatt {
namespace {

Error not_here(const std::filesystem::path& file, const char* what) {
  return {ErrorCode::kCannotRun,
          fmt::format("{}: {}, and this faceatt was built without libsodium", printable(file.string()), what)};
}

}  // namespace

bool is_sealed(std::string_view bytes) { return bytes.starts_with(kSealTitle); }

Seal::Seal(const std::filesystem::path& file) { throw not_here(file, "is a key"); }

std::string Seal::id() const { return {}; }

std::string Seal::close(SealedKind /*kind*/, std::string plain) const { return plain; }

std::string_view Seal::open(SealedKind /*kind*/, std::string& bytes, const std::filesystem::path& file) const {
  return open_any(bytes, file);
}

std::string_view Seal::open_any(std::string& bytes, const std::filesystem::path& file) const {
  return open(bytes, file, nullptr);
}

std::string_view Seal::open(std::string& bytes, const std::filesystem::path& file, const SealedKind* /*kind*/) const {
  if (is_sealed(bytes)) throw not_here(file, "is encrypted");
  return bytes;
}

std::string make_key_file(const std::filesystem::path& file) { throw not_here(file, "is to be a key"); }

}  // namespace faceatt
