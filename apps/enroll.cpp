// faceatt-enroll: brings photos of people into the people folder.
#include <fmt/format.h>

#include <deque>
#include <filesystem>
#include <set>

#include "cli/output.hpp"
#include "cli/tool.hpp"
#include "enroll_camera.hpp"
#include "enroll_people.hpp"
#include "faceatt/core/error.hpp"
#include "faceatt/core/file.hpp"
#include "faceatt/core/parallel.hpp"
#include "faceatt/core/text.hpp"
#include "faceatt/people/enrol.hpp"
#include "faceatt/pipeline/stages.hpp"
#include "faceatt/vision/photo.hpp"
#include "faceatt/vision/threads.hpp"

namespace {

using namespace faceatt;
namespace fs = std::filesystem;

Record record_of(const std::string& file, const EnrolResult& r) {
  const bool closest = !r.closest_id.empty();
  return {{"file", file},
          {"id", r.id},
          {"name", r.name},
          {"verdict", std::string(name_of(r.verdict))},
          {"reason", r.reason},
          {"quality", r.quality > 0 ? FieldValue(std::int64_t{r.quality}) : FieldValue(std::monostate{})},
          {"closest_id", r.closest_id},
          {"closest_score", closest ? FieldValue(Decimal{r.closest_score}) : FieldValue(std::monostate{})}};
}

std::string text_of(const std::string& file, const EnrolResult& r) {
  std::string line = fmt::format("{}  {}  {}", printable(file), printable(r.id), name_of(r.verdict));
  if (!r.reason.empty()) line += ": " + r.reason;
  if (r.verdict == EnrolVerdict::kEnrolled && !r.closest_id.empty()) {
    line +=
        fmt::format("  (quality {}, nearest other: {} {:.2f})", r.quality, printable(r.closest_id), r.closest_score);
  }
  return line;
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
                  "  faceatt-enroll --list\n"
                  "  faceatt-enroll --remove s1001\n"
                  "  faceatt-enroll --rename s1001 s2001\n"
                  "  faceatt-enroll --erase s1001                  in the log and caches, too",
                  "Exit status: 0 all photos are enrolled, 1 there were none, 2 usage error,\n"
                  "3 some were refused, 4 cannot run (people folder, model), 130/143 stopped by a\n"
                  "signal.",
                  {"db", "log", "models", "format", "level", "threshold", "detector", "encoder", "strangers"}});
  cli::Output out(tool);
  std::vector<std::string> arguments;
  std::string id, face;
  CameraRequest camera;
  bool nul = false, list = false, remove = false, rename = false, erase = false, allow_duplicate = false;
  std::vector<std::string> also;
  tool.app.add_option("PHOTO", arguments, "Photos, folders, - for a list on stdin; or ids");
  tool.app.add_option("--id", id, "All photos are of this person")->type_name("ID");
  tool.app.add_option("--face", face, "Of several faces: largest, centre, or its number")->type_name("WHICH");
  auto* camera_option =
      tool.app.add_option("--camera", camera.source, "Take views of --id from a device, URL or clip")->type_name("SRC");
  tool.app.add_option("--count", camera.count, "How many views")
      ->type_name("N")
      ->default_str("5")
      ->needs(camera_option);
  tool.app.add_option("--duration", camera.seconds, "For at most S seconds of the camera's time")
      ->type_name("S")
      ->default_str("30")
      ->needs(camera_option);
  tool.app.add_flag("--allow-duplicate", allow_duplicate, "Enrol a face that another id has already");
  auto* list_flag = tool.app.add_flag("--list", list, "List who is enrolled");
  tool.add_group_option("With --list: only people of this group of roster.csv");
  auto* remove_flag = tool.app.add_flag("--remove", remove, "Remove the people of these ids, and their photos");
  auto* rename_flag = tool.app.add_flag("--rename", rename, "Give the person of the first id the second");
  auto* erase_flag = tool.app.add_flag("--erase", erase, "Erase all that there is of the people of these ids");
  remove_flag->excludes(list_flag);
  rename_flag->excludes(list_flag)->excludes(remove_flag);
  erase_flag->excludes(list_flag)->excludes(remove_flag)->excludes(rename_flag);
  tool.app.add_option("--also", also, "With --erase: pictures here, too; may be repeated")
      ->type_name("DIR")
      ->allow_extra_args(false)
      ->needs(erase_flag);
  tool.app.add_flag("-0,--null", nul, "The list on stdin has NUL, not newline, after each name");
  tool.app.add_flag("-n,--dry-run", tool.dry_run, "Say what would happen; write nothing");

  return tool.main(argc, argv, [&]() -> int {
    const bool manages = list || remove || rename || erase;
    const bool from_camera = !camera.source.empty();
    if (!tool.group().empty() && !list) throw UsageError("--group goes with --list");
    if (list && !arguments.empty()) throw UsageError("--list takes no photos");
    if (rename && arguments.size() != 2) throw UsageError("--rename takes two ids: the old one and the new one");
    if (from_camera && (id.empty() || !arguments.empty() || !face.empty() || manages)) {
      throw UsageError("--camera goes with --id, and with nothing else to enrol");
    }
    if (camera.count < 1 || camera.count > 100) throw UsageError("--count must be 1 to 100");
    if (!(camera.seconds > 0)) throw UsageError("--duration must be more than 0");
    if (arguments.empty() && !list && !from_camera) {
      throw UsageError(fmt::format("no {} given; see faceatt-enroll --help", manages ? "ids" : "photos"));
    }
    for (const auto& folder : also) {
      if (!fs::is_directory(folder)) throw UsageError(fmt::format("--also {}: is no folder", printable(folder)));
    }
    if (tool.app.count("--id") > 0) {
      if (manages) throw UsageError("--id goes with photos, not with people who are enrolled");
      if (const auto problem = id_problem(id)) throw UsageError(fmt::format("--id '{}' {}", printable(id), *problem));
    }
    const FaceChoice choice = face.empty() ? FaceChoice{} : parse_face_choice(face);
    Stages stages({tool.settings.text("models"), tool.settings.text("detector"), tool.settings.text("encoder")});
    const MatchRule rule =
        match_rule(stages.encoder_model(), tool.settings.text("level"), tool.settings.number("threshold", 0.1, 0.95));
    // The log may know people whose folder is gone.
    const bool is_new = (!manages || erase) && !fs::exists(tool.db());
    std::vector<std::string> warnings;
    Gallery gallery;
    if (!is_new) {
      gallery = stages.load_gallery(tool.db(), warnings, [&](std::size_t done, std::size_t total) {
        tool.progress("reading the people folder", done, total);
      });
      if (list) warnings.clear();  // list_people() names every photo that cannot be used
      tool.warn_all(warnings);
    }
    if (!tool.group().empty()) gallery.restrict_to(tool.group());
    out.open({tool.settings.text("log")});
    if (list) return cli::list_people(gallery, tool, out);
    if (erase) return cli::erase_people({arguments, also, rule}, gallery, stages, tool, out);
    if (remove || rename) {
      const int code = remove ? cli::remove_people(arguments, gallery, tool, out)
                              : cli::rename_one(arguments[0], arguments[1], gallery, tool, out);
      if (!tool.dry_run) stages.load_gallery(tool.db(), warnings);  // brings the cache up to date
      return code;
    }
    if (is_new && !tool.dry_run) {
      try {
        make_private_folder(tool.db());
      } catch (const std::system_error& e) {
        throw Error(ErrorCode::kCannotRun, fmt::format("people folder {}: {}", tool.db().string(), e.code().message()));
      }
    }

    struct Task {
      fs::path photo;
      std::string id;
      std::string problem = {};  // instead of a photo: what is to be said when its turn comes
      bool is_failure = false;
    };
    std::vector<NewPhoto> stored;
    std::size_t good = 0, refused = 0, listed = 0;
    const std::set<Digest> known = allow_duplicate ? std::set<Digest>() : digests_of(gallery);
    cli::Inputs inputs(arguments, nul);
    std::deque<Task> tasks;
    const auto next = [&]() -> std::optional<Task> {
      while (tasks.empty() && cli::stop_signal() == 0) {
        const auto input = inputs.next();
        if (!input) return std::nullopt;
        std::vector<fs::path> unreadable;
        const auto photos = photos_in(*input, unreadable);
        if (photos.empty() && unreadable.empty()) tasks.push_back({{}, {}, *input + ": no photos in this folder"});
        for (const auto& photo : photos) tasks.push_back({photo, id.empty() ? id_of_path(photo, *input) : id});
        for (const auto& folder : unreadable) tasks.push_back({{}, {}, folder.string() + ": cannot be read", true});
        listed += photos.size();
      }
      if (cli::stop_signal() != 0) return std::nullopt;
      Task task = std::move(tasks.front());
      tasks.pop_front();
      return task;
    };
    const auto take = [&](const Task& task, const Offer& offer) {
      if (!task.problem.empty()) {
        refused += task.is_failure;
        return task.is_failure ? tool.error(task.problem) : tool.warn(task.problem);
      }
      const EnrolRequest request{task.id, tool.db(), rule.threshold, allow_duplicate, tool.dry_run};
      const EnrolResult result = enrol(request, offer, gallery);
      const bool fine = result.verdict == EnrolVerdict::kEnrolled || result.verdict == EnrolVerdict::kKnown;
      ++(fine ? good : refused);
      if (!fine) tool.error(printable(task.photo.string()) + ": " + result.reason);
      if (result.stored) stored.push_back(*result.stored);
      out.record(record_of(task.photo.string(), result), text_of(task.photo.string(), result));
      tool.progress("enrolling", good + refused, listed);
    };
    cli::catch_signals();
    if (from_camera) {
      camera.same_person = rule.threshold;
      for (auto& picture : take_pictures(tool, stages, camera)) {
        take({picture.name, id}, offer_of(picture.name, std::move(picture.portrait)));
      }
    }
    using Work = OrderedWork<Task, Offer>;
    const auto make_worker = [&]() -> Work::Worker {
      return [&, reader = stages.portrait_reader(kEnrolmentLimits, choice)](const Task& task) {
        const bool worth_reading = task.problem.empty() && !id_problem(task.id);
        return worth_reading ? read_offer(task.photo, reader, known) : Offer{};
      };
    };
    {
      const OneThreadPerCall one_thread;  // the photos are shared out instead
      Work::run(core_count(), next, make_worker, take);
    }
    if (!stored.empty()) {
      try {
        add_to_cache(stages.gallery_options(tool.db()), stored);
      } catch (const std::system_error& e) {
        tool.warn("cache not written: " + e.code().message());
      }
    }
    tool.note(fmt::format("{} photos enrolled or known, {} refused; {} people in {}", good, refused,
                          gallery.people().size(), tool.db().string()));
    if (cli::stop_signal() != 0) return 128 + cli::stop_signal();
    return refused > 0 ? cli::kSomeFailed : good > 0 ? cli::kDone : cli::kNothingFound;
  });
}
