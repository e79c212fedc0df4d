// Which file system a file lies on: locks of one machine do not always reach another.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace faceatt {

// The type of the file system that `path`, which need not be there, lies on ("nfs4"), when other machines can write to
// it and neither flock() nor O_APPEND can be relied on to keep their writes apart; empty for all others, and when it
// cannot be found out. Links are followed. Throws nothing. Any thread.
//
// What holds on Linux, see flock(2), open(2), nfs(5), mount.cifs(8):
// - NFS: since 2.6.12 flock() is a byte-range lock of the whole file at the server, so that it reaches other Linux
//   clients; not with local_lock=flock|all or nolock, and not programs that run on the server itself unless it maps
//   them onto its own locks: there flock() and fcntl() do not see each other. O_APPEND is not atomic: the client
//   looks up the size and then writes there, and two clients can write over each other.
// - SMB: up to 5.4 flock() stays on this machine; since 5.5 it is a mandatory lock at the server, but with nobrl (or
//   where the server pretends, "locking = no") it stays here. O_APPEND as on NFS.
// - AFS, Lustre, GlusterFS: depends on options of the mount. FUSE over SSH, FTP, WebDAV or object stores: locks stay on
//   this machine, and files may be uploaded as a whole when they are closed.
// - 9p, virtiofs and the shared folders of virtual machines: locks stay in the guest, unless asked for.
// Not listed, as their locks reach all machines: CephFS, GFS2, OCFS2. Nor what is local: fuseblk, overlay and the like.
std::optional<std::string> network_file_system(const std::filesystem::path& path,
                                               const std::filesystem::path& mountinfo = "/proc/self/mountinfo");

}  // namespace faceatt
