#include "faceatt/people/people_copy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <utility>

#include "faceatt/core/cbor.hpp"
#include "faceatt/core/error.hpp"
#include "faceatt/core/file.hpp"
#include "faceatt/core/text.hpp"

namespace faceatt {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kTitle = "faceatt people 1";
constexpr std::uint64_t kMaxBytes = std::uint64_t{4} << 30;
constexpr std::size_t kHeadBytes = 256;  // more than title and change take
constexpr std::size_t kTailBytes = 2 + std::tuple_size_v<Digest>;

std::pair<std::uint64_t, std::uint64_t> numbers_of(std::string_view id) {
  std::pair<std::uint64_t, std::uint64_t> numbers{0, 0};
  const auto dash = std::min(id.find('-'), id.size());
  // NOLINTNEXTLINE(bugprone-suspicious-stringview-data-usage): the end is given, as `dash`
  std::from_chars(id.data(), id.data() + dash, numbers.first);
  if (dash < id.size()) std::from_chars(id.data() + dash + 1, id.data() + id.size(), numbers.second);
  return numbers;
}

std::string head_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string head(kHeadBytes, '\0');
  in.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<std::size_t>(in.gcount()));
  return head;
}

// Of the snapshot that is there, without reading all of it when it is plain; empty when there is none that is of use.
std::string change_of(const fs::path& file, const Seal& seal) {
  try {
    std::string bytes = head_of(file);
    if (is_sealed(bytes)) bytes = read_if_there(file, kMaxBytes);  // opened as a whole or not at all
    CborReader reader(seal.open(SealedKind::kPeople, bytes, file));
    return reader.text() == kTitle ? std::string(reader.text()) : "";
  } catch (const Error& e) {
    if (e.code() == ErrorCode::kCannotRun) throw;
    return "";
  }
}

std::string tail_of(std::string_view body) {
  const Digest digest = sha256(body);
  CborWriter tail;
  tail.bytes({reinterpret_cast<const char*>(digest.data()), digest.size()});
  return tail.take();
}

std::string bytes_of(const PeopleCopy& copy) {
  CborWriter out;
  out.text(kTitle);
  out.text(copy.change);
  out.number(copy.taken);
  out.number(static_cast<std::int64_t>(copy.records.size()));
  for (const auto& [field, value] : copy.records) {
    out.text(field);
    out.bytes(value);
  }
  std::string bytes = out.take();
  bytes += tail_of(bytes);
  return bytes;
}

// What a program that was killed while it saved has left: nobody else would ever remove it. Under the lock of save().
void remove_leftovers(const fs::path& file) {
  const std::string prefix = file.filename().string() + ".";
  std::error_code ignored;
  for (fs::directory_iterator at(file.parent_path(), ignored), end; !ignored && at != end; at.increment(ignored)) {
    std::error_code gone;
    if (at->path().filename().string().starts_with(prefix)) fs::remove(at->path(), gone);
  }
}

}  // namespace

bool comes_before(std::string_view a, std::string_view b) {
  if (a.empty() || b.empty()) return a.empty() && !b.empty();
  return numbers_of(a) < numbers_of(b);
}

PeopleSnapshot::PeopleSnapshot(const fs::path& folder, Seal seal)
    : file_(folder / "people.cbor"), seal_(std::move(seal)) {}

std::optional<PeopleCopy> PeopleSnapshot::load(std::vector<std::string>& warnings) const {
  std::error_code ignored;
  if (!fs::exists(file_, ignored)) return std::nullopt;
  try {
    std::string read = read_file(file_, kMaxBytes);
    if (read.empty()) return std::nullopt;
    const std::string_view bytes = seal_.open(SealedKind::kPeople, read, file_);
    CborReader in(bytes);
    if (in.text() != kTitle) throw Error(ErrorCode::kInput, "is no snapshot of this version");
    // Checked as a whole before any of it is used.
    const std::size_t body = bytes.size() - std::min(bytes.size(), kTailBytes);
    if (bytes.substr(body) != tail_of(bytes.substr(0, body))) {
      throw Error(ErrorCode::kInput, "is damaged");
    }
    PeopleCopy copy;
    copy.change = in.text();
    copy.taken = in.number();
    for (auto records = in.number(); records > 0; --records) {
      const auto field = in.text();
      RecordField::parse(field);
      copy.records.emplace_hint(copy.records.end(), field, in.bytes());
    }
    return copy;
  } catch (const Error& e) {
    if (e.code() == ErrorCode::kCannotRun) throw;
    std::string why = e.what();
    if (why.find(file_.string()) == std::string::npos) why = fmt::format("{} {}", printable(file_.string()), why);
    warnings.push_back(why + "; it is of no use, all people are loaded from the store");
  }
  return std::nullopt;
}

bool PeopleSnapshot::is_to_seal() const {
  const std::string head = seal_.has_key() ? head_of(file_) : std::string();
  return !head.empty() && !is_sealed(head);
}

void PeopleSnapshot::save(const PeopleCopy& copy, bool anew) const {
  const std::string bytes = seal_.close(SealedKind::kPeople, bytes_of(copy));
  // A lock of its own, for as short as it can be: marks are written to the same folder meanwhile.
  const fs::path lock_folder = file_.parent_path() / "people.lock";
  make_private_folder(file_.parent_path());
  make_private_folder(lock_folder);
  const FolderLock one_at_a_time(lock_folder);
  if (!anew && comes_before(copy.change, change_of(file_, seal_))) return;
  remove_leftovers(file_);
  replace_file(file_, bytes);
}

}  // namespace faceatt
