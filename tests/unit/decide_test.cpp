#include "faceatt/people/decide.hpp"

#include <catch2/catch.hpp>

#include "fake_people.hpp"

using namespace faceatt;
using namespace faceatt::test;

namespace {

const Gallery& two() {
  static const Gallery gallery = gallery_of({{"ana", {1, 0, 0}}, {"bob", {0, 1, 0}}});
  return gallery;
}

Match vote(MatchVerdict verdict, const char* id, double score) {
  Match m;
  m.verdict = verdict;
  const std::string other = std::string(id) == "ana" ? "bob" : "ana";
  m.best = Candidate{two().find(id), score};
  m.second = Candidate{two().find(other), score - 0.2};
  return m;
}

void add(Votes& votes, int n, MatchVerdict verdict, const char* id = "ana", double score = 0.6) {
  for (int i = 0; i < n; ++i) votes.add(vote(verdict, id, score));
}

}  // namespace

TEST_CASE("votes: nothing seen, nothing decided") {
  const Votes votes;
  CHECK_FALSE(votes.decided());
  CHECK_FALSE(votes.nearest());
  CHECK_FALSE(votes.is_ambiguous());
  CHECK(votes.judged() == 0);
}

TEST_CASE("votes: enough frames that agree name a person") {
  Votes votes({3, 0.7});
  add(votes, 2, MatchVerdict::kMatch);
  CHECK_FALSE(votes.decided());
  votes.add(vote(MatchVerdict::kMatch, "ana", 0.9));
  const auto decided = votes.decided();
  REQUIRE(decided);
  CHECK(decided->id == "ana");
  CHECK(decided->name == "Name of ana");
  CHECK(decided->votes == 3);
  CHECK(decided->best_score == Approx(0.9));
  CHECK(decided->second_id == "bob");
  CHECK(decided->second_score == Approx(0.7));
}

TEST_CASE("votes: one lucky frame among fifty names nobody") {
  Votes votes({1, 0.7});
  add(votes, 49, MatchVerdict::kUnknown, "bob", 0.2);
  add(votes, 1, MatchVerdict::kMatch, "ana", 0.95);
  CHECK_FALSE(votes.decided());
  CHECK(votes.judged() == 50);
  CHECK(votes.nearest()->id == "ana");
  CHECK(votes.nearest()->best_score == Approx(0.95));
}

TEST_CASE("votes: frames that disagree name nobody") {
  Votes votes({3, 0.7});
  for (int i = 0; i < 10; ++i) {
    add(votes, 1, MatchVerdict::kMatch, "ana");
    add(votes, 1, MatchVerdict::kMatch, "bob");
  }
  CHECK_FALSE(votes.decided());
}

TEST_CASE("votes: the share counts all frames that were judged") {
  Votes votes({3, 0.7});
  add(votes, 7, MatchVerdict::kMatch);
  add(votes, 3, MatchVerdict::kUnknown);
  CHECK(votes.decided());
  add(votes, 1, MatchVerdict::kAmbiguous);
  CHECK_FALSE(votes.decided());
  add(votes, 3, MatchVerdict::kMatch);
  CHECK(votes.decided());
}

TEST_CASE("votes: ambiguous when more frames were that than unknown") {
  Votes votes;
  add(votes, 2, MatchVerdict::kAmbiguous);
  CHECK(votes.is_ambiguous());
  add(votes, 3, MatchVerdict::kUnknown);
  CHECK_FALSE(votes.is_ambiguous());
}

TEST_CASE("votes: an empty gallery is counted") {
  Votes votes;
  votes.add(Match{});
  CHECK(votes.judged() == 1);
  CHECK_FALSE(votes.nearest());
  CHECK_FALSE(votes.decided());
}

TEST_CASE("votes: enrolled people outside the group are no strangers") {
  Match outsider = vote(MatchVerdict::kUnknown, "ana", 0.2);
  outsider.outsider = Candidate{two().find("bob"), 0.8};
  Votes votes;
  add(votes, 1, MatchVerdict::kUnknown, "ana", 0.2);
  CHECK_FALSE(votes.is_outsider());
  votes.add(outsider);
  CHECK(votes.is_outsider());
  add(votes, 1, MatchVerdict::kUnknown, "ana", 0.2);
  CHECK_FALSE(votes.is_outsider());
  votes.add(outsider);
  CHECK(votes.is_outsider());
  CHECK_FALSE(votes.is_ambiguous());
  CHECK_FALSE(votes.decided());
  CHECK(votes.nearest()->id == "ana");  // the nearest of those who are expected
}
