// consumer PEOPLE PHOTO LOG: enrols whose photos lie in PEOPLE, and marks in LOG who of them is in PHOTO.
#include <faceatt/attendance/csv_log.hpp>
#include <faceatt/attendance/rules.hpp>
#include <faceatt/pipeline/photo.hpp>
#include <faceatt/pipeline/photo_time.hpp>
#include <faceatt/vision/photo.hpp>
#include <iostream>

int main(int, char** argv) try {
  const faceatt::Stages stages({MODELS});
  std::vector<std::string> warnings;
  const auto gallery = stages.load_gallery(argv[1], warnings);
  const auto frame = faceatt::read_photo(argv[2]);
  const auto faces = faceatt::PhotoReader(stages, {}).look(frame);
  const auto time = frame.taken.value_or(*faceatt::file_time(argv[2]));
  faceatt::CsvLog log(argv[3]);
  for (const auto& face : recognise(gallery, match_rule(stages.encoder_model(), "normal", {}), faces)) {
    if (face.verdict != faceatt::FaceVerdict::kMatch) continue;
    const auto& [who, score] = *face.match.best;
    log.append(*faceatt::Rules().rule({who->id, who->name, time, "consumer", score}, log).row);
    std::cout << who->name << '\n';
  }
} catch (const std::exception& e) {
  std::cerr << "consumer: " << e.what() << '\n';
  return 4;
}
