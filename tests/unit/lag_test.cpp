#include "faceatt/core/lag.hpp"

#include <catch2/catch.hpp>

using namespace faceatt;

TEST_CASE("Lag: no quantile of nothing") { CHECK_FALSE(LagMeter().quantile(0.5)); }

TEST_CASE("Lag: quantiles to the millisecond") {
  LagMeter lag;
  for (int ms = 1; ms <= 100; ++ms) lag.add((ms + 0.5) / 1000);
  CHECK(*lag.quantile(0.5) == Approx(0.050));
  CHECK(*lag.quantile(0.99) == Approx(0.099));
  CHECK(*lag.quantile(1) == Approx(0.100));
}

TEST_CASE("Lag: a clock that steps back and an hour of standstill are the ends of the scale") {
  LagMeter lag;
  lag.add(-3);
  CHECK(*lag.quantile(0.5) == 0);
  lag.add(3600);
  CHECK(*lag.quantile(1) == Approx(10));
}
