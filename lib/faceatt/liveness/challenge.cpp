#include "faceatt/liveness/challenge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace faceatt {
namespace {

constexpr std::array kPrompts = {Prompt::kTurnLeft, Prompt::kTurnRight, Prompt::kNod, Prompt::kBlinkTwice};
constexpr std::size_t kLeastLooks = 4;  // to know where straight ahead is
constexpr int kMostDoublings = 10;

// Who has just nodded or turned is back when this part of the way is left.
constexpr float kBack = 0.5F;

}  // namespace

const char* text_of(Prompt prompt) {
  switch (prompt) {
    case Prompt::kTurnLeft:
      return "turn your head to your left";
    case Prompt::kTurnRight:
      return "turn your head to your right";
    case Prompt::kNod:
      return "nod";
    case Prompt::kBlinkTwice:
      break;
  }
  return "blink twice";
}

// The mean of the latest looks, once they are enough and the head was still.
std::optional<HeadPose> Challenge::resting() const {
  if (looks_.size() < kLeastLooks || looks_.back().seconds - looks_.front().seconds < 0.8 * options_.settle_seconds)
    return std::nullopt;
  HeadPose low = looks_.front().pose, high = low, sum{};
  for (const Look& look : looks_) {
    low = {std::min(low.yaw, look.pose.yaw), std::min(low.pitch, look.pose.pitch)};
    high = {std::max(high.yaw, look.pose.yaw), std::max(high.pitch, look.pose.pitch)};
    sum = {sum.yaw + look.pose.yaw, sum.pitch + look.pose.pitch};
  }
  if (high.yaw - low.yaw > options_.still || high.pitch - low.pitch > options_.still) return std::nullopt;
  const auto count = static_cast<float>(looks_.size());
  return HeadPose{sum.yaw / count, sum.pitch / count};
}

bool Challenge::is_straight(const HeadPose& pose) const {
  return std::abs(pose.yaw - straight_->yaw) <= options_.still &&
         std::abs(pose.pitch - straight_->pitch) <= options_.still;
}

void Challenge::ask(double seconds, std::optional<int> blinks) {
  std::vector<Prompt> possible;
  for (const Prompt prompt : kPrompts) {
    if (prompt != previous_ && (prompt != Prompt::kBlinkTwice || blinks)) possible.push_back(prompt);
  }
  prompt_ = possible[std::uniform_int_distribution<std::size_t>(0, possible.size() - 1)(random_)];
  previous_ = prompt_;
  ++prompts_;
  asked_ = seconds;
  blinks_ = blinks.value_or(0);
  away_since_.reset();
  went_away_ = false;
}

void Challenge::fail(double seconds, std::string what) {
  failure_ = std::move(what);
  prompt_.reset();
  looks_.clear();
  straight_.reset();
  done_ = 0;
  const double pause = options_.pause_seconds * std::pow(2, std::min(failures_++, kMostDoublings));
  not_before_ = seconds + std::min(pause, options_.longest_pause_seconds);
}

Challenge::Answer Challenge::answer(double seconds, const HeadPose& pose, std::optional<int> blinks) {
  const float yaw = pose.yaw - straight_->yaw, pitch = pose.pitch - straight_->pitch;
  const bool is_turned = std::abs(yaw) >= options_.turn;
  // Who turns lowers or lifts the chin a little.
  const bool is_lowered = std::abs(pitch) >= options_.nod && std::abs(yaw) < kBack * options_.turn;
  const bool is_away = is_turned || is_lowered;
  if (!is_away) away_since_.reset();
  if (is_away && !away_since_) away_since_ = seconds;
  const bool lasts = is_away && seconds - *away_since_ >= options_.hold_seconds;
  const bool too_soon = lasts && *away_since_ - asked_ < options_.react_seconds;
  switch (*prompt_) {
    case Prompt::kTurnLeft:
    case Prompt::kTurnRight:
      if (!lasts) return Answer::kNone;
      return is_turned && !too_soon && (yaw > 0) == (*prompt_ == Prompt::kTurnLeft) ? Answer::kRight : Answer::kWrong;
    case Prompt::kNod:
      if (lasts && (is_turned || too_soon)) return Answer::kWrong;
      went_away_ |= lasts;
      return went_away_ && std::abs(pitch) <= kBack * options_.nod ? Answer::kRight : Answer::kNone;
    case Prompt::kBlinkTwice:
      if (lasts) return Answer::kWrong;
      return blinks.value_or(0) >= blinks_ + 2 ? Answer::kRight : Answer::kNone;
  }
  return Answer::kNone;
}

void Challenge::add(double seconds, const HeadPose& pose, std::optional<int> blinks) {
  if (passed()) return;
  if (!looks_.empty() && seconds - looks_.back().seconds > options_.longest_gap_seconds) {
    // A recording that does not fit must not get another prompt for being covered a moment.
    if (prompt_) fail(seconds, fmt::format("asked to '{}', went out of sight", text_of(*prompt_)));
    looks_.clear();
  }
  looks_.push_back({seconds, pose});
  while (looks_.front().seconds < seconds - options_.settle_seconds) looks_.pop_front();
  if (!prompt_) {
    if (seconds < not_before_) return;
    const auto rest = resting();
    if (!straight_) straight_ = rest;
    if (rest && is_straight(*rest)) {
      ask(seconds, blinks);
    } else if (done_ > 0 && seconds - answered_ > options_.limit_seconds) {
      fail(seconds, "did not look straight ahead again");
    }
    return;
  }
  const Prompt asked = *prompt_;
  switch (answer(seconds, pose, blinks)) {
    case Answer::kRight:
      ++done_;
      answered_ = seconds;
      prompt_.reset();
      looks_.clear();
      return;
    case Answer::kWrong:
      fail(seconds, fmt::format("asked to '{}', did something else", text_of(asked)));
      return;
    case Answer::kNone:
      break;
  }
  if (seconds - asked_ > options_.limit_seconds) {
    fail(seconds, fmt::format("asked to '{}', did nothing in {:.0f} s", text_of(asked), options_.limit_seconds));
  }
}

}  // namespace faceatt
