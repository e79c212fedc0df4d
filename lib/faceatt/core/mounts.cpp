#include "faceatt/core/mounts.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>
#include <string_view>
#include <system_error>

namespace faceatt {
namespace {

namespace fs = std::filesystem;
using namespace std::string_view_literals;

constexpr std::array kNetworkTypes = {
    // servers
    "nfs"sv, "nfs4"sv, "cifs"sv, "smb3"sv, "smbfs"sv, "ncpfs"sv, "afs"sv, "coda"sv, "lustre"sv, "davfs"sv, "beegfs"sv,
    // shared folders of virtual machines
    "9p"sv, "virtiofs"sv, "vboxsf"sv, "vmhgfs"sv, "prl_fs"sv, "fuse.vmhgfs-fuse"sv,
    // through FUSE
    "fuse.sshfs"sv, "fuse.rclone"sv, "fuse.s3fs"sv, "fuse.goofys"sv, "fuse.mount-s3"sv, "fuse.gcsfuse"sv,
    "fuse.blobfuse"sv, "fuse.blobfuse2"sv, "fuse.glusterfs"sv, "fuse.davfs"sv, "fuse.davfs2"sv, "fuse.curlftpfs"sv,
    "fuse.gvfsd-fuse"sv, "fuse.kio-fuse"sv, "fuse.smbnetfs"sv, "fuse.onedriver"sv, "fuse.google-drive-ocamlfuse"sv,
    "fuse.juicefs"sv, "fuse.seadrive"sv};

// "My\040Files" -> "My Files": the kernel writes white space and '\' as three octal digits.
std::string unescape(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto digits = text.substr(i + 1, 3);
    const bool is_escape =
        text[i] == '\\' && digits.size() == 3 && digits.find_first_not_of("01234567") == std::string::npos;
    if (!is_escape) {
      plain += text[i];
      continue;
    }
    plain += static_cast<char>((digits[0] - '0') * 64 + (digits[1] - '0') * 8 + (digits[2] - '0'));
    i += 3;
  }
  return plain;
}

struct Mount {
  fs::path point;
  std::string type;
};

// A line of mountinfo, see proc(5): "36 35 0:31 / /mnt/class rw - nfs4 server:/class rw", with any number of fields
// before the '-'. Empty when it is none.
std::optional<Mount> parse_mount(const std::string& line) {
  std::istringstream fields(line);
  std::string field, point, type;
  for (int i = 1; fields >> field && field != "-"; ++i) {
    if (i == 5) point = unescape(field);
  }
  if (point.empty() || !(fields >> type)) return std::nullopt;
  return Mount{point, type};
}

bool lies_under(const fs::path& path, const fs::path& folder) {
  return std::mismatch(folder.begin(), folder.end(), path.begin(), path.end()).first == folder.end();
}

}  // namespace

std::optional<std::string> network_file_system(const fs::path& path, const fs::path& mountinfo) {
  std::error_code error;
  const fs::path file = fs::weakly_canonical(fs::absolute(path, error), error);  // mounts what is mounted on demand
  if (error) return std::nullopt;
  std::ifstream mounts(mountinfo);
  Mount nearest;
  for (std::string line; std::getline(mounts, line);) {
    const auto mount = parse_mount(line);
    if (!mount || !lies_under(file, mount->point)) continue;
    // Of several on one folder the last one is on top.
    if (mount->point.native().size() >= nearest.point.native().size()) nearest = *mount;
  }
  if (std::find(kNetworkTypes.begin(), kNetworkTypes.end(), nearest.type) == kNetworkTypes.end()) return std::nullopt;
  return nearest.type;
}

}  // namespace faceatt
