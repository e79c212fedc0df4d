#include "faceatt/core/seal.hpp"

#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <set>

#include "faceatt/core/error.hpp"
#include "faceatt/core/file.hpp"
#include "helpers.hpp"

using namespace faceatt;
using namespace faceatt::test;
using Catch::Contains;

namespace {

Seal new_key(const std::filesystem::path& file) {
  make_key_file(file);
  return Seal(file);
}

std::string opened(const Seal& seal, SealedKind kind, std::string bytes) {
  return std::string(seal.open(kind, bytes, "a.cache"));
}

std::string why_not(const Seal& seal, std::string bytes, ErrorCode code) {
  try {
    seal.open(SealedKind::kCache, bytes, "a.cache");
  } catch (const Error& e) {
    CHECK(e.code() == code);
    return e.what();
  }
  return "opened";
}

// Core dumps and ptrace are allowed again: what one test does is not for the others to suffer.
struct DumpableAgain {
  ~DumpableAgain() { ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0); }
};

}  // namespace

TEST_CASE("seal: what was sealed is opened by the same key as what it was") {
  const DumpableAgain again;
  const TempFolder folder;
  const Seal seal = new_key(folder / "key");
  CHECK(::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0);
  CHECK(seal.id().size() == 16);
  CHECK(Seal(folder / "key").id() == seal.id());
  for (const std::string& plain : {std::string(), std::string("x"), std::string(100'000, '\7')}) {
    const std::string sealed = seal.close(SealedKind::kCache, plain);
    CHECK(is_sealed(sealed));
    CHECK(sealed.size() == plain.size() + 66);
    CHECK(opened(seal, SealedKind::kCache, sealed) == plain);
    CHECK(sealed != seal.close(SealedKind::kCache, plain));  // another nonce
    std::string any = sealed;
    CHECK(seal.open_any(any, "a") == plain);
  }
  const std::string sealed = seal.close(SealedKind::kCache, "Ana Silva was here");
  CHECK_THAT(sealed, !Contains("Ana"));
  CHECK_FALSE(is_sealed("faceatt-cache-2\n"));
  CHECK(opened(seal, SealedKind::kCache, "plain") == "plain");  // from before there was a key
}

TEST_CASE("seal: without the key, with another one, and for another kind it stays closed") {
  const DumpableAgain again;
  const TempFolder folder;
  const Seal seal = new_key(folder / "key"), other = new_key(folder / "other");
  CHECK(seal.id() != other.id());
  const std::string sealed = seal.close(SealedKind::kCache, "secret");
  CHECK(why_not({}, sealed, ErrorCode::kCannotRun) ==
        "a.cache: is encrypted; name its key with --key-file, or delete it, and it is made anew from the photos");
  CHECK(why_not(other, sealed, ErrorCode::kCannotRun) ==
        "a.cache: is encrypted with another key (" + seal.id() + ", not " + other.id() +
            "); name that one with --key-file, or delete it, and it is made anew from the photos");
  CHECK(why_not(seal, seal.close(SealedKind::kSidecar, "secret"), ErrorCode::kInput) ==
        "a.cache: is an encrypted file of another kind");
  const Seal none;
  CHECK(none.close(SealedKind::kCache, "x") == "x");
  CHECK(opened(none, SealedKind::kCache, "x") == "x");
  CHECK_FALSE(none.has_key());
}

TEST_CASE("seal: no byte can be changed, cut off or added") {
  const DumpableAgain again;
  const TempFolder folder;
  const Seal seal = new_key(folder / "key");
  const std::string sealed = seal.close(SealedKind::kCache, "secret");
  for (std::size_t i = kSealTitle.size(); i < sealed.size(); ++i) {
    std::string flipped = sealed;
    flipped[i] = static_cast<char>(flipped[i] ^ 1);
    CHECK_THROWS_AS(opened(seal, SealedKind::kCache, flipped), Error);
    CHECK_THROWS_AS(opened(seal, SealedKind::kCache, sealed.substr(0, i)), Error);
  }
  std::string flipped = sealed;
  flipped.back() = static_cast<char>(flipped.back() ^ 1);
  CHECK(why_not(seal, flipped, ErrorCode::kInput) == "a.cache: is encrypted, and damaged");
  CHECK(why_not(seal, sealed.substr(0, 40), ErrorCode::kInput) == "a.cache: is encrypted, and cut short");
  CHECK_THROWS_AS(opened(seal, SealedKind::kCache, sealed + "x"), Error);
  // As a cache, though it was sealed as a sidecar: the kind is authenticated, too.
  std::string renamed = seal.close(SealedKind::kSidecar, "secret");
  renamed[kSealTitle.size()] = static_cast<char>(SealedKind::kCache);
  CHECK(why_not(seal, renamed, ErrorCode::kInput) == "a.cache: is encrypted, and damaged");
}

TEST_CASE("a key file is made once, for its owner") {
  const DumpableAgain again;
  const TempFolder folder;
  const auto old = ::umask(0);
  const std::string id = make_key_file(folder / "key");
  ::umask(old);
  CHECK(mode_of(folder / "key") == 0600);
  const std::string text = slurp(folder / "key");
  CHECK(text.starts_with("faceatt key 1\n"));
  CHECK(text.size() == 14 + 64 + 1);
  CHECK(Seal(folder / "key").id() == id);
  CHECK_THROWS_AS(make_key_file(folder / "key"), UsageError);
  std::filesystem::create_symlink(folder / "elsewhere", folder / "link");
  CHECK_THROWS_AS(make_key_file(folder / "link"), UsageError);
  CHECK_FALSE(std::filesystem::exists(folder / "elsewhere"));
  CHECK_THROWS_AS(make_key_file(folder / "no" / "key"), Error);
  CHECK(slurp(folder / "key") == text);
}

TEST_CASE("a key that others can read, or that is none, is refused") {
  const DumpableAgain again;
  const TempFolder folder;
  make_key_file(folder / "key");
  const auto refusal = [&](const char* name) -> std::string {
    try {
      return Seal(folder / name).id();
    } catch (const Error& e) {
      CHECK(e.code() == ErrorCode::kCannotRun);
      return e.what();
    }
  };
  for (const mode_t mode : {0640U, 0604U, 0620U, 0601U, 0666U}) {
    ::chmod((folder / "key").c_str(), mode);
    CHECK_THAT(refusal("key"), Contains("others may read this key; chmod 600 it"));
  }
  ::chmod((folder / "key").c_str(), 0400);
  CHECK(refusal("key").size() == 16);
  std::filesystem::create_symlink(folder / "key", folder / "link");
  CHECK(refusal("link").size() == 16);
  if (::geteuid() == 0) {  // only root can make a link somebody else's
    REQUIRE(::lchown((folder / "link").c_str(), 65534, 65534) == 0);
    CHECK_THAT(refusal("link"), Contains("is a link that belongs to somebody else"));
  }
  CHECK_THAT(refusal("none"), Contains("no such key; faceatt-enroll --make-key makes one"));
  CHECK_THAT(refusal("."), Contains("is no key file"));
  const std::string good = slurp(folder / "key");
  for (const std::string& bad : {std::string(), std::string("faceatt key 1\n"), good.substr(0, good.size() - 2),
                                 good + "00", "faceatt key 2" + good.substr(13), good.substr(0, 77) + "g\n"}) {
    write(folder / "bad", bad);
    ::chmod((folder / "bad").c_str(), 0600);
    CHECK_THAT(refusal("bad"), Contains("is no key file"));
  }
  write(folder / "bad", good.substr(0, 78) + "\r\n");  // from another system
  CHECK(refusal("bad").size() == 16);
}
