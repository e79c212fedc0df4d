#include "faceatt/core/mounts.hpp"

#include <catch2/catch.hpp>

#include "helpers.hpp"

using namespace faceatt;
namespace fs = std::filesystem;

namespace {

constexpr const char* kMounts =
    "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
    "30 22 0:26 / /srv/class rw,relatime shared:12 master:3 - nfs4 server:/class rw,vers=4.2\n"
    "31 30 8:2 / /srv/class/local rw - ext4 /dev/sdb1 rw\n"
    "32 22 0:27 / /srv/My\\040Files\\134x rw - cifs //server/My\\040Files rw\n"
    "33 22 0:28 / /srv/stacked rw - nfs server:/a rw\n"
    "34 33 0:29 / /srv/stacked rw - ext4 /dev/sdc1 rw\n"
    "35 22 0:30 / /srv/auto rw - autofs systemd-1 rw\n"
    "36 35 0:31 / /srv/auto rw - fuse.sshfs door:/log rw\n"
    "37 22 8:17 / /srv/stick rw - fuseblk /dev/sdd1 rw\n"
    "38 22 0:32 / /srv/over rw - fuse.fuse-overlayfs fuse-overlayfs rw\n"
    "39 22 0:33 / /srv/ceph rw - ceph mon:/ rw\n"
    "40 22 0:34 / /srv/guest rw - virtiofs share rw\n"
    "what is this\n"
    "41 22 0:35 / /srv/cut rw -\n";

}  // namespace

TEST_CASE("mounts: the file system of a file that need not be there") {
  const test::TempFolder folder;
  const fs::path mountinfo = folder / "mountinfo";
  test::write(mountinfo, kMounts);
  const auto type = [&](const fs::path& path) { return network_file_system(path, mountinfo).value_or(""); };
  CHECK(type("/srv/class/2026/Attendance.csv") == "nfs4");
  CHECK(type("/srv/class") == "nfs4");
  CHECK(type("/srv/classes/Attendance.csv").empty());           // only begins like it
  CHECK(type("/srv/class/local/Attendance.csv").empty());       // the longest mount point
  CHECK(type("/srv/class/local/../Attendance.csv") == "nfs4");  // where it leads to
  CHECK(type("/srv/My Files\\x/Attendance.csv") == "cifs");     // escapes
  CHECK(type("/srv/stacked/Attendance.csv").empty());           // what is on top
  CHECK(type("/srv/auto/Attendance.csv") == "fuse.sshfs");
  CHECK(type("/srv/stick/Attendance.csv").empty());
  CHECK(type("/srv/over/Attendance.csv").empty());
  CHECK(type("/srv/ceph/Attendance.csv").empty());
  CHECK(type("/srv/guest/Attendance.csv") == "virtiofs");
  CHECK(type("/Attendance.csv").empty());
  CHECK(type("").empty());
}

TEST_CASE("mounts: links are followed, a relative path is below the current folder") {
  const test::TempFolder folder;
  const fs::path real = fs::canonical(folder.path());
  fs::create_directory(folder / "share");
  fs::create_directory_symlink(folder / "share", folder / "link");
  test::write(folder / "mountinfo", "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n23 22 0:26 / " + (real / "share").string() +
                                        " rw - nfs server:/a rw\n");
  CHECK(network_file_system(folder / "link" / "new" / "Attendance.csv", folder / "mountinfo") == "nfs");
  CHECK_FALSE(network_file_system(folder / "Attendance.csv", folder / "mountinfo"));
  test::write(folder / "mountinfo", "22 1 0:26 / / rw - nfs server:/ rw\n");
  CHECK(network_file_system("Attendance.csv", folder / "mountinfo") == "nfs");
}

TEST_CASE("mounts: nothing is known without a list of mounts") {
  const test::TempFolder folder;
  CHECK_FALSE(network_file_system("/srv/Attendance.csv", folder / "missing"));
  CHECK_FALSE(network_file_system(folder / "Attendance.csv"));  // of this machine, which is no network's
}
