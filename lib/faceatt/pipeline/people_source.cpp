#include "faceatt/pipeline/people_source.hpp"

#include <utility>

#include "faceatt/pipeline/people_watch.hpp"
#include "faceatt/pipeline/store_source.hpp"

namespace faceatt {
namespace {

class FolderSource final : public PeopleSource {
 public:
  FolderSource(std::filesystem::path folder, const Stages& stages) : folder_(std::move(folder)), stages_(stages) {}

  std::string name() const override { return folder_.string(); }

  Gallery load(std::vector<std::string>& warnings, const Progress& progress, std::size_t threads) override {
    return stages_.load_gallery(folder_, warnings, progress, threads);
  }

  void follow() override {
    watch_.emplace(folder_, state_, [this](std::vector<std::string>& warnings) {
      return stages_.load_gallery(folder_, warnings, {}, 1);
    });
  }

  std::optional<PeopleNews> take() override {
    auto news = watch_->take();
    if (!news) return std::nullopt;
    return PeopleNews{std::move(news->gallery), std::move(news->warnings), {}};
  }

 private:
  std::filesystem::path folder_;
  const Stages& stages_;
  std::size_t state_ = people_folder_state(folder_);  // from before load(), so that nothing in between is missed
  std::optional<PeopleWatch> watch_;
};

}  // namespace

std::unique_ptr<PeopleSource> PeopleSource::create(const Options& options, const Stages& stages) {
  if (options.store) return std::make_unique<StoreSource>(options, stages);
  return std::make_unique<FolderSource>(options.folder, stages);
}

}  // namespace faceatt
