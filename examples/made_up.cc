#include "dagrad/examples/made_up.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "dagrad/learn/random.h"

namespace dagrad::examples {
namespace {

class Draws : public learn::Random {
 public:
  using Random::Random;
  double Normal(double mean, double deviation, double min, double max) {
    return std::clamp(Random::Normal(mean, deviation), min, max);
  }
};

double Logistic(double x) { return 1 / (1 + std::exp(-x)); }

}  // namespace

std::string BankCustomers(int64_t rows, int64_t seed) {
  static constexpr const char* kCountries[] = {"France", "France", "Spain", "Germany"};
  Draws d(seed);
  std::string text =
      "CreditScore,Geography,Gender,Age,Tenure,Balance,NumOfProducts,HasCrCard,IsActiveMember,"
      "EstimatedSalary,Exited\n";
  for (int64_t i = 0; i < rows; ++i) {
    const int country = d.Whole(0, 3), score = static_cast<int>(d.Normal(650, 97, 350, 850));
    const bool female = d.Chance(0.45), card = d.Chance(0.7), active = d.Chance(0.51);
    const int age = static_cast<int>(d.Normal(39, 11, 18, 92)), tenure = d.Whole(0, 10);
    const double balance =
        d.Chance(0.36) && country < 3 ? 0 : d.Normal(119000, 30000, 3000, 250000);
    const int products = d.Chance(0.04) ? 3 + d.Whole(0, 1) : 1 + d.Whole(0, 1);
    const double unrest = -3.2 + 0.13 * (age - 39) + (active ? -1.4 : 0.6) + (female ? 0.8 : 0) +
                          (country == 3 ? 1.4 : 0) + (products == 2 ? -1.8 : 0) +
                          (products > 2 ? 3 : 0) - 0.002 * (score - 650) + 1;
    absl::StrAppendFormat(&text, "%d,%s,%s,%d,%d,%.2f,%d,%d,%d,%.2f,%d\n", score,
                          kCountries[country], female ? "Female" : "Male", age, tenure, balance,
                          products, card, active, d.Uniform(11, 200000),
                          d.Chance(Logistic(unrest)));
  }
  return text;
}

std::string BasketballShots(int64_t rows, int64_t seed) {
  Draws d(seed);
  std::string text =
      "home,final_margin,shot_number,period,game_clock,shot_clock,dribbles,touch_time,shot_dist,"
      "close_def_dist,shot_result\n";
  for (int64_t i = 0; i < rows; ++i) {
    const int home = d.Whole(0, 1), margin = static_cast<int>(d.Normal(0, 13, -50, 50));
    const double distance = d.Chance(0.4) ? d.Uniform(0, 7) : d.Uniform(7, 28);
    const double defender = d.Normal(4, 2.5, 0, 20), shot_clock = d.Uniform(0, 24);
    const int dribbles = static_cast<int>(-2 * std::log(d.Uniform()));
    const double touch = 0.8 + 0.9 * dribbles + d.Uniform();
    const double ease = 1.3 - 0.22 * (distance - 6) + 0.55 * (defender - 4) - 0.15 * (touch - 3) +
                        0.03 * (shot_clock - 12) + 0.02 * margin;
    absl::StrAppendFormat(&text, "%d,%d,%d,%d,%d,%.1f,%d,%.1f,%.1f,%.1f,%s\n", home, margin,
                          d.Whole(1, 20), d.Whole(1, 4), d.Whole(0, 720), shot_clock, dribbles,
                          touch, distance, defender, d.Chance(Logistic(ease)) ? "made" : "missed");
  }
  return text;
}

std::string PropertySales(int64_t rows, int64_t seed) {
  static constexpr const char* kCities[] = {"Lyon", "Porto", "Turin", "Ghent"};
  static constexpr double kPerMetre[] = {4200, 3100, 2300, 3600};
  Draws d(seed);
  std::string text = "city,type,area,rooms,floor,year,lift,distance,price\n";
  for (int64_t i = 0; i < rows; ++i) {
    const int city = d.Whole(0, 3);
    const bool house = d.Chance(0.3);
    const double area = d.Normal(house ? 130 : 75, 30, 20, 300);
    const int rooms = std::max(1, static_cast<int>(area / 24 + d.Uniform(0, 1.5)));
    const int floor = house ? 0 : d.Whole(0, 8);
    const int year = d.Whole(1900, 2020);
    const bool lift = d.Chance(floor > 3 ? 0.8 : 0.3);
    const double distance = d.Normal(5, 4, 0.2, 25);
    const double price = area * kPerMetre[city] * (house ? 1.15 : 1) *
                         (0.8 + 0.4 * (year - 1900) / 120.0) * std::exp(-distance / 25) *
                         (lift && floor > 2 ? 1.05 : 1) * d.Normal(1, 0.1, 0.6, 1.5);
    absl::StrAppendFormat(&text, "%s,%s,%.0f,%d,%d,%d,%s,%.1f,%.0f\n", kCities[city],
                          house ? "house" : "flat", area, rooms, floor, year,
                          house  ? ""
                          : lift ? "yes"
                                 : "no",
                          distance, price);
  }
  return text;
}

std::string BankTransactions(int64_t rows, int64_t seed) {
  static constexpr const char* kCategories[] = {"groceries", "travel", "electronics", "cash"};
  static constexpr const char* kCountries[] = {"home", "home", "home", "abroad"};
  Draws d(seed);
  std::string text = "amount,hour,category,country,distance,online,days_since_last,fraud\n";
  for (int64_t i = 0; i < rows; ++i) {
    const double amount = std::exp(d.Normal(3.5, 1.1, -1, 9));
    const int hour = d.Whole(0, 23), category = d.Whole(0, 3), country = d.Whole(0, 3);
    const double distance = std::exp(d.Normal(country == 3 ? 5 : 1.5, 1, -2, 9));
    const bool online = d.Chance(0.4);
    const double days = std::exp(d.Normal(0.5, 1, -3, 5));
    const double odds = -9.5 + 0.9 * std::log(amount) + 0.45 * std::log(distance) +
                        (hour < 6 ? 1.5 : 0) + (online ? 1 : 0) + (category == 2 ? 1 : 0);
    absl::StrAppendFormat(&text, "%.2f,%d,%s,%s,%.1f,%d,%.1f,%d\n", amount, hour,
                          kCategories[category], kCountries[country], distance, online ? 1 : 0,
                          days, d.Chance(Logistic(1.5 * odds)) ? 1 : 0);
  }
  return text;
}

std::string Numbers(int64_t rows, int64_t columns, bool classes, int64_t seed) {
  Draws d(seed);
  std::vector<double> weights;
  for (int64_t j = 0; j < columns; ++j) weights.push_back(d.Normal(0, 1, -3, 3));
  std::string text;
  for (int64_t i = 0; i < rows; ++i) {
    double target = d.Normal(0, 1, -4, 4);
    for (const double weight : weights) {
      const double v = d.Normal(0, 1, -4, 4);
      target += weight * v;
      absl::StrAppendFormat(&text, "%.4f,", v);
    }
    absl::StrAppendFormat(&text, "%.4f\n", classes ? (target > 0 ? 1.0 : 0.0) : 100 + 10 * target);
  }
  return text;
}

}  // namespace dagrad::examples
