// The settings that several tools share, and what --help says of each.
#pragma once

#include <string>
#include <vector>

#include "faceatt/core/settings.hpp"

namespace faceatt::cli {

struct SharedSetting {
  SettingSpec spec;
  std::string type;  // "DIR"
  std::string help;
};

// Those of these keys, in the order of the table.
std::vector<SharedSetting> shared_settings(const std::vector<std::string>& keys);
std::vector<SettingSpec> specs_of(const std::vector<SharedSetting>& settings);

// Folder with models.toml: of the installation, else of the source tree.
std::string default_models_folder();

}  // namespace faceatt::cli
