// Which visits are of the same person: average linkage, as StrangerGroups does it, beside the alternatives; what share
// of strangers the guard refuses; and how long the store takes. Prints Markdown tables for docs/accuracy.md.
// usage: faceatt-bench-strangers MODELS LIST.csv FOLDER
// LIST.csv has the columns role (enrol, probe, stranger), id and file (relative to the list); a stranger is one person
// each. FOLDER is made, and removed.
#include "faceatt/people/strangers.hpp"

#include <dlib/clustering.h>
#include <fmt/format.h>

#include <chrono>
#include <map>
#include <memory>
#include <numeric>
#include <opencv2/imgproc.hpp>
#include <random>
#include <set>

#include "faceatt/vision/photo.hpp"
#include "photos.hpp"

namespace {

using namespace faceatt;
using namespace faceatt::bench;

constexpr int kViews = 6;
constexpr float kSamePerson = 0.55F;  // two names, one face: LFW has a few of them, which are left out

struct Visit {
  Encoding encoding;
  int person = 0;
  int view = 0;
};

// The photo as a worse camera would have seen it; view 0 is the photo itself.
Frame seen(Frame frame, int view) {
  cv::Mat& image = frame.image;
  const cv::Mat before = image.clone();
  if (view == 1) {  // farther away
    cv::resize(before, image, {}, 0.45, 0.45, cv::INTER_AREA);
    cv::resize(image, image, before.size());
  } else if (view == 2) {  // dark and noisy
    cv::Mat noise(before.size(), before.type());
    cv::RNG(17).fill(noise, cv::RNG::NORMAL, 8, 8);
    before.convertTo(image, -1, 0.45, 5);
    image += noise;
  } else if (view == 3) {  // head tilted
    const cv::Point2f centre(static_cast<float>(before.cols) / 2, static_cast<float>(before.rows) / 2);
    cv::warpAffine(before, image, cv::getRotationMatrix2D(centre, 14, 0.8), before.size(), cv::INTER_LINEAR,
                   cv::BORDER_REPLICATE);
  } else if (view == 4) {  // out of focus, overexposed
    cv::GaussianBlur(before, image, {}, 2);
    image.convertTo(image, -1, 1.5, 30);
  } else if (view == 5) {  // moving
    cv::blur(before, image, {9, 1});
    cv::flip(image, image, 1);
  }
  return frame;
}

std::vector<Visit> make_visits(const std::vector<Photo>& photos, const ModelList& models) {
  const Model detect = *models.default_of("detect"), encode = *models.default_of("encode");
  const auto encodings = encode_all(photos.size() * kViews, [&]() -> EncodingWork::Worker {
    std::shared_ptr<Detector> detector = Detector::create(&detect, kPhotoDetection);
    std::shared_ptr<Encoder> encoder = Encoder::create(encode);
    return [&, detector, encoder](const std::size_t& i) -> Encoding {
      const Frame frame = seen(read_photo(photos[i / kViews].file), static_cast<int>(i % kViews));
      const auto face = middle_face(frame, detector->detect(frame));
      return face ? encoder->encode(frame, detector->refine(frame, *face)) : Encoding{};
    };
  });
  std::map<std::string, int> person;
  std::vector<Visit> visits;
  int next = 0;
  for (std::size_t i = 0; i < encodings.size(); ++i) {
    const Photo& photo = photos[i / kViews];
    if (i % kViews == 0 && (photo.id.empty() || !person.contains(photo.id))) person[photo.id] = next++;
    if (!encodings[i].empty()) visits.push_back({encodings[i], person[photo.id], static_cast<int>(i % kViews)});
  }
  std::set<int> doubtful;
  for (const Visit& a : visits) {
    for (const Visit& b : visits) {
      if (&a >= &b || a.view != 0 || b.view != 0 || a.person == b.person) continue;
      if (similarity(a.encoding, b.encoding) > kSamePerson) doubtful.insert({a.person, b.person});
    }
  }
  std::erase_if(visits, [&](const Visit& visit) { return doubtful.contains(visit.person); });
  return visits;
}

using Grouping = std::vector<int>;  // the group of each visit

Grouping average_linkage(const std::vector<Visit>& visits, double least, bool merge) {
  StrangerGroups groups(least);
  Grouping grouping;
  for (std::size_t i = 0; i < visits.size(); ++i) {
    const auto known = groups.find(visits[i].encoding);
    int group = known ? *known : static_cast<int>(i) + 1;
    groups.add(group, visits[i].encoding);
    grouping.push_back(group);
    while (const auto twin = merge ? groups.find_twin(group) : std::nullopt) {
      const auto [older, newer] = std::minmax({group, *twin});
      groups.merge(older, newer);
      std::replace(grouping.begin(), grouping.end(), newer, older);
      group = older;
    }
  }
  return grouping;
}

Grouping nearest_visit(const std::vector<Visit>& visits, double least) {
  Grouping grouping;
  for (std::size_t i = 0; i < visits.size(); ++i) {
    double best = least;
    int group = static_cast<int>(i) + 1;
    for (std::size_t k = 0; k < i; ++k) {
      const double score = similarity(visits[i].encoding, visits[k].encoding);
      if (score < best) continue;
      best = score;
      group = grouping[k];
    }
    grouping.push_back(group);
  }
  return grouping;
}

std::vector<dlib::sample_pair> edges(const std::vector<Visit>& visits, double least) {
  std::vector<dlib::sample_pair> pairs;
  for (std::size_t i = 0; i < visits.size(); ++i) {
    pairs.emplace_back(i, i);  // so that no visit is left out
    for (std::size_t k = 0; k < i; ++k) {
      if (similarity(visits[i].encoding, visits[k].encoding) >= least) pairs.emplace_back(i, k);
    }
  }
  return pairs;
}

Grouping chinese_whispers(const std::vector<Visit>& visits, double least) {
  std::vector<unsigned long> labels;
  dlib::chinese_whispers(edges(visits, least), labels);
  return {labels.begin(), labels.end()};
}

Grouping single_linkage(const std::vector<Visit>& visits, double least) {
  std::vector<int> parent(visits.size());
  std::iota(parent.begin(), parent.end(), 0);
  const auto root = [&](int i) {
    while (parent[static_cast<std::size_t>(i)] != i) i = parent[static_cast<std::size_t>(i)];
    return i;
  };
  for (const auto& edge : edges(visits, least)) {
    const int a = root(static_cast<int>(edge.index1())), b = root(static_cast<int>(edge.index2()));
    parent[static_cast<std::size_t>(std::max(a, b))] = std::min(a, b);
  }
  Grouping grouping;
  for (std::size_t i = 0; i < visits.size(); ++i) grouping.push_back(root(static_cast<int>(i)));
  return grouping;
}

// Of the pairs of visits that share a group, those of one person; of the pairs of one person, those that share a group.
std::string precision_and_recall(const std::vector<Visit>& visits, const Grouping& grouping) {
  std::map<int, double> of_group, of_person;
  std::map<std::pair<int, int>, double> of_both;
  for (std::size_t i = 0; i < visits.size(); ++i) {
    ++of_group[grouping[i]];
    ++of_person[visits[i].person];
    ++of_both[{grouping[i], visits[i].person}];
  }
  const auto pairs = [](const auto& counts) {
    return std::accumulate(counts.begin(), counts.end(), 0.0,
                           [](double sum, const auto& c) { return sum + c.second * (c.second - 1) / 2; });
  };
  const double right = pairs(of_both);
  return fmt::format("{:.2f} / {:.2f} %", 100 * right / pairs(of_group), 100 * right / pairs(of_person));
}

void print_grouping(const std::vector<Visit>& visits) {
  fmt::print("\n{} visits of {} people, in random order: precision / recall of pairs\n\n", visits.size(), [&] {
    std::set<int> people;
    for (const Visit& visit : visits) people.insert(visit.person);
    return people.size();
  }());
  fmt::print(
      "| similarity from | average linkage | without merging | nearest visit | Chinese whispers | single linkage |\n"
      "|---|---|---|---|---|---|\n");
  for (const double least : {0.40, 0.45, 0.50, 0.55}) {
    fmt::print("| {:.2f}", least);
    for (const Grouping& grouping :
         {average_linkage(visits, least, true), average_linkage(visits, least, false), nearest_visit(visits, least),
          chinese_whispers(visits, least), single_linkage(visits, least)}) {
      fmt::print(" | {}", precision_and_recall(visits, grouping));
    }
    fmt::print(" |\n");
  }
}

// People of whom there is one photo are strangers; of the others one photo is enrolled.
void print_guard(const std::vector<Visit>& visits, const ModelThresholds& thresholds) {
  std::map<int, std::vector<const Visit*>> by_person;
  for (const Visit& visit : visits) {
    if (visit.view == 0) by_person[visit.person].push_back(&visit);
  }
  std::vector<const Visit*> people, strangers;
  for (const auto& [_, theirs] : by_person) (theirs.size() > 1 ? people : strangers).push_back(theirs[0]);
  std::shuffle(people.begin(), people.end(), std::mt19937(1));
  fmt::print("\n| people enrolled | strangers refused, level loose | normal |\n|---|---|---|\n");
  for (const std::size_t count : {std::size_t{10}, std::size_t{100}, people.size()}) {
    std::map<double, std::size_t> refused;
    std::size_t tried = 0;
    for (std::size_t first = 0; first + count <= people.size(); first += count) {  // galleries with nobody in common
      Gallery gallery;
      for (std::size_t i = 0; i < count; ++i) {
        NewPhoto photo;
        photo.portrait.encoding = people[first + i]->encoding;
        gallery.add(fmt::format("p{:04}", i), "", photo);
      }
      tried += strangers.size();
      for (const Visit* stranger : strangers) {
        for (const double least : {thresholds.loose, thresholds.normal}) {
          refused[least] += find_enrolled(gallery, stranger->encoding, least).has_value();
        }
      }
    }
    const auto percent = [&](double least) {
      return 100 * static_cast<double>(refused[least]) / static_cast<double>(tried);
    };
    fmt::print("| {} | {:.2f} % | {:.2f} % |\n", count, percent(thresholds.loose), percent(thresholds.normal));
  }
}

void print_times(const std::vector<Visit>& visits, const ModelThresholds& thresholds,
                 const std::filesystem::path& folder) {
  using Watch = std::chrono::steady_clock;
  const auto ms_since = [](Watch::time_point start) {
    return std::chrono::duration<double, std::milli>(Watch::now() - start).count();
  };
  StrangersOptions options;
  options.fingerprint = "bench";
  options.dimension = visits[0].encoding.size();
  options.same_person = thresholds.normal;
  options.enrolled = thresholds.loose;
  options.keep_days = 0;
  const std::string jpeg(20000, 'x');
  StrangerVisit visit;
  visit.camera = "door";
  visit.time = parse_time("2026-11-21T08:00Z");
  const auto add = [&](Strangers& strangers, const Visit& seen) {
    ++visit.time.unix_seconds;
    visit.encoding = seen.encoding;
    const auto start = Watch::now();
    strangers.add(visit, jpeg, {});
    return ms_since(start);
  };
  Strangers strangers(folder, options, visit.time);
  std::vector<double> times;
  for (const Visit& seen : visits) times.push_back(add(strangers, seen));
  const std::vector<double> last(times.end() - 1000, times.end());
  const auto print = [](const std::string& what, std::vector<double> ms) {
    std::sort(ms.begin(), ms.end());
    fmt::print("{}: median {:.1f} ms, 99 % {:.1f} ms, longest {:.1f} ms\n", what, ms[ms.size() / 2],
               ms[ms.size() * 99 / 100], ms.back());
  };
  fmt::print("\n");
  print(fmt::format("add, {} visits in {} groups", strangers.visits(), strangers.groups()), last);
  auto start = Watch::now();
  Strangers another(folder, options, visit.time);
  fmt::print("start: {:.0f} ms\n", ms_since(start));
  times.clear();
  for (std::size_t i = 0; i < 100; ++i) times.push_back(add(i % 2 == 0 ? strangers : another, visits[i]));
  print("add, two programs in turn", times);
  std::filesystem::remove_all(folder);
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 4) {
    fmt::print(stderr, "usage: faceatt-bench-strangers MODELS LIST.csv FOLDER\n");
    return 2;
  }
  const ModelList models = ModelList::read(argv[1]);
  const auto photos = read_list(argv[2]);
  const ModelThresholds thresholds = models.default_of("encode")->thresholds;
  std::vector<Visit> visits = make_visits(photos, models), as_they_are;
  print_guard(visits, thresholds);
  std::shuffle(visits.begin(), visits.end(), std::mt19937(1));
  std::copy_if(visits.begin(), visits.end(), std::back_inserter(as_they_are),
               [](const Visit& v) { return v.view == 0; });
  print_grouping(as_they_are);
  print_grouping(visits);
  print_times(visits, thresholds, argv[3]);
} catch (const std::exception& e) {
  fmt::print(stderr, "faceatt-bench-strangers: {}\n", e.what());
  return 4;
}
