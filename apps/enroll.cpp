// faceatt-enroll: who is in the people folder: brings them in, looks after them, takes them out.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>

#include "cli/logs.hpp"
#include "cli/matching.hpp"
#include "cli/output.hpp"
#include "cli/store.hpp"
#include "cli/tool.hpp"
#include "enroll_audit.hpp"
#include "enroll_import.hpp"
#include "enroll_people.hpp"
#include "enroll_photos.hpp"
#include "enroll_seal.hpp"
#include "enroll_store.hpp"
#include "faceatt/core/error.hpp"
#include "faceatt/core/text.hpp"
#include "faceatt/pipeline/stages.hpp"
#include "faceatt/vision/source_spec.hpp"
#include "faceatt/vision/threads.hpp"

namespace {

using namespace faceatt;
namespace fs = std::filesystem;

// What is to be done with people who are enrolled, in place of enrolling some.
struct Modes {
  bool list = false, remove = false, rename = false, erase = false, check = false, calibrate = false, publish = false;
  bool import = false;  // is enrolling, too
  bool write = false, prune = false;
  std::string columns;
  std::vector<std::string> also;

  bool any() const { return list || remove || rename || erase || check || calibrate || publish; }
  const char* without_arguments() const {
    return list ? "--list" : check ? "--check" : calibrate ? "--calibrate" : publish ? "--publish" : nullptr;
  }
};

void add_modes(cli::Tool& tool, Modes& modes) {
  std::vector<CLI::Option*> flags = {
      tool.app.add_flag("--list", modes.list, "List who is enrolled"),
      tool.app.add_flag("--check", modes.check, "Look for wrong, double and poor photos; exit 1 if any"),
      tool.app.add_flag("--calibrate", modes.calibrate, "Measure how sure names are with these people"),
      tool.app.add_flag("--remove", modes.remove, "Remove the people of these ids, and their photos"),
      tool.app.add_flag("--rename", modes.rename, "Give the person of the first id the second"),
      tool.app.add_flag("--publish", modes.publish, "Bring the store in line with the people folder"),
      tool.app.add_flag("--import", modes.import, "Take over what another program left, see migrating.md"),
      tool.app.add_flag("--erase", modes.erase, "Erase all that there is of the people of these ids")};
  for (std::size_t i = 0; i < flags.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) flags[i]->excludes(flags[k]);
  }
  tool.add_group_option("With --list: only people of this group of roster.csv");
  tool.app.add_flag("--write", modes.write, "With --calibrate: put the level into faceatt.toml")->needs(flags[2]);
  tool.app.add_flag("--prune", modes.prune, "With --publish: remove who is not in the folder any more")
      ->needs(flags[5]);
  tool.app.add_option("--columns", modes.columns, "With --import: as in name=1,date=3:%d/%m/%Y,time=2")
      ->type_name("LIST")
      ->needs(flags[6]);
  tool.app.add_option("--also", modes.also, "With --erase: pictures here, too; may be repeated")
      ->type_name("DIR")
      ->allow_extra_args(false)
      ->needs(flags.back());
}

void add_photo_options(cli::Tool& tool, cli::PhotoRequest& request, std::string& face) {
  tool.app.add_option("PHOTO", request.photos, "Photos, folders, - for a list on stdin; or ids");
  tool.app.add_option("--id", request.id, "All photos are of this person")->type_name("ID");
  tool.app.add_option("--face", face, "Of several faces: largest, centre, or its number")->type_name("WHICH");
  auto* camera =
      tool.app.add_option("--camera", request.camera.source, "Take views of --id from a device, URL, clip, @FILE");
  camera->type_name("SRC");
  tool.app.add_option("--count", request.camera.count, "How many views")
      ->type_name("N")
      ->default_str("5")
      ->needs(camera);
  tool.app.add_option("--duration", request.camera.seconds, "For at most S seconds of the camera's time")
      ->type_name("S")
      ->default_str("30")
      ->needs(camera);
  tool.app.add_flag("--with-photos", request.with_photos, "Photos go to the store, too, not only encodings");
  tool.app.add_flag("--allow-duplicate", request.allow_duplicate, "Enrol a face or photo that is enrolled already");
}

// Throws UsageError for what does not go together.
void check_usage(const cli::Tool& tool, const Modes& modes, const cli::PhotoRequest& request, const std::string& face) {
  const auto& arguments = request.photos;
  const bool from_camera = !request.camera.source.empty();
  if (!tool.group().empty() && !modes.list) throw UsageError("--group goes with --list");
  if (const char* mode = modes.without_arguments(); mode != nullptr && !arguments.empty()) {
    throw UsageError(fmt::format("{} takes no photos", mode));
  }
  if (modes.rename && arguments.size() != 2) {
    throw UsageError("--rename takes two ids: the old one and the new one");
  }
  if (from_camera && (request.id.empty() || !arguments.empty() || !face.empty() || modes.any())) {
    throw UsageError("--camera goes with --id, and with nothing else to enrol");
  }
  if (request.camera.count < 1 || request.camera.count > 100) throw UsageError("--count must be 1 to 100");
  if (!(request.camera.seconds > 0)) throw UsageError("--duration must be more than 0");
  if (modes.import && (from_camera || !face.empty() || tool.app.count("--id") > 0)) {
    throw UsageError("--import takes folders and files, and no --id, --face or --camera");
  }
  if (arguments.empty() && modes.without_arguments() == nullptr && !from_camera) {
    throw UsageError(fmt::format("no {} given; see faceatt-enroll --help", modes.any()    ? "ids"
                                                                           : modes.import ? "folder or file"
                                                                                          : "photos"));
  }
  for (const auto& folder : modes.also) {
    if (!fs::is_directory(folder)) throw UsageError(fmt::format("--also {}: is no folder", printable(folder)));
  }
  const bool has_store = !tool.settings.text("store").empty();
  if (modes.publish && !has_store) throw UsageError("--publish wants --store");
  if (request.with_photos && (!has_store || (modes.any() && !modes.publish))) {
    throw UsageError("--with-photos goes with --store, and with photos to enrol or --publish");
  }
  if (tool.app.count("--id") > 0) {
    if (modes.any()) throw UsageError("--id goes with photos, not with people who are enrolled");
    if (const auto problem = id_problem(request.id)) {
      throw UsageError(fmt::format("--id '{}' {}", printable(request.id), *problem));
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  cli::Tool tool({"faceatt-enroll",
                  "[OPTIONS] PHOTO|FOLDER|- ...",
                  "Enrols people from photos with one face each; the more photos per person, the\nbetter.\n\n"
                  "  faceatt-enroll Ana_Silva.jpg                  the file's name is the id\n"
                  "  faceatt-enroll --id s1001 front.jpg left.jpg  two photos of one person\n"
                  "  faceatt-enroll class/                         files, or a folder per person\n"
                  "  faceatt-enroll --camera 0 --id s1001          views from the first camera\n"
                  "  faceatt-enroll --import old/                  what another program left\n"
                  "  faceatt-enroll --list\n"
                  "  faceatt-enroll --check                        what is wrong with the photos\n"
                  "  faceatt-enroll --calibrate                    how sure names are here\n"
                  "  faceatt-enroll --remove s1001\n"
                  "  faceatt-enroll --rename s1001 s2001\n"
                  "  faceatt-enroll --erase s1001                  in the log and caches, too",
                  "Exit status: 0 all photos are enrolled, 1 there were none, or --check found\n"
                  "something, 2 usage error, 3 some were refused, 4 cannot run (people folder,\n"
                  "model), 130/143 stopped by a signal.",
                  {"db", "log", "store", "spool", "key_file", "models", "format", "level", "threshold", "detector",
                   "encoder", "strangers", "schedule", "holidays", "zone", "open_early", "late_after", "chain"}});
  cli::Output out(tool);
  cli::PhotoRequest request;
  std::string face;
  Modes modes;
  add_photo_options(tool, request, face);
  add_modes(tool, modes);
  cli::SealRequest seal;
  cli::add_seal_options(tool, seal);
  tool.app.add_flag("-0,--null", request.nul, "The list on stdin has NUL, not newline, after each name");
  tool.app.add_flag("-n,--dry-run", tool.dry_run, "Say what would happen; write nothing");

  return tool.main(argc, argv, [&]() -> int {
    for (int i = 1; i < argc; ++i) hide_password(argv[i]);
    if (seal.any()) {
      if (modes.any()) throw UsageError("--make-key, --seal and --unseal stand alone");
      return cli::run_seal(seal, request.photos, tool, out);
    }
    check_usage(tool, modes, request, face);
    if (!face.empty()) request.choice = parse_face_choice(face);
    const ThreadsPerCall threads(static_cast<int>(core_count()));  // of this thread; others share photos out
    Stages stages(
        {tool.settings.text("models"), tool.settings.text("detector"), tool.settings.text("encoder"), tool.seal()});
    const MatchRule rule = cli::rule_of(tool, stages.encoder_model());
    std::optional<cli::SharedPeople> shared;
    if (const auto store = cli::store_of(tool)) shared.emplace(*store, stages, tool, out);
    std::optional<cli::Import> import;
    std::set<std::string> enrolled;
    if (modes.import) {
      import.emplace(tool, request.photos, modes.columns);
      request.photos.clear();
      request.assigned = import->photos();
      enrolled = import->write_roster();
    }
    // The log and the store may know people whose folder is gone.
    const bool may_be_new = !modes.any() || modes.erase || (shared && !modes.publish && !modes.check);
    std::vector<std::string> warnings;
    Gallery gallery;
    if (!(shared && modes.list) && (!may_be_new || fs::exists(tool.db()))) {
      gallery = stages.load_gallery(tool.db(), warnings, [&](std::size_t done, std::size_t total) {
        tool.progress("reading the people folder", done, total);
      });
      if (modes.list || modes.check) warnings.clear();  // these name every photo that cannot be used
    }
    if (shared && (modes.list || modes.erase || modes.calibrate || !modes.any())) {
      gallery = cli::with_shared(gallery, *shared, !modes.any(), tool);
    }
    tool.warn_all(warnings);
    if (!tool.group().empty()) gallery.restrict_to(tool.group());
    const bool matches = !modes.any() || modes.check || modes.calibrate;
    if (matches) cli::describe_rule(tool, stages.encoder_model(), rule, gallery.people().size());
    out.open(cli::logs_of(tool));

    const auto& ids = request.photos;
    if (modes.list) return cli::list_people(gallery, tool, out);
    if (modes.check) return cli::check_gallery(tool, out, stages, gallery);
    if (modes.calibrate) return cli::calibrate_gallery(tool, out, stages, gallery, modes.write);
    if (modes.publish) return shared->publish_all(gallery, request.with_photos, modes.prune);
    cli::SharedPeople* const with = shared ? &*shared : nullptr;
    if (modes.erase) return cli::erase_people({ids, modes.also, rule}, gallery, with, stages, tool, out);
    if (!modes.any()) {
      int code = cli::enrol_photos(request, rule, gallery, stages, tool, out, enrolled);
      if (import && code < 128) code = import->write_marks(code);
      return shared ? shared->publish_enrolled(enrolled, request.with_photos, code) : code;
    }
    const int code = modes.remove ? cli::remove_people(ids, gallery, with, tool, out)
                                  : cli::rename_one(ids[0], ids[1], gallery, with, tool, out);
    // Brings the cache up to date.
    if (!tool.dry_run && (!shared || fs::exists(tool.db()))) stages.load_gallery(tool.db(), warnings);
    return code;
  });
}
